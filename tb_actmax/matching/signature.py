"""Signatures: filters in a few hundred bytes, made to be matched by.

Two filters are alike when they respond alike to the same data (Li et al.,
"Convergent Learning", 2015). Their responses are taken at some thousand places
of the probe, and squeezed into a signature: what is linear in the pixels
around each place is kept exactly, the rest by random projections. The
products of signatures are those of the responses: exact for a first
convolution, and with an error of a few hundredths of the rest deeper down. So
filters of any two trainings, layers or epochs that were given the same probe
are matched from their logs alone.
"""

import hashlib

import numpy as np
import numpy.typing as npt

from tb_actmax.data.sample import Sample

Array = npt.NDArray[np.float32]

SIZE = 256  # values of a signature
EXACT = 128  # of these, the most that are linear in the pixels
_PLACES = 8192  # at which responses are taken
_SEEN = 32768  # places at which the pixels around them are looked at
_CHANNELS = 4  # most that are looked at
_REACH = 3  # pixels to each side of a place, near and far


class ProbePoints:
    """The places of a sample at which responses are compared.

    They are drawn evenly from all inputs, in shares of height and width, so
    that they mean the same in maps of any size.

    Args:
        sample: The sample.

    Attributes:
        fingerprint: Names the sample: signatures can be compared where it is
            the same.
        exact: Values of a signature that are exact; the others are random
            projections.
    """

    def __init__(self, sample: Sample):
        images, size = sample.images, sample.images.shape[1:-1]
        self._inputs, self._where = _spread(images, _PLACES)
        self.fingerprint = _fingerprint(sample)
        # What is linear in the pixels varies as they do at many more places.
        seen = _around(images, _positions(*_spread(images, _SEEN), size))
        mean = seen.mean(axis=0)
        seen -= mean
        variances, turned = np.linalg.eigh(seen.T @ seen / len(seen))
        kept = variances > 1e-5 * max(float(variances[-1]), 1e-12)
        kept[:-EXACT] = False
        basis = turned[:, kept] / np.sqrt(variances[kept])
        here = _around(images, self.positions(size)) - mean
        self._linear = (here @ basis).astype(np.float32)
        self._linear -= self._linear.mean(axis=0)
        # Least squares.
        self._fit = np.linalg.solve(
            self._linear.T @ self._linear, self._linear.T
        )
        self.exact = self._linear.shape[1]
        shape = (len(here), SIZE - self.exact)
        self._others = np.random.default_rng(0).standard_normal(
            shape, np.float32
        )
        self._others /= np.float32(np.sqrt(shape[0] * shape[1]))

    def positions(self, size: tuple[int, ...]) -> npt.NDArray[np.int32]:
        """The places in a map, (places, 3): input, row, column.

        Args:
            size: Rows and columns of the map.
        """
        return _positions(self._inputs, self._where, size)

    def signatures(self, responses: Array) -> Array:
        """Signatures of filters.

        Args:
            responses: Responses at the places, (places, filters).

        Returns:
            (filters, 256); their products are the covariances of the
            responses.
        """
        centred = np.nan_to_num(responses - responses.mean(axis=0))
        linear = self._fit @ centred
        rest = centred - self._linear @ linear
        return np.concatenate([linear, self._others.T @ rest]).T


def _positions(
    inputs: npt.NDArray[np.int64],
    where: list[npt.NDArray[np.float64]],
    size: tuple[int, ...],
) -> npt.NDArray[np.int32]:
    units = [
        np.minimum(share * length, length - 1)
        for share, length in zip(where, size, strict=True)
    ]
    return np.stack([inputs, *units], axis=1).astype(np.int32)


def _around(images: Array, at: npt.NDArray[np.int32]) -> Array:
    """Pixels around places, near and far, (places, pixels)."""
    sides = images.shape[1:-1]
    images = images[..., :: -(-images.shape[-1] // _CHANNELS)]
    found = []
    for step in (1, max(2, round(max(sides) / 14))):
        reach = [min(_REACH, (side - 1) // step) for side in sides]
        for offset in np.ndindex(*(2 * r + 1 for r in reach)):
            index = [at[:, 0]]
            outside = np.zeros(len(at), bool)
            for axis, side in enumerate(sides):
                place = at[:, axis + 1] + (offset[axis] - reach[axis]) * step
                outside |= (place < 0) | (place >= side)
                index.append(place.clip(0, side - 1))
            pixels = images[tuple(index)]
            pixels[outside] = 0  # as layers pad
            found.append(pixels)
    return np.concatenate(found, axis=1)


def _spread(
    images: Array, places: int
) -> tuple[npt.NDArray[np.int64], list[npt.NDArray[np.float64]]]:
    """Inputs, and shares of their sides, of places that cover all evenly.

    An additive recurrence with powers of a root of x^(d + 1) = x + 1, from a
    random start for each input (Roberts, "The Unreasonable Effectiveness of
    Quasirandom Sequences", 2018).
    """
    count, axes = len(images), images.ndim - 2
    each = max(1, places // count)
    root = 1.5
    for _ in range(32):
        root = (1 + root) ** (1 / (axes + 1))
    random = np.random.default_rng(0)
    steps = np.tile(np.arange(each), count)
    starts = [np.repeat(random.uniform(size=count), each) for _ in range(axes)]
    return np.repeat(np.arange(count), each), [
        (start + steps / root ** (axis + 1)) % 1
        for axis, start in enumerate(starts)
    ]


def _fingerprint(sample: Sample) -> str:
    """The same for samples that differ in their last bits only."""
    about = (sample.images.shape, SIZE, EXACT, _PLACES)
    digest = hashlib.sha256(repr(about).encode())
    names = sorted(sample.others, key=str)
    for values in (sample.images, *(sample.others[name] for name in names)):
        for value in values:  # one by one: no copy of them all
            if np.issubdtype(value.dtype, np.floating):
                value = np.round(value.astype(np.float64), 4) + 0.0
                value = value.astype(np.float32)
            digest.update(np.ascontiguousarray(value).tobytes())
    return digest.hexdigest()[:16]


def quantize(signatures: Array) -> tuple[npt.NDArray[np.uint8], Array]:
    """Signatures as bytes, in 255 steps around 128.

    Args:
        signatures: (filters, values).

    Returns:
        (filters, values), each filter's largest value being 127 steps; and
        those values, (filters,).
    """
    largest = np.abs(signatures).max(axis=1)
    scaled = signatures / np.maximum(largest, 1e-12)[:, None] * 127
    return np.asarray(np.rint(scaled) + 128, np.uint8), largest
