"""The receptive field of the units of a map."""

import dataclasses
import math
from collections.abc import Sequence

import numpy as np


@dataclasses.dataclass(frozen=True)
class Field:
    """The receptive field of a map's units on the image, per spatial axis.

    Attributes:
        size: Size of a unit's field in pixels, (rows, columns); of a volume
            (slices, rows, columns), and so everywhere here.
        stride: Pixels between the fields of neighbouring units.
        start: First pixel of the field of unit 0; negative in the padding.
        depth: Most layers that mix positions on one path from the image.
        whole: Whether each unit sees the whole image, or an unknown operation
            is on the way; size, stride and start then end before it.
        align: Crop offsets must be multiples of this many pixels to keep every
            layer's stride phase: the largest stride on the way.
        grid: Rows and columns of the map that is flattened to a row of tokens;
            `None` without tokens.
        skipped: Number of tokens in front of the grid's: a class token.
        channels_first: Whether the channels come before the positions.
        pooled: Whether a statistic of whole maps scales or shifts the units,
            as squeeze-and-excitation and group normalization do.
    """

    size: tuple[int, ...] = (1, 1)
    stride: tuple[int, ...] = (1, 1)
    start: tuple[int, ...] = (0, 0)
    depth: int = 0
    whole: bool = False
    align: tuple[int, ...] = (1, 1)
    grid: tuple[int, ...] | None = None
    skipped: int = 0
    channels_first: bool = False
    pooled: bool = False

    def window(self, *unit: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """Returns the first pixels, and last + 1, of a unit's field."""
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
        """Returns whether units see the same of an image as another field's."""
        return (self.size, self.stride, self.start, self.whole) == (
            other.size,
            other.stride,
            other.start,
            other.whole,
        )

    def locates(self, units: tuple[int, ...]) -> bool:
        """Returns whether the fields' places are known, for a size of map."""
        if self.grid is None:
            return not self.whole
        return math.prod(self.grid) + self.skipped == units[-1]

    def token(self, unit: Sequence[int]) -> int:
        """Returns the index of the token at a position of the grid."""
        assert self.grid is not None
        return int(np.ravel_multi_index(tuple(unit), self.grid)) + self.skipped
