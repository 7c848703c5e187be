"""Clips images to a range of values."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import tensorflow as tf

Array = npt.NDArray[np.float32]
Gradient = Callable[[tf.Tensor], tf.Tensor]


def clipped(
    images: tf.Tensor, low: Array, high: Array, leak: tf.Tensor | float
) -> tf.Tensor:
    """Clips images; clipped pixels pass on a share `leak` of the gradient."""

    @tf.custom_gradient
    def clip(images: tf.Tensor) -> tuple[tf.Tensor, Gradient]:
        clipped = tf.clip_by_value(images, low, high)

        def gradient(upstream: tf.Tensor) -> tf.Tensor:
            inside = tf.equal(images, clipped)
            return tf.where(inside, upstream, leak * upstream)

        return clipped, gradient

    return clip(images)
