"""Compresses the responses of filters to a probe into signatures.

Two filters are alike if they respond alike to the same data (Li et al.,
"Convergent Learning", 2015). The responses at some thousand points of the probe
are compressed into a signature of 256 numbers: the part that is linear in the
pixels around each point is kept exactly, the rest as random projections.
Products of signatures are covariances of the responses. They are exact for a
first convolution; for deeper layers, the error is a few hundredths of the
nonlinear part.
"""

import hashlib
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from tb_actmax.data.sample import Sample
from tb_actmax.matching.signature import Signatures

Array = npt.NDArray[np.float32]

SIZE = 256  # values of a signature
EXACT = 128  # of these, the most that are linear in the pixels
POINTS = 8192  # at which responses are taken
PIXEL_POINTS = 32768  # at which the covariance of the pixels is estimated
# Of pixels at these points, at most: volumes take fewer points.
_VALUES = 400 * PIXEL_POINTS
_CHANNELS = 4  # of the pixels, at most
_REACH = 3  # pixels to each side of a point, near and far
_SPAN = 2 * _REACH + 1


class ProbePoints:
    """Points of a sample at which the responses of filters are compared.

    They are spread evenly over all inputs. Their coordinates are fractions of
    height and width, and apply to maps of any size.
    """

    def __init__(self, sample: Sample):
        self._sample = sample
        self._frames: ProbePoints | None = None
        self._inputs, self._shares = _spread(sample.images, POINTS)
        # Needed only after the first images. Until then this thread traces,
        # which keeps one processor busy.
        pool = ThreadPoolExecutor(1)
        self._basis: Future[_Basis] = pool.submit(self._find_basis)
        pool.shutdown(wait=False)

    @property
    def fingerprint(self) -> str:
        """Identifies the sample.

        Only signatures with the same fingerprint can be compared.
        """
        return self._basis.result().fingerprint

    def __len__(self) -> int:
        return len(self._inputs)

    def of(self, sample: Sample) -> "ProbePoints":
        """Returns the points for this sample, or frames of its videos."""
        if sample is self._sample:
            return self
        if self._frames is None:
            self._frames = ProbePoints(sample)
        return self._frames

    def positions(self, size: tuple[int, ...]) -> npt.NDArray[np.int32]:
        """Returns each point's input, row and column in a map, (points, 3)."""
        return _positions(self._inputs, self._shares, size)

    def signatures(
        self, filters: Sequence[int], responses: Array
    ) -> Signatures:
        """Computes the signatures of filters with responses (points, n)."""
        basis = self._basis.result()
        centred = np.nan_to_num(responses - responses.mean(axis=0))
        linear = _product(basis.least_squares.T, centred)
        rest = centred - _product(basis.linear.T, linear)
        values = np.concatenate([linear, _product(basis.projections, rest)]).T
        return Signatures(
            list(filters),
            values.astype(np.float64),
            basis.linear.shape[1],
            basis.fingerprint,
        )

    def _find_basis(self) -> "_Basis":
        images = self._sample.images
        size = images.shape[1:-1]
        # The covariance of the pixels needs more points than the responses.
        points = _pixel_points(images)
        pixels = _around(images, _positions(*_spread(images, points), size))
        mean = pixels.mean(axis=0)
        pixels -= mean
        variances, axes = _principal_axes(pixels)
        kept = variances > 1e-5 * max(float(variances[-1]), 1e-12)
        kept[:-EXACT] = False
        basis = axes[:, kept] / np.sqrt(variances[kept])
        at_points = _around(images, self.positions(size)) - mean
        linear = (at_points @ basis).astype(np.float32)
        linear -= linear.mean(axis=0)
        shape = (len(at_points), SIZE - linear.shape[1])
        random = np.random.default_rng(0)
        projections = random.standard_normal(shape, np.float32)
        projections /= np.float32(np.sqrt(shape[0] * shape[1]))
        return _Basis(
            linear,
            np.linalg.solve(_product(linear, linear), linear.T),
            projections,
            _fingerprint(self._sample, points),
        )


class _Basis(NamedTuple):
    """What signatures are computed with.

    Attributes:
        linear: What is linear in the pixels around each point, (points, k); the
            first k values of a signature are exact.
        least_squares: Finds the part of responses that is linear, (k, points).
        projections: Of the other part, (points, SIZE - k).
        fingerprint: Identifies the sample.
    """

    linear: Array
    least_squares: Array
    projections: Array
    fingerprint: str


