"""Puts images into the centre of an input that is the data's mean elsewhere.

The network meets them in an input of its own size; only the part of the input
that the measured units see is kept.
"""

import math

import numpy as np
import numpy.typing as npt

from tb_actmax.network.receptive_field.field import Field

Array = npt.NDArray[np.float32]


class Frame:
    """The frame around images of one size, and the units to measure.

    Sizes are (height, width); of volumes (depth, height, width).

    Args:
        field: The layer's receptive field.
        input_size: Size of the network's input.
        image_size: Size of the images; the part beyond the input is cut off.
        map_size: Size of the layer's map for such an input.
        mean: Mean of each channel of the data, (channels,).

    Attributes:
        units: Slices of the layer's map: the units whose field is centred in
            the image, or all if the field is not known.
        pixels: Number of pixels of a framed image.
    """

    def __init__(
        self,
        field: Field,
        input_size: tuple[int, ...],
        image_size: tuple[int, ...],
        map_size: tuple[int, ...],
        mean: Array,
    ):
        self._mean = mean
        self._image_size = tuple(map(min, image_size, input_size))
        axes = []
        for axis, (length, part) in enumerate(
            zip(input_size, self._image_size, strict=True)
        ):
            if field.whole:
                axes.append((length, (length - part) // 2, slice(None)))
            else:
                axes.append(_fit(field, axis, length, part, map_size[axis]))
        sizes, begins, self.units = zip(*axes, strict=True)
        self._size: tuple[int, ...] = sizes
        self._begin: tuple[int, ...] = begins
        self.pixels = math.prod(sizes)

    def __call__(self, images: Array) -> Array:
        """Frames images (n, height, width, channels)."""
        framed = self.empty(len(images))
        inside, cut = [], []
        for begin, length in zip(self._begin, self._image_size, strict=True):
            inside.append(slice(begin, begin + length))
            cut.append(slice(0, length))
        framed[(slice(None), *inside)] = images[(slice(None), *cut)]
        return framed

    def empty(self, count: int) -> Array:
        """Returns frames without images."""
        framed = np.empty((count, *self._size, len(self._mean)), np.float32)
        framed[:] = self._mean
        return framed


def _fit(
    field: Field, axis: int, length: int, part: int, units: int
) -> tuple[int, int, slice]:
    """Returns the frame's length, the image's begin, and the units of an axis.

    Images begin at a multiple of the stride, as they do without a frame.
    Pixels that no unit sees are dropped by whole strides, so that every layer
    pads as it does in the whole input.
    """
    stride, start = field.stride[axis], field.start[axis]
    size = field.size[axis]
    begin = round((length - part) / 2 / stride) * stride
    begin = min(begin, (length - part) // stride * stride)
    # Unit u is centred at centre + u * stride.
    centre = start + (size - 1) / 2
    first = max(math.ceil((begin - centre) / stride), 0)
    last = min(math.floor((begin + part - 1 - centre) / stride), units - 1)
    if last < first:  # the stride exceeds the image: take the nearest unit
        nearest = round((begin + (part - 1) / 2 - centre) / stride)
        first = last = min(max(nearest, 0), units - 1)
    seen = start + first * stride, start + last * stride + size
    left = max(min(seen[0], begin), 0) // stride
    right = (length - min(max(seen[1], begin + part), length)) // stride
    return (
        length - (left + right) * stride,
        begin - left * stride,
        slice(first - left, last - left + 1),
    )
