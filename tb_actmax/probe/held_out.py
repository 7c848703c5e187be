"""Transforms of images that no ascent makes: what survives them is robust.

Each takes an image (height, width, channels) or a volume (depth, height, width,
channels), the data's mean and range and a random generator, and returns the
changed image. They are the same for every image: a shift of a pixel, a
rotation of 12 degrees (of volumes each slice), .9 of the size, a blur of 1
pixel, .6 of the contrast, noise of .1 of the range, and JPEG of quality 30
where there are one or three channels and no slices.
"""

import dataclasses
import io
from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt
from PIL import Image
from scipy import ndimage

Array = npt.NDArray[np.float32]


@dataclasses.dataclass(frozen=True)
class Data:
    """What transforms must know of the data.

    Attributes:
        mean: Mean of each channel, (channels,).
        low: Smallest value.
        high: Largest value.
    """

    mean: Array
    low: float
    high: float


def moved(images: Array, data: Data) -> list[Array]:
    """Images after each of the transforms.

    Args:
        images: (n, height, width, channels), or volumes.
        data: Mean and range of the data.

    Returns:
        For each transform the changed images, clipped to the range.
    """
    changed = []
    for transform in _TRANSFORMS:
        random = np.random.default_rng(0)
        some = np.stack([transform(i, data, random) for i in images])
        changed.append(np.clip(some, data.low, data.high).astype(np.float32))
    return changed


def _shifted(image: Array, data: Data, random: np.random.Generator) -> Array:
    axes = tuple(range(image.ndim - 1))
    return np.roll(image, 1, axis=axes)


def _affine(image: Array, data: Data, matrix: npt.NDArray[np.float64]) -> Array:
    middle = (np.array(image.shape[:-1]) - 1) / 2
    offset = middle - matrix @ middle
    return np.stack(
        [
            ndimage.affine_transform(
                image[..., channel], matrix, offset, order=1, cval=mean
            )
            for channel, mean in enumerate(data.mean)
        ],
        axis=-1,
    )


def _rotated(image: Array, data: Data, random: np.random.Generator) -> Array:
    sine, cosine = np.sin(np.radians(12)), np.cos(np.radians(12))
    matrix = np.eye(image.ndim - 1)
    matrix[-2:, -2:] = [[cosine, -sine], [sine, cosine]]
    return _affine(image, data, matrix)


def _smaller(image: Array, data: Data, random: np.random.Generator) -> Array:
    return _affine(image, data, np.eye(image.ndim - 1) / 0.9)


def _blurred(image: Array, data: Data, random: np.random.Generator) -> Array:
    widths = (*(1 for _ in image.shape[:-1]), 0)
    blurred: Array = ndimage.gaussian_filter(image, widths, mode="nearest")
    return blurred


def _paler(image: Array, data: Data, random: np.random.Generator) -> Array:
    return data.mean + np.float32(0.6) * (image - data.mean)


def _noisy(image: Array, data: Data, random: np.random.Generator) -> Array:
    noise = random.normal(scale=0.1 * (data.high - data.low), size=image.shape)
    return image + noise.astype(np.float32)


def _compressed(image: Array, data: Data, random: np.random.Generator) -> Array:
    if image.ndim != 3 or image.shape[2] not in (1, 3):
        return image
    span = max(data.high - data.low, 1e-12)
    scaled = np.clip((image - data.low) / span, 0, 1) * 255
    pixels = np.rint(scaled).astype(np.uint8)
    file = io.BytesIO()
    flat = pixels[..., 0] if pixels.shape[2] == 1 else pixels
    Image.fromarray(flat).save(file, "JPEG", quality=30)
    read = np.asarray(Image.open(file), np.float32).reshape(image.shape)
    return np.asarray(data.low + read / 255 * span, np.float32)


_TRANSFORMS: Sequence[Callable[[Array, Data, np.random.Generator], Array]] = (
    _shifted,
    _rotated,
    _smaller,
    _blurred,
    _paler,
    _noisy,
    _compressed,
)
