"""Which filter of one training is which filter of another.

Filters that respond alike to the same data are alike, whatever their numbers
(Li et al., "Convergent Learning", 2015). Signatures in the logs are compared:
no model and no TensorFlow is needed.
"""

import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from tb_actmax.records.header import EventHeader, SignatureHeader

ALIKE = 0.5  # least correlation of counterparts
# Pairing takes a second for 2,048 filters, half a minute at worst.
_MOST_FILTERS = 2048
_PLACES = range(4, 1025)  # of a signature; fewer have no similarity


class MatchError(ValueError):
    """Two logs cannot be compared; says why."""


@dataclasses.dataclass(frozen=True)
class Signatures:
    """Signatures of a layer at one epoch.

    Attributes:
        keys: What identifies each filter.
        values: Vectors of length 1 (or 0), (filters, values); their products
            are the correlations of the filters' responses.
        lengths: The deviations of those responses, (filters,).
        exact: Values that are exact; the others are random projections.
        probe: Fingerprint of what they were taken on.
    """

    keys: list[str]
    values: npt.NDArray[np.float64]
    lengths: npt.NDArray[np.float64]
    exact: int
    probe: str


@dataclasses.dataclass(frozen=True)
class Matching:
    """Counterparts of one layer's filters in another.

    Attributes:
        pairs: Key, key of the counterpart and correlation of their responses,
            in the order of the first layer; filters that are left over when
            the other layer has fewer are not in it. A correlation under .5
            means that there is no counterpart to speak of.
        cka: Similarity of the two layers as a whole, at most 1.
    """

    pairs: list[tuple[str, str, float]]
    cka: float


def position(header: EventHeader) -> int:
    """Place of the signatures among an event's extra images.

    Raises:
        MatchError: If there are none.
    """
    about = header.get("signature")
    place = about.get("extra") if isinstance(about, dict) else None
    if type(place) is not int or not 0 <= place < header.get("extra", 0):
        raise MatchError(
            "There are no signatures in this log: give the training a probe."
        )
    return place


def read_signatures(header: EventHeader, data: bytes) -> Signatures:
    """Reads an event's signatures, trusting nothing.

    Args:
        header: The event's header.
        data: The extra image at `position(header)`.

    Raises:
        MatchError: If they are not what the header says.
    """
    # Not at the top: TensorBoard starts no slower because of the plugin.
    from tb_actmax.records.images import decode_bytes

    about = header["signature"]
    assert about is not None  # `position` has looked
    filters, probe = about.get("filters"), about.get("probe")
    exact = about.get("exact")
    try:
        table = decode_bytes(data)
    except ValueError as error:
        raise MatchError(f"The signatures cannot be read: {error}") from error
    if (
        not isinstance(filters, list)
        or not all(isinstance(index, int) for index in filters)
        or len(filters) != len(table)
        or not isinstance(probe, str)
        or len(set(filters)) != len(filters)
        or table.shape[1] not in _PLACES
        or type(exact) is not int
        or not 0 <= exact <= table.shape[1]
    ):
        raise MatchError("The signatures do not fit the event's header.")
    if len(table) > _MOST_FILTERS:
        raise MatchError(
            f"Up to {_MOST_FILTERS} filters are compared; this layer has "
            f"{len(table)} signatures."
        )
    values = table.astype(np.float64) - 128
    lengths = np.sqrt((values**2).sum(axis=1, keepdims=True))
    values /= np.maximum(lengths, 1e-12)
    keys = [str(index) for index in filters]
    return Signatures(keys, values, _lengths(about, lengths), exact, probe)


def _lengths(
    about: SignatureHeader, lengths: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """Lengths of signatures; all 1 in logs that do not tell them."""
    scales = about.get("scales")
    if scales is None:
        return np.ones(len(lengths))
    if (
        not isinstance(scales, list)
        or len(scales) != len(lengths)
        or not all(isinstance(scale, int | float) for scale in scales)
        or not np.isfinite(scales).all()
    ):
        raise MatchError("The scales of the signatures do not fit them.")
    return np.asarray(lengths[:, 0] * np.array(scales) / 127, np.float64)


def match(first: Signatures, second: Signatures) -> Matching:
    """Pairs the filters of two layers, each with one of the other's.

    The assignment with the largest sum of correlations is taken (Hungarian
    method).

    Raises:
        MatchError: If the signatures were taken on different probes.
    """
    from scipy import optimize  # here for the same reason

    if (first.probe, first.exact, first.values.shape[1]) != (
        second.probe,
        second.exact,
        second.values.shape[1],
    ):
        raise MatchError(
            "The two trainings were given different probes, so responses "
            "cannot be compared. Give both the same probe."
        )
    correlations = first.values @ second.values.T
    rows, columns = optimize.linear_sum_assignment(-correlations)
    pairs = [
        (first.keys[a], second.keys[b], round(float(correlations[a, b]), 4))
        for a, b in zip(rows, columns, strict=True)
    ]
    # Layers are compared by what passes on, loud filters more than faint ones.
    a, b = (side.values * side.lengths[:, None] for side in (first, second))
    return Matching(pairs, round(cka(a, b, first.exact), 4))


def cka(a: npt.NDArray[Any], b: npt.NDArray[Any], exact: int = 0) -> float:
    """Linear centred kernel alignment (Kornblith et al., 2019).

    The squared covariances of all filters of one layer with all of the other,
    over those within each. Squares of random projections would be too large
    by their own noise, and layers of many filters look alike; their own
    products are left out, as in the unbiased estimator of Song et al. (2012).

    Args:
        a: Signatures (filters, values).
        b: Signatures of another layer on the same probe.
        exact: Values that are exact.

    Returns:
        1 for the same up to rotation, about 0 for nothing in common.
    """
    kernels = [values.T @ values for values in (a, b)]
    both = _alike(kernels[0], kernels[1], exact)
    own = [_alike(kernel, kernel, exact) for kernel in kernels]
    if min(own) <= 0:
        return 0.0
    return float(both / np.sqrt(own[0] * own[1]))


def _alike(a: npt.NDArray[Any], b: npt.NDArray[Any], exact: int) -> float:
    """Sum of the squared covariances, without bias."""
    products = a * b
    projected = products[exact:, exact:]
    count = len(projected)
    pairs = float(projected.sum() - np.trace(projected))
    rest = float(products.sum() - projected.sum())
    return rest + pairs * count / max(count - 1, 1)


def common(first: Sequence[int], second: Sequence[int]) -> list[int]:
    """Epochs that both have, ascending."""
    return sorted(set(first) & set(second))
