"""Transforms of an image that no method was trained with.

Each is a function (image, mean, low, high, random) -> image.
"""

import io

import numpy as np
from PIL import Image
from scipy import ndimage


def _shifted(image, mean, low, high, random):
    return np.roll(image, (1, 1), axis=(0, 1))


def _affine(image, mean, matrix):
    middle = (np.array(image.shape[:2]) - 1) / 2
    offset = middle - matrix @ middle
    return np.stack(
        [
            ndimage.affine_transform(
                image[..., c], matrix, offset, order=1, cval=mean[c]
            )
            for c in range(image.shape[-1])
        ],
        axis=-1,
    )


def _rotated(image, mean, low, high, random):
    sine, cosine = np.sin(np.radians(12)), np.cos(np.radians(12))
    return _affine(image, mean, np.array([[cosine, -sine], [sine, cosine]]))


def _smaller(image, mean, low, high, random):
    return _affine(image, mean, np.eye(2) / 0.9)


def _blurred(image, mean, low, high, random):
    return ndimage.gaussian_filter(image, (1, 1, 0), mode="nearest")


def _paler(image, mean, low, high, random):
    return mean + 0.6 * (image - mean)


def _noisy(image, mean, low, high, random):
    return image + random.normal(scale=0.1 * (high - low), size=image.shape)


def _jpeg(image, mean, low, high, random):
    bytes_ = np.clip((image - low) / (high - low), 0, 1) * 255
    bytes_ = bytes_.round().astype(np.uint8)
    file = io.BytesIO()
    flat = bytes_[..., 0] if bytes_.shape[-1] == 1 else bytes_
    Image.fromarray(flat).save(file, "JPEG", quality=30)
    read = np.asarray(Image.open(file), np.float32).reshape(image.shape)
    return low + read / 255 * (high - low)


MOVES = (_shifted, _rotated, _smaller, _blurred, _paler, _noisy, _jpeg)
