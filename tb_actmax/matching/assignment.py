"""Assigns the filters of one layer to those of another, one to one."""

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Singles = npt.NDArray[np.float32]
Indices = npt.NDArray[np.intp]
Assignment = tuple[Indices, Indices, Array]

_SIMILAR = 0.5  # correlation below which filters are unlike
_MOST_EXACT = 1024**3  # steps, which take a second at worst
_CANDIDATES = 16  # most similar filters, among which large layers are assigned
_BLOCK = 256  # filters that are compared with the others at a time


def assign(a: Array, b: Array) -> Assignment:
    """Assigns each filter of the smaller layer to one of the other.

    The pairs have the largest sum of correlations (Hungarian method; Li et al.,
    "Convergent Learning", 2015), of which those below .5 count as .5: no two
    filters that are alike stay without a match so that others are a little less
    unlike. Among the filters that are left, the sum is the largest again. In
    layers of more than 1,024 filters, each filter is matched only with the 16
    most similar ones of the other layer or one to which it is among these; the
    others get the most similar of those that are left in turn.

    Takes signatures (filters, values) of length 1, or 0. Returns rows of `a` in
    order, the rows of `b`, and their correlations.
    """
    # SciPy is imported here to keep TensorBoard's start fast.
    from scipy import optimize

    if len(a) > len(b):
        columns, rows, r = assign(b, a)
        order = np.argsort(rows)
        return rows[order], columns[order], r[order]
    if len(a) ** 2 * len(b) > _MOST_EXACT:
        return _assign_large(a.astype(np.float32), b.astype(np.float32))
    r = a @ b.T
    # Runs without the GIL.
    rows, columns = optimize.linear_sum_assignment(-np.maximum(r, _SIMILAR))
    unlike = np.flatnonzero(r[rows, columns] <= _SIMILAR)
    free = np.ones(len(b), bool)
    free[np.delete(columns, unlike)] = False
    rest = np.flatnonzero(free)
    rest_rows, rest_columns = optimize.linear_sum_assignment(
        -r[np.ix_(unlike, rest)]
    )
    columns[unlike[rest_rows]] = rest[rest_columns]
    return rows, columns, r[rows, columns]


def _assign_large(a: Singles, b: Singles) -> Assignment:
    from scipy import optimize

    # All others cost the same, which makes the worst cases fast: correlations
    # that are products of a number of the row and one of the column.
    costs = np.full((len(a), len(b)), -_SIMILAR)
    for table, one, other in ((costs, a, b), (costs.T, b, a)):
        for at in range(0, len(one), _BLOCK):
            part = slice(at, at + _BLOCK)
            r = one[part] @ other.T
            best = np.argpartition(r, -_CANDIDATES, axis=1)[:, -_CANDIDATES:]
            values = np.maximum(np.take_along_axis(r, best, axis=1), _SIMILAR)
            np.put_along_axis(table[part], best, -values, axis=1)
    rows, columns = optimize.linear_sum_assignment(costs)
    unlike = costs[rows, columns] == -_SIMILAR
    del costs  # the largest array
    columns[unlike] = -1
    _assign_rest(a, b, columns)
    own = np.einsum("ij,ij->i", a[rows], b[columns])
    return rows, columns, own.astype(np.float64)


def _assign_rest(a: Singles, b: Singles, columns: Indices) -> None:
    """Assigns the rows whose column is -1, the most similar first."""
    free = np.ones(len(b), bool)
    free[columns[columns >= 0]] = False
    rest = np.flatnonzero(columns < 0)
    if not len(rest):
        return
    open_ = b[free].T
    most = [
        np.max(a[part] @ open_, axis=1)
        for part in np.split(rest, range(_BLOCK, len(rest), _BLOCK))
    ]
    order = rest[np.argsort(-np.concatenate(most), kind="stable")]
    for part in np.split(order, range(_BLOCK, len(order), _BLOCK)):
        for row, correlations in zip(part, a[part] @ b.T, strict=True):
            columns[row] = np.where(free, correlations, -np.inf).argmax()
            free[columns[row]] = False
