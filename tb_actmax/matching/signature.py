"""Encodes and decodes the signatures of filters.

A signature is a vector of 256 numbers; products of signatures are covariances
of the filters' responses to the probe (see `probe_points`). An event stores the
signatures of a layer as a grey PNG, with a row of bytes for each filter, and
their scales in its header. The filters of any two trainings, layers or epochs
with the same probe can therefore be matched from their logs alone.
"""

import dataclasses

import numpy as np
import numpy.typing as npt

from tb_actmax.records.header import EventHeader, SignatureHeader

_SIZES = range(4, 1025)  # values of a signature; fewer have no similarity
_MOST_FILTERS = 4096  # pairing them takes seconds, ten at worst
_ZERO = 128  # the byte that stands for 0
_LARGEST_SCALE = 1e300  # products of a row's byte and its scale are finite
_LARGEST = 127  # the largest value of each signature, in steps


class MatchError(ValueError):
    """Two layers cannot be compared; the message says why."""


@dataclasses.dataclass(frozen=True)
class Signatures:
    """The signatures of a layer's filters at one epoch."""

    filters: list[int]  # index of each filter
    # (filters, values); products of rows are covariances of the responses.
    values: npt.NDArray[np.float64]
    exact: int  # leading values that are exact; others are random projections
    probe: str  # its fingerprint

    def of_same_probe(self, other: "Signatures") -> bool:
        """Returns whether products with other signatures are covariances."""
        return (self.probe, self.exact, self.values.shape[1]) == (
            other.probe,
            other.exact,
            other.values.shape[1],
        )


def encode_signatures(signatures: Signatures) -> tuple[SignatureHeader, bytes]:
    """Encodes signatures with 255 values, and a scale for each filter.

    Returns their header and a PNG, which must become the event's first extra
    image.
    """
    from tb_actmax.records.images import encode_bytes

    scales = np.abs(signatures.values).max(axis=1)
    steps = signatures.values / np.maximum(scales, 1e-12)[:, None] * _LARGEST
    header: SignatureHeader = {
        "extra": 0,
        "filters": signatures.filters,
        "probe": signatures.probe,
        "exact": signatures.exact,
        "scales": [float(f"{scale:.4g}") for scale in scales],
    }
    return header, encode_bytes((np.rint(steps) + _ZERO).astype(np.uint8))


def signature_index(header: EventHeader) -> int:
    """Returns the index of the signatures among an event's extra images.

    Raises:
        MatchError: If the event has none.
    """
    return _about(header)["extra"]


def decode_signatures(header: EventHeader, image: bytes) -> Signatures:
    """Decodes the signatures of an event, which may be damaged or hostile.

    Raises:
        MatchError: If the image at `signature_index(header)` does not fit the
            header.
    """
    # Pillow is imported here to keep TensorBoard's start fast.
    from tb_actmax.records.images import decode_bytes

    about = _about(header)
    filters, exact = about["filters"], about.get("exact")
    try:
        table = decode_bytes(image)
    except ValueError as error:
        raise MatchError(f"The signatures cannot be read: {error}") from error
    if (
        len(filters) != len(table)
        or len(set(filters)) != len(filters)
        or table.shape[1] not in _SIZES
        or type(exact) is not int
        or not 0 <= exact <= table.shape[1]
    ):
        raise MatchError("The signatures do not fit the event's header.")
    if len(table) > _MOST_FILTERS:
        raise MatchError(
            f"Up to {_MOST_FILTERS} filters are compared; this layer has "
            f"{len(table)} signatures."
        )
    values = table.astype(np.float64) - _ZERO
    values *= _scales(about, values)[:, None]
    return Signatures(filters, values, exact, about["probe"])


def _about(header: EventHeader) -> SignatureHeader:
    about = header.get("signature")
    if about is None or not 0 <= about["extra"] < header.get("extra", 0):
        raise MatchError(
            "There are no signatures in this log: give the training a probe."
        )
    return about


def _scales(
    about: SignatureHeader, values: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """Returns the size of one step of each filter's values.

    The oldest logs stored no scales; their signatures have length 1.
    """
    scales = about.get("scales")
    if scales is None:
        lengths = np.linalg.norm(values, axis=1)
        return np.asarray(1 / np.maximum(lengths, 1e-12))
    if (
        not isinstance(scales, list)
        or len(scales) != len(values)
        or not all(isinstance(scale, int | float) for scale in scales)
        or not all(abs(scale) <= _LARGEST_SCALE for scale in scales)  # no NaN
    ):
        raise MatchError("The scales of the signatures do not fit them.")
    return np.array(scales, np.float64) / _LARGEST