def _product(a: Array, b: Array) -> Array:
    """Returns the product of the transpose of a matrix and another matrix.

    Idle threads of NumPy's BLAS wait actively: on a busy machine, preparing the
    points of 512 digits took .9 s of CPU time with it, and takes .1 s.
    """
    with tf.device("CPU"):
        found: Array = tf.matmul(a, b, transpose_a=True).numpy()
    return found


def _principal_axes(values: Array) -> tuple[Array, Array]:
    """Returns the variances of centred values, ascending, and their axes."""
    with tf.device("CPU"):
        variances, axes = tf.linalg.eigh(_product(values, values) / len(values))
    return variances.numpy(), with_fixed_signs(axes.numpy())


def with_fixed_signs(axes: Array) -> Array:
    """Returns axes, columns, whose signs depend on the axes alone.

    Libraries for linear algebra differ in the signs of eigenvectors, but
    signatures made on different machines must be comparable.
    """
    # In this direction no axis of pixels is symmetric.
    direction = np.random.default_rng(0).normal(size=len(axes))
    return axes * np.where(direction @ axes < 0, -1, 1).astype(axes.dtype)


def _pixel_points(images: Array) -> int:
    """Returns the number of points at which pixels are taken."""
    *axes, channels = images.shape[1:]
    values: int = 2 * min(channels, _CHANNELS) * _SPAN ** len(axes)
    return min(PIXEL_POINTS, max(_VALUES // values, POINTS))


def _positions(
    inputs: npt.NDArray[np.int64],
    shares: list[npt.NDArray[np.float64]],
    size: tuple[int, ...],
) -> npt.NDArray[np.int32]:
    units = [
        np.minimum(share * length, length - 1)
        for share, length in zip(shares, size, strict=True)
    ]
    return np.stack([inputs, *units], axis=1).astype(np.int32)


def _around(images: Array, positions: npt.NDArray[np.int32]) -> Array:
    """Returns the pixels near and far around positions, (points, pixels)."""
    *sides, channels = images.shape[1:]
    pixels = images.reshape(-1, channels)
    fewer = slice(None, None, -(-channels // _CHANNELS))
    found = []
    for step in (1, max(2, round(max(sides) / 14))):
        # With an axis for the moves along each axis of the images.
        index = positions[:, 0].astype(np.int64)
        outside = np.zeros(len(positions), bool)
        for axis, side in enumerate(sides):
            at = positions[:, axis + 1].reshape(-1, *[1] * axis, 1)
            moved, beyond = _moved(at, side, step)
            index = index[..., None] * side + moved
            outside = outside[..., None] | beyond
        # Faster than indexing, and other threads run meanwhile.
        near = pixels[:, fewer].take(index.ravel(), axis=0)
        near[outside.ravel()] = 0  # as layers pad
        found.append(near.reshape(len(positions), -1))
    return np.concatenate(found, axis=1)


def _moved(
    at: npt.NDArray[np.int32], side: int, step: int
) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.bool_]]:
    """Moves positions (..., 1) along an axis, to each side.

    Returns the positions at each distance, kept inside, and whether they were
    outside.
    """
    reach = min(_REACH, (side - 1) // step)
    moved = at + step * np.arange(-reach, reach + 1, dtype=np.int32)
    return moved.clip(0, side - 1), (moved < 0) | (moved >= side)


def _spread(
    images: Array, points: int
) -> tuple[npt.NDArray[np.int64], list[npt.NDArray[np.float64]]]:
    """Spreads points evenly; returns their inputs, and fractions of each side.

    Uses an additive recurrence with powers of a root of x^(d + 1) = x + 1, from
    a random start for each input (Roberts, "The Unreasonable Effectiveness of
    Quasirandom Sequences", 2018).
    """
    count, axes = len(images), images.ndim - 2
    each = max(1, points // count)
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


def _fingerprint(sample: Sample, points: int) -> str:
    """Returns a digest that ignores the last bits of floating-point values."""
    about: tuple[object, ...] = (sample.images.shape, SIZE, EXACT, POINTS)
    about += ("fixed signs", *([points] if points < PIXEL_POINTS else []))
    digest = hashlib.sha256(repr(about).encode())
    names = sorted(sample.other_inputs, key=str)
    for values in (
        sample.images,
        *(sample.other_inputs[name] for name in names),
    ):
        for value in values:  # one by one: astype copies
            if np.issubdtype(value.dtype, np.floating):
                value = np.round(value.astype(np.float64), 4) + 0.0
                value = value.astype(np.float32)
            digest.update(np.ascontiguousarray(value).tobytes())
    return digest.hexdigest()[:16]
