"""Puts images into the middle of an input that is the data's mean elsewhere.

So they are measured as the network meets them: in an input of its own size.
Only what the measured units see of that input is kept.
"""

import math

import numpy as np
import numpy.typing as npt

from tb_actmax.network.receptive_field.field import Field

Array = npt.NDArray[np.float32]


class Frame:
    """The frame around images of one size, and the units that are measured.

    Args:
        field: The layer's receptive field.
        shape: Size of the network's input, (height, width).
        image: Size of the images; what exceeds the input is cut off.
        units: Size of the layer's map for such an input.
        mean: Mean of each channel of the data.

    Attributes:
        units: Slices of the layer's map: the units whose field is centred in
            the image. All of them where fields are not known.
        size: Pixels of a framed image.
        mean: As given.
    """

    def __init__(
        self,
        field: Field,
        shape: tuple[int, ...],
        image: tuple[int, ...],
        units: tuple[int, ...],
        mean: Array,
    ):
        self.mean = mean
        self._image = tuple(map(min, image, shape))
        found = []
        for axis, (whole, part) in enumerate(
            zip(shape, self._image, strict=True)
        ):
            if field.whole:
                found.append((whole, (whole - part) // 2, slice(None)))
            else:
                found.append(_axis(field, axis, whole, part, units[axis]))
        sizes, begins, self.units = zip(*found, strict=True)
        self._shape: tuple[int, ...] = sizes
        self._begin: tuple[int, ...] = begins
        self.size = math.prod(sizes)

    def __call__(self, images: Array) -> Array:
        """Frames images.

        Args:
            images: (n, height, width, channels).
        """
        shape = (len(images), *self._shape, images.shape[-1])
        framed = np.empty(shape, np.float32)
        framed[:] = self.mean
        inside, cut = [], []
        for begin, length in zip(self._begin, self._image, strict=True):
            inside.append(slice(begin, begin + length))
            cut.append(slice(0, length))
        framed[(slice(None), *inside)] = images[(slice(None), *cut)]
        return framed


def _axis(
    field: Field, axis: int, whole: int, part: int, count: int
) -> tuple[int, int, slice]:
    """Size of the frame, begin of the image in it, and units, of one axis.

    Images begin at a multiple of the stride, as they do alone; what no unit
    sees is left off by whole strides, so that all is padded as before.
    """
    stride, start, size = (
        field.stride[axis],
        field.start[axis],
        field.size[axis],
    )
    begin = round((whole - part) / 2 / stride) * stride
    begin = min(begin, (whole - part) // stride * stride)
    # Unit u is centred at middle + u * stride.
    middle = start + (size - 1) / 2
    first = max(math.ceil((begin - middle) / stride), 0)
    last = min(math.floor((begin + part - 1 - middle) / stride), count - 1)
    if last < first:  # strides larger than the image: the nearest one
        nearest = round((begin + (part - 1) / 2 - middle) / stride)
        first = last = min(max(nearest, 0), count - 1)
    seen = start + first * stride, start + last * stride + size
    left = max(min(seen[0], begin), 0) // stride
    right = (whole - min(max(seen[1], begin + part), whole)) // stride
    return (
        whole - (left + right) * stride,
        begin - left * stride,
        slice(first - left, last - left + 1),
    )
