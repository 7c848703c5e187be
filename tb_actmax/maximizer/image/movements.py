"""Draws small random movements of images, so that only robust features remain.

Each image gets another movement at each step. One projective transform combines
shift, rotation and scaling.
"""

import dataclasses
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

NUMBERS = 16  # of a movement: 8 as TensorFlow takes them, 8 of its inverse

_IDENTITY = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0)


@dataclasses.dataclass(frozen=True)
class Movements:
    """The distribution of the movements of images."""

    shift: float = 0.0  # largest along each axis, in pixels
    rotation: float = 0.0  # degrees, standard deviation
    scale: float = 0.0  # standard deviation of the scale's logarithm
    # A view shows up to 1 + `wide` times the image, surrounded by the mean.
    wide: float = 0.0
    centred: bool = True  # whether the image is in the middle of a wider view

    @property
    def still(self) -> bool:
        """Whether images are not moved at all."""
        return not (self.shift or self.rotation or self.scale)

    def sample(
        self,
        randoms: Sequence[np.random.Generator],
        strengths: npt.NDArray[np.float32],
        size: tuple[int, ...],
    ) -> npt.NDArray[np.float32]:
        """Draws a movement of each image for each step.

        Args:
            randoms: A random generator for each image.
            strengths: (steps,), share of the movement at each.
            size: Size of the images, (rows, columns) or (slices, rows,
                columns).

        Returns:
            Array (steps, n, 16): a transform as `ImageProjectiveTransformV3`
            takes it, and its inverse; of volumes (steps, n, 32): a transform
            within each slice, and one that moves the slices.
        """
        steps = len(strengths)
        if self.still:
            return np.tile(identity(len(randoms), size), (steps, 1, 1))
        height, width = size[-2:]
        strength = strengths[:, None]
        shift = strength * self.shift
        uniform = [r.uniform(-1, 1, (steps, 2)) for r in randoms]
        normal = [r.normal(size=(steps, 2)) for r in randoms]
        dy, dx = np.moveaxis(np.stack(uniform, axis=1), 2, 0) * shift
        turned, scaled = np.moveaxis(np.stack(normal, axis=1), 2, 0)
        angle = np.clip(turned, -2, 2) * strength * np.radians(self.rotation)
        scale = np.exp(-np.clip(scaled, -2, 2) * strength * self.scale)
        cos, sin = np.cos(angle) * scale, np.sin(angle) * scale
        middle_y, middle_x = (height - 1) / 2, (width - 1) / 2
        # Output (x, y) reads input (a x + b y + c, d x + e y + f).
        moved = [
            cos,
            -sin,
            middle_x - cos * middle_x + sin * middle_y + dx,
            sin,
            cos,
            middle_y - sin * middle_x - cos * middle_y + dy,
        ]
        if self.wide:
            moved = self._widened(moved, randoms, strength, (height, width))
        columns = _both_ways(moved)
        if len(size) == 3:
            uniform = [r.uniform(-1, 1, steps) for r in randoms]
            middle_z = (size[0] - 1) / 2
            dz = np.stack(uniform, axis=1) * shift
            # The slices are rows: no column is moved.
            one, zero = np.ones_like(dx), np.zeros_like(dx)
            moved_z = middle_z * (1 - scale) + dz
            columns += _both_ways([one, zero, zero, zero, scale, moved_z])
        return np.stack(columns, axis=-1).astype(np.float32)

    def _widened(
        self,
        moved: list[Array],
        randoms: Sequence[np.random.Generator],
        strength: npt.NDArray[np.float32],
        size: tuple[int, int],
    ) -> list[Array]:
        """Returns movements for views that show more than the image."""
        uniform = [r.uniform(size=(len(strength), 3)) for r in randoms]
        share, at_y, at_x = np.moveaxis(np.stack(uniform, axis=1), 2, 0)
        if self.centred:
            at_y = at_x = np.full_like(share, 0.5)
        factor = 1 + self.wide * strength * share
        a, b, c, d, e, f = moved
        left = at_x * (1 - factor) * (size[1] - 1)
        top = at_y * (1 - factor) * (size[0] - 1)
        across = [factor * a, factor * b, factor * c + left]
        return [*across, factor * d, factor * e, factor * f + top]


def _both_ways(transform: Sequence[Array]) -> list[Array]:
    """Returns a transform as TensorFlow takes it, and its inverse."""
    a, b, c, d, e, f = transform
    zero = np.zeros_like(a)
    area = a * e - b * d
    back = (e, -b, b * f - c * e, -d, a, c * d - a * f)
    return [*transform, zero, zero, *(x / area for x in back), zero, zero]


def numbers(size: tuple[int, ...]) -> int:
    """Returns the number of numbers that describe a movement."""
    return NUMBERS * (len(size) - 1)


def identity(count: int, size: tuple[int, ...]) -> npt.NDArray[np.float32]:
    """Returns movements (count, numbers) that leave images unchanged."""
    once = np.array(2 * _IDENTITY, np.float32)
    return np.tile(once, (count, len(size) - 1))
