"""Transforms of images that no ascent makes: what survives them is robust.

Each takes images (n, height, width, channels), or volumes with slices before
the rows, and the data's mean and range, and returns the changed images. They
are the same for every image: a shift of a pixel, a rotation of 12 degrees and
.9 of the size (of volumes each slice), a blur of 1 pixel, .6 of the contrast,
noise of .1 of the range, and JPEG of quality 30 where there are one or three
channels and no slices.
"""

import dataclasses
import io
from collections.abc import Callable, Iterator, Sequence
from typing import Any

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


def moved(images: Array, data: Data) -> Iterator[Array]:
    """Images after each of the transforms.

    Args:
        images: (n, height, width, channels).
        data: Mean and range of the data.

    Yields:
        For each transform the changed images, clipped to the range.
    """
    for transform in _TRANSFORMS:
        changed = transform(images, data)
        yield np.clip(changed, data.low, data.high).astype(np.float32)


def _shifted(images: Array, data: Data) -> Array:
    return np.roll(images, 1, axis=tuple(range(1, images.ndim - 1)))


def _affine(images: Array, data: Data, matrix: npt.NDArray[Any]) -> Array:
    """Bilinear; the same four neighbours of each pixel for all images."""
    height, width = images.shape[-3:-1]
    middle = (np.array((height, width)) - 1) / 2
    grid = np.moveaxis(np.mgrid[:height, :width], 0, -1) - middle
    source = grid @ matrix.T + middle
    low = np.floor(source).astype(int)
    share = (source - low).astype(np.float32)
    moved = np.zeros_like(images)
    for down, right in np.ndindex(2, 2):
        row, column = low[..., 0] + down, low[..., 1] + right
        weight = np.abs(1 - down - share[..., 0])
        weight = weight * np.abs(1 - right - share[..., 1])
        inside = (row >= 0) & (row < height) & (column >= 0) & (column < width)
        row, column = row.clip(0, height - 1), column.clip(0, width - 1)
        weight = (weight * inside)[..., None]
        moved += weight * (images[..., row, column, :] - data.mean)
    return moved + data.mean


def _rotated(images: Array, data: Data) -> Array:
    sine, cosine = np.sin(np.radians(12)), np.cos(np.radians(12))
    return _affine(images, data, np.array([[cosine, -sine], [sine, cosine]]))


def _smaller(images: Array, data: Data) -> Array:
    return _affine(images, data, np.eye(2) / 0.9)


def _blurred(images: Array, data: Data) -> Array:
    deviations = [0, *(1 for _ in images.shape[1:-1]), 0]
    blurred: Array = ndimage.gaussian_filter(images, deviations, mode="nearest")
    return blurred


def _paler(images: Array, data: Data) -> Array:
    return data.mean + np.float32(0.6) * (images - data.mean)


def _noisy(images: Array, data: Data) -> Array:
    random = np.random.default_rng(0)
    noise = random.standard_normal(images.shape[1:], np.float32)
    return images + np.float32(0.1 * (data.high - data.low)) * noise


def _compressed(images: Array, data: Data) -> Array:
    if images.shape[-1] not in (1, 3) or images.ndim != 4:
        return images
    span = max(data.high - data.low, 1e-12)
    scaled = np.clip((images - data.low) / span, 0, 1) * 255
    pixels = np.rint(scaled).astype(np.uint8)
    read = np.stack([_as_jpeg(picture) for picture in pixels])
    return np.asarray(data.low + read / 255 * span, np.float32)


def _as_jpeg(pixels: npt.NDArray[np.uint8]) -> Array:
    file = io.BytesIO()
    flat = pixels[..., 0] if pixels.shape[2] == 1 else pixels
    Image.fromarray(flat).save(file, "JPEG", quality=30)
    return np.asarray(Image.open(file), np.float32).reshape(pixels.shape)


_TRANSFORMS: Sequence[Callable[[Array, Data], Array]] = (
    _shifted,
    _rotated,
    _smaller,
    _blurred,
    _paler,
    _noisy,
    _compressed,
)
