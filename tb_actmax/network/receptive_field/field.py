"""The receptive field of the units of a map."""

import dataclasses
import math
from collections.abc import Sequence

import numpy as np


@dataclasses.dataclass(frozen=True)
class Field:
    """The receptive field of a map's units in the image, per spatial axis."""

    size: tuple[int, ...] = (1, 1)  # of a unit's field in pixels
    stride: tuple[int, ...] = (1, 1)  # pixels between neighbours' fields
    start: tuple[int, ...] = (0, 0)  # of unit 0, in pixels; negative in padding
    # Largest number of layers that mix positions, over all paths from the
    # image.
    depth: int = 0
    # Whether each unit sees the whole image, or an unknown operation lies
    # between; size, stride and start then describe the map before it.
    whole: bool = False
    # Crop offsets must be multiples of this number of pixels to keep every
    # layer's stride phase: the largest stride between image and map.
    align: tuple[int, ...] = (1, 1)
    # Rows and columns of the map that is flattened to a row of tokens; `None`
    # without tokens.
    grid: tuple[int, ...] | None = None
    skipped: int = 0  # tokens before the grid, such as a class token
    channels_first: bool = False  # whether they come before the positions
    # Whether statistics of whole maps scale or shift the units, as in group
    # normalization and squeeze-and-excitation.
    pooled: bool = False

    def window(self, *unit: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """Returns the first pixels, and the last + 1, of a unit's field."""
        if self.grid is not None:
            token = max(unit[-1] - self.skipped, 0)
            unit = tuple(int(i) for i in np.unravel_index(token, self.grid))
        first = tuple(
            start + index * stride
            for start, index, stride in zip(
                self.start, unit, self.stride, strict=True
            )
        )
        end = tuple(f + s for f, s in zip(first, self.size, strict=True))
        return first, end

    def looks_like(self, other: "Field") -> bool:
        """Returns whether units see the same part of an image."""
        return (self.size, self.stride, self.start, self.whole) == (
            other.size,
            other.stride,
            other.start,
            other.whole,
        )

    def locates(self, units: tuple[int, ...]) -> bool:
        """Returns whether field positions are known for a size of map."""
        if self.grid is None:
            return not self.whole
        return math.prod(self.grid) + self.skipped == units[-1]

    def token(self, unit: Sequence[int]) -> int:
        """Returns the index of the token at a position of the grid."""
        assert self.grid is not None
        return int(np.ravel_multi_index(tuple(unit), self.grid)) + self.skipped
