"""Moves images by their transforms, as far as they are looked at.

TensorFlow's own gradient of a projection inverts the transforms at each step
and moves all of what comes back, reflected at the edge; here the inverses are
sampled with the transforms, and beyond the edge there is nothing.
"""

from typing import Any

import numpy as np
import tensorflow as tf

from tb_actmax.maximizer.image.transforms import NUMBERS


def apply(
    images: tf.Tensor,
    transforms: tf.Tensor,
    window: tuple[slice, ...] | None = None,
) -> tf.Tensor:
    """Moves images.

    Args:
        images: (n, height, width, channels), or volumes (n, depth, height,
            width, channels).
        transforms: Of each, as `Transforms.sample` returns them.
        window: Rows and columns that are wanted of the moved images, of
            volumes slices before them; `None` for all.

    Returns:
        Moved images, or that part of them; what comes from outside is
        reflected.
    """
    if window is None:
        window = tuple(slice(0, length) for length in images.shape[1:-1])
    if images.shape.rank == 4:
        return _projected(images, transforms, *window)
    depth, height, width, channels = images.shape[1:]
    slices = _projected(
        tf.reshape(images, (-1, height, width, channels)),
        tf.repeat(transforms[:, :NUMBERS], depth, axis=0),
        *window[1:],
    )
    height, width = slices.shape[1:3]
    rows = tf.reshape(slices, (-1, depth, height * width, channels))
    every = slice(0, height * width)
    moved = _projected(rows, transforms[:, NUMBERS:], window[0], every)
    return tf.reshape(moved, (-1, moved.shape[1], height, width, channels))


def _projected(
    images: tf.Tensor, transforms: tf.Tensor, rows: slice, columns: slice
) -> tf.Tensor:
    """Some rows and columns of the moved images."""
    whole = images.shape[1:3]
    part = (rows.stop - rows.start, columns.stop - columns.start)
    half = NUMBERS // 2
    # Pixel (x, y) of the part reads what (x + left, y + top) would have read.
    into = np.eye(half, dtype=np.float32)
    into[[0, 3], [2, 5]] = columns.start
    into[[1, 4], [2, 5]] = rows.start
    origin = np.zeros(half, np.float32)
    origin[[2, 5]] = columns.start, rows.start

    @tf.custom_gradient
    def project(images: tf.Tensor) -> tuple[tf.Tensor, Any]:
        forth = tf.matmul(transforms[:, :half], into)
        moved = _read(images, forth, part, "REFLECT")

        def gradient(upstream: tf.Tensor) -> tf.Tensor:
            back = transforms[:, half:] - origin
            return _read(upstream, back, whole, "CONSTANT")

        return moved, gradient

    return project(images)


def _read(
    images: tf.Tensor,
    transforms: tf.Tensor,
    size: tuple[int, int],
    outside: str,
) -> tf.Tensor:
    read = tf.raw_ops.ImageProjectiveTransformV3(
        images=images,
        transforms=transforms,
        output_shape=size,
        fill_value=0.0,
        interpolation="BILINEAR",
        fill_mode=outside,
    )
    read.set_shape((None, *size, images.shape[-1]))
    return read
