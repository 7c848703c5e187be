"""Transforms that no ascent uses, to measure how robust images are.

Each takes images (n, height, width, channels) or volumes (n, slices, height,
width, channels), and the mean and value range of the data, and returns new
images. Every image gets the same transforms: a shift by a pixel; a rotation by
12 degrees; .9 of the size; a blur with a standard deviation of 1 pixel; .6 of
the contrast; noise with a standard deviation of .1 of the value range; and, for
images of one or three channels, JPEG of quality 30. Volumes are rotated and
scaled slice by slice. Signals are neither rotated nor compressed. Inputs whose
axes do not form a picture are changed in contrast and noise only, because each
row may be another electrode.
"""

import io
from collections.abc import Callable, Iterator

import numpy as np
import numpy.typing as npt
from PIL import Image
from scipy import ndimage

Array = npt.NDArray[np.float32]
Range = tuple[float, float]

_OUTSIDE = "grid-constant"  # the mean of the data lies around images


def transformed(
    images: Array, mean: Array, value_range: Range, pictures: bool = True
) -> Iterator[Array]:
    """Yields the images after each transform, clipped to the value range."""
    transforms = _TRANSFORMS
    if not pictures:
        signals = images.ndim == 4 and images.shape[1] == 1
        transforms = _OF_SIGNALS if signals else _OF_OTHERS
    for transform in transforms:
        changed = transform(images, mean, value_range)
        yield np.clip(changed, *value_range).astype(np.float32)


def _shift(images: Array, mean: Array, value_range: Range) -> Array:
    return np.roll(images, 1, axis=tuple(range(1, images.ndim - 1)))


def _rotate(images: Array, mean: Array, value_range: Range) -> Array:
    turned: Array = ndimage.rotate(
        images - mean, -12, (-3, -2), reshape=False, order=1, mode=_OUTSIDE
    )
    return turned + mean


def _shrink(images: Array, mean: Array, value_range: Range) -> Array:
    zoom = np.ones(images.ndim)
    zoom[-3:-1] = 1 / 0.9
    offset = (1 - zoom) * (np.array(images.shape) - 1) / 2  # keeps the centre
    shrunk: Array = ndimage.affine_transform(
        images - mean, zoom, offset, order=1, mode=_OUTSIDE
    )
    return shrunk + mean


def _blur(images: Array, mean: Array, value_range: Range) -> Array:
    deviations = [0, *(1 for _ in images.shape[1:-1]), 0]
    blurred: Array = ndimage.gaussian_filter(images, deviations, mode="nearest")
    return blurred


def _reduce_contrast(images: Array, mean: Array, value_range: Range) -> Array:
    return mean + np.float32(0.6) * (images - mean)


def _add_noise(images: Array, mean: Array, value_range: Range) -> Array:
    low, high = value_range
    random = np.random.default_rng(0)
    noise = random.standard_normal(images.shape[1:], np.float32)
    return images + np.float32(0.1 * (high - low)) * noise


def _compress(images: Array, mean: Array, value_range: Range) -> Array:
    if images.shape[-1] not in (1, 3) or images.ndim != 4:
        return images
    low, high = value_range
    span = max(high - low, 1e-12)
    scaled = np.clip((images - low) / span, 0, 1) * 255
    pixels = np.rint(scaled).astype(np.uint8)
    decoded = np.stack([_as_jpeg(picture) for picture in pixels])
    return np.asarray(low + decoded / 255 * span, np.float32)


def _as_jpeg(pixels: npt.NDArray[np.uint8]) -> Array:
    file = io.BytesIO()
    flat = pixels[..., 0] if pixels.shape[2] == 1 else pixels
    Image.fromarray(flat).save(file, "JPEG", quality=30)
    return np.asarray(Image.open(file), np.float32).reshape(pixels.shape)


_Transform = Callable[[Array, Array, Range], Array]

_OF_OTHERS: tuple[_Transform, ...] = (_reduce_contrast, _add_noise)
_OF_SIGNALS: tuple[_Transform, ...] = (_shift, _shrink, _blur, *_OF_OTHERS)
_TRANSFORMS: tuple[_Transform, ...] = (*_OF_SIGNALS, _rotate, _compress)
