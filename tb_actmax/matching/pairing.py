"""Pairs the filters of two layers by their responses to the same data."""

import dataclasses

import numpy as np
import numpy.typing as npt

from tb_actmax.matching.assignment import assign
from tb_actmax.matching.nearest import Nearest, nearest
from tb_actmax.matching.signature import MatchError, Signatures

Array = npt.NDArray[np.float64]
Pairs = list[tuple[int, int, float]]


@dataclasses.dataclass(frozen=True)
class Pairing:
    """The filters of one layer, each with its match in another.

    Attributes:
        pairs: Filter, matched filter and the correlation of their responses, in
            the order of the first layer. Each filter has at most one match; if
            the second layer has fewer filters, those without are left out.
        nearest: The same for each filter of the first layer and the filter of
            the second that responds most like it, which may be matched with
            another. Filters without responses are left out.
        other_nearest: The same for each filter of the second layer and its
            nearest of the first.
        cka: Similarity of the two layers as a whole, at most 1.
    """

    pairs: Pairs
    nearest: Pairs
    other_nearest: Pairs
    cka: float


def pair_filters(first: Signatures, second: Signatures) -> Pairing:
    """Pairs the filters of two layers one to one (see `assign`).

    Raises:
        MatchError: If the signatures were taken on different probes, or SciPy
            is missing.
    """
    if not first.of_same_probe(second):
        raise MatchError(
            "The two trainings were given different probes, so their "
            "responses cannot be compared. Give both the same probe in the "
            "same order: an array, or a dataset that is not shuffled."
        )
    a, b = unit_rows(first.values), unit_rows(second.values)
    try:
        rows, columns, r = assign(a, b)
    except ImportError as error:
        raise MatchError(
            f"Filters are matched with SciPy, which cannot be imported "
            f"({error}): pip install scipy"
        ) from error
    pairs = [
        (first.filters[row], second.filters[column], round(float(value), 4))
        for row, column, value in zip(rows, columns, r, strict=True)
    ]
    of_first, of_second = nearest(a, b)
    of_first.prefer(rows, columns, r)
    of_second.prefer(columns, rows, r)
    similarity = cka(
        to_scale(first.values), to_scale(second.values), first.exact
    )
    return Pairing(
        pairs,
        _pairs(of_first, first.filters, second.filters),
        _pairs(of_second, second.filters, first.filters),
        round(similarity, 4),
    )


def _pairs(of: Nearest, filters: list[int], others: list[int]) -> Pairs:
    """Returns each filter that has a nearest one, and that filter."""
    return [
        (filters[row], others[other], round(float(r), 4))
        for row, (other, r) in enumerate(zip(of.rows, of.r, strict=True))
        if other >= 0
    ]


def unit_rows(values: Array) -> Array:
    """Scales rows to length 1 without overflow; rows of zeros stay zero."""
    largest = np.abs(values).max(axis=1, keepdims=True)
    scaled = np.divide(
        values, largest, out=np.zeros_like(values), where=largest > 0
    )
    lengths = np.linalg.norm(scaled, axis=1, keepdims=True)
    return np.asarray(scaled / np.maximum(lengths, 1))


def to_scale(values: Array) -> Array:
    """Scales values so that the largest is 1 and squares are finite."""
    largest = np.abs(values).max(initial=0)
    return np.asarray(values / largest) if largest > 0 else values


def cka(a: Array, b: Array, exact: int = 0) -> float:
    """Computes linear centred kernel alignment (Kornblith et al., 2019).

    This is the sum of the squared covariances between two layers, divided by
    the geometric mean of the sums within each layer. Squares of random
    projections are biased by their noise, so wide layers would look alike;
    products of a projection with itself are therefore left out, as in the
    unbiased estimator of Song et al. (2012).

    Takes signatures (filters, values) on the same probe, of which the first
    `exact` values are exact. Returns 1 for layers that are equal up to a
    rotation, about 0 for unrelated layers.
    """
    kernels = [values.T @ values for values in (a, b)]
    between = _alignment(kernels[0], kernels[1], exact)
    within = [_alignment(kernel, kernel, exact) for kernel in kernels]
    if min(within) <= 0:
        return 0.0
    return float(between / np.sqrt(within[0] * within[1]))


def _alignment(a: Array, b: Array, exact: int) -> float:
    """Returns the unbiased sum of the squared covariances."""
    products = a * b
    projected = products[exact:, exact:]
    count = len(projected)
    off_diagonal = float(projected.sum() - np.trace(projected))
    rest = float(products.sum() - projected.sum())
    return rest + off_diagonal * count / max(count - 1, 1)
