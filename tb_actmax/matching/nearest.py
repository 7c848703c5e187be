"""Finds the filter of another layer that responds most like each filter."""

import dataclasses

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Indices = npt.NDArray[np.intp]

_BLOCK = 256  # filters that are compared with the others at a time
_AS_NEAR = 1e-4  # most that correlations of filters differ that are as near


@dataclasses.dataclass(frozen=True)
class Nearest:
    """The nearest filter of another layer, for each filter of one layer."""

    rows: Indices  # of the other layer; -1 for none
    r: Array  # the correlation with it; 0 for none

    def prefer(self, rows: Indices, others: Indices, r: Array) -> None:
        """Takes the partners of some rows where these are as near."""
        as_near = np.abs(r - self.r[rows]) < _AS_NEAR
        as_near &= self.rows[rows] >= 0
        self.rows[rows[as_near]] = others[as_near]
        self.r[rows[as_near]] = r[as_near]


def nearest(a: Array, b: Array) -> tuple[Nearest, Nearest]:
    """Finds the nearest row of `b` for each row of `a`, and the reverse.

    Takes signatures (filters, values) of length 1, or 0: these are filters
    without responses, which have no nearest filter and are none.
    """
    # In single precision and in blocks: the largest layers then take little
    # time and memory beside their assignment.
    first, second = a.astype(np.float32), b.astype(np.float32)
    silent_a, silent_b = (
        np.flatnonzero(np.abs(one).max(axis=1) == 0) for one in (first, second)
    )
    of_a, of_b = (
        Nearest(np.full(len(one), -1, np.intp), np.full(len(one), -np.inf))
        for one in (a, b)
    )
    for at in range(0, len(a), _BLOCK):
        part = slice(at, at + _BLOCK)
        r = first[part] @ second.T
        r[:, silent_b] = -np.inf
        of_a.rows[part], of_a.r[part] = r.argmax(axis=1), r.max(axis=1)
        r[np.isin(np.arange(at, at + len(r)), silent_a)] = -np.inf
        most = r.max(axis=0)
        nearer = most > of_b.r
        of_b.rows[nearer] = at + r.argmax(axis=0)[nearer]
        of_b.r[nearer] = most[nearer]
    of_a.r[silent_a] = -np.inf
    for found in (of_a, of_b):
        none = np.isneginf(found.r)
        found.rows[none], found.r[none] = -1, 0
    return of_a, of_b
