"""A receptive field: what the units of a map see of the image."""

import dataclasses
import math

import numpy as np


@dataclasses.dataclass(frozen=True)
class Field:
    """What units of a map see of the image, per spatial axis.

    Attributes:
        size: Pixels that one unit sees, (rows, columns); of a volume (slices,
            rows, columns), and so everywhere here.
        stride: Pixels between what neighbouring units see.
        start: First pixel (may be negative: padding) of what unit 0 sees.
        depth: Most layers that mix positions on one way from the image.
        whole: Whether each unit sees the whole image, or an operation is on
            the way that is not known; size, stride and start then end before
            that operation.
        align: Pixels by which an image may be cut without a layer on the way
            coming to begin elsewhere: the largest stride on the way.
        grid: Rows and columns of the map whose units are a row of tokens
            here; `None` where there are no tokens.
        skipped: Tokens in front of those of the grid: a class token.
        first: Whether the channels come before the positions.
    """

    size: tuple[int, ...] = (1, 1)
    stride: tuple[int, ...] = (1, 1)
    start: tuple[int, ...] = (0, 0)
    depth: int = 0
    whole: bool = False
    align: tuple[int, ...] = (1, 1)
    grid: tuple[int, ...] | None = None
    skipped: int = 0
    first: bool = False

    def window(self, *unit: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """First pixels, and last + 1, that a unit (row, column) sees."""
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
        """Whether units see parts of the same size, as far apart."""
        return (self.size, self.stride) == (other.size, other.stride)

    def locates(self, units: tuple[int, ...]) -> bool:
        """Whether it is known where the units of a map of a size look."""
        if self.grid is None:
            return not self.whole
        return math.prod(self.grid) + self.skipped == units[-1]

    def unit_nearest(
        self, centre: tuple[float, ...], units: tuple[int, ...]
    ) -> tuple[int, ...]:
        """The unit whose field's centre is nearest to a point of the image."""
        nearest = []
        for axis, count in enumerate(self.grid or units):
            middle = self.start[axis] + (self.size[axis] - 1) / 2
            index = round((centre[axis] - middle) / self.stride[axis])
            nearest.append(min(max(index, 0), count - 1))
        if self.grid is None:
            return tuple(nearest)
        token = int(np.ravel_multi_index(nearest, self.grid)) + self.skipped
        return (*(0 for _ in units[1:]), token)
