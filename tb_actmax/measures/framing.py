"""Surrounds images with the data's mean, up to the size of the network's input.

Only the part of the input that the measured units see is kept.
"""

import math

import numpy as np
import numpy.typing as npt

from tb_actmax.network.shown_unit import (
    place_image,
    shown_unit,
    smallest_part,
)
from tb_actmax.network.target import Target

Array = npt.NDArray[np.float32]


class Frame:
    """The surroundings of images of one size, and the units to measure.

    The target was found with inputs of `input_size`; images are at most as
    large. Unless the frame `crops`, the network is run on whole inputs.

    Attributes:
        units: Slices of the layer's map with the shown unit and the units whose
            field is centred in the image; the whole map if fields are unknown.
        crops: Whether the frame is smaller than the input.
        pixels: Number of pixels of a framed image.
    """

    def __init__(
        self,
        target: Target,
        input_size: tuple[int, ...],
        image_size: tuple[int, ...],
        mean: Array,
        crops: bool = True,
    ):
        self._mean = mean
        place = place_image(target, input_size, image_size)
        units = _units(target, input_size, place)
        slices = tuple(slice(0, length) for length in input_size)
        self.units = units
        if crops and target.field.grid is None and not target.field.whole:
            firsts = tuple(part.start for part in units)
            lasts = tuple(part.stop - 1 for part in units)
            image = (
                tuple(part.start for part in place),
                tuple(part.stop for part in place),
            )
            field = target.field
            part = smallest_part(
                target,
                input_size,
                [field.window(*firsts), field.window(*lasts), image],
            )
            slices = part.slices
            self.units = tuple(
                slice(first, last + 1)
                for first, last in zip(
                    part.unit(firsts), part.unit(lasts), strict=True
                )
            )
        self._size = tuple(part.stop - part.start for part in slices)
        self._inside = tuple(
            slice(at.start - part.start, at.stop - part.start)
            for at, part in zip(place, slices, strict=True)
        )
        self.crops = self._size != tuple(input_size)
        self.pixels = math.prod(self._size)

    def __call__(self, images: Array) -> Array:
        """Frames images (n, height, width, channels)."""
        framed = self.empty(len(images))
        framed[(slice(None), *self._inside)] = images
        return framed

    def empty(self, count: int) -> Array:
        """Returns frames without images."""
        framed = np.empty((count, *self._size, len(self._mean)), np.float32)
        framed[:] = self._mean
        return framed


def _units(
    target: Target, input_size: tuple[int, ...], place: tuple[slice, ...]
) -> tuple[slice, ...]:
    """Returns the shown unit and the units with fields centred in an image."""
    field, shown = target.field, shown_unit(target, input_size).index
    if shown is None or field.whole:
        return tuple(slice(None) for _ in input_size)
    if field.grid is not None:
        return tuple(slice(index, index + 1) for index in shown)
    assert target.positions is not None
    units = []
    for axis, (part, index) in enumerate(zip(place, shown, strict=True)):
        # Unit u is centred at centre + u * stride.
        stride = field.stride[axis]
        centre = field.start[axis] + (field.size[axis] - 1) / 2
        first = math.ceil((part.start - centre) / stride)
        last = math.floor((part.stop - 1 - centre) / stride)
        first = max(min(first, index), 0)
        last = min(max(last, index), target.positions[axis] - 1)
        units.append(slice(first, last + 1))
    return tuple(units)
