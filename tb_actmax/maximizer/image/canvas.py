"""The image as Fourier coefficients, with the mean and contrast of the data.

Coefficients in place of pixels make large shapes as easy to find as small
ones (Olah et al., "Feature Visualization", Distill, 2017). The amplitudes and
colours are the data's own, and the contrast is fixed, so that what is found
is a shape and not a brightness.
"""

import dataclasses
import math
from typing import Any

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from tb_actmax.data.statistics import Statistics
from tb_actmax.maximizer.image import fourier

Array = npt.NDArray[np.float32]

_FILL = 1.1  # how far an image's extremes may go beyond the data's range


@dataclasses.dataclass(frozen=True)
class Canvas:
    """Turns Fourier coefficients into images.

    Attributes:
        size: Rows and columns of the image; of a volume slices before them.
        statistics: What the images have in common with the data.
        contrast: Least deviation of the values from the data's mean, before
            they are clipped.
        most: Largest deviation: between `contrast` and this, each image gets
            what its shape fits into the data's range.
        brightness: Least and largest brightness, (channels,) each, that an
            image as a whole may have against the data's mean; `None` where
            brightness is a part of the deviation.
        power: Amplitudes are the data's to this power: the gradient meets
            them twice. Larger is smoother and excites less, smaller has more
            grain.
    """

    size: tuple[int, ...]
    statistics: Statistics
    contrast: float
    most: float
    brightness: tuple[Array, Array] | None
    power: float

    @property
    def channels(self) -> int:
        """Channels of the image."""
        return len(self.statistics.mean)

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of one image's coefficients (the last axis: re, im)."""
        return (self.channels, *self.size[:-1], self.size[-1] // 2 + 1, 2)

    def amplitude(self) -> Array:
        """How easily each frequency is reached, (height, width // 2 + 1)."""
        spectrum = self.statistics.spectrum(*self.size) ** self.power
        return spectrum * np.float32(np.sqrt(math.prod(self.size)))

    def images(
        self,
        coefficients: tf.Tensor,
        contrast: tf.Tensor,
        leak: tf.Tensor | float = 0.0,
    ) -> tf.Tensor:
        """Images (n, *size, channels) in the network's input range.

        Args:
            coefficients: (n, *shape).
            contrast: Share of the contrast, a scalar, 1 for all of it.
            leak: Share of the gradient that pixels at the end of the range
                let through.
        """
        statistics = self.statistics
        signal = self._signal(coefficients)
        even = tf.reduce_mean(signal, axis=2, keepdims=True)
        if self.brightness is not None:
            signal -= even
        signal, scale = _standardized(signal)
        deviation = self._deviation(signal)
        images = (contrast * deviation) * signal + statistics.mean[:, None]
        if self.brightness is not None:
            least, most = (end[:, None] for end in self.brightness)
            images += _within(even * scale * deviation, least, most)
        images = _clipped(
            images, statistics.low[:, None], statistics.high[:, None], leak
        )
        if self.channels > 1:
            images = tf.transpose(images, (0, 2, 1))
        return tf.reshape(images, (-1, *self.size, self.channels))

    def _signal(self, coefficients: tf.Tensor) -> tf.Tensor:
        """What the coefficients stand for, (n, channels, pixels)."""
        signal = fourier.inverse(coefficients, self.amplitude(), self.size)
        signal = tf.reshape(signal, (-1, self.channels, math.prod(self.size)))
        if self.channels == 1:  # one number, which is divided out
            return signal
        return tf.matmul(self.statistics.colours, signal)

    def _deviation(self, signal: tf.Tensor) -> tf.Tensor:
        """The deviation of images whose signal (n, ...) has deviation 1."""
        statistics = self.statistics
        span = tf.reduce_max(signal, axis=2) - tf.reduce_min(signal, axis=2)
        room = (statistics.high - statistics.low) / (span + 1e-9)
        fits = tf.reduce_min(room, axis=1)[:, None, None]
        # A number for each image, not a way to excite the filter.
        return tf.stop_gradient(
            tf.clip_by_value(_FILL * fits, self.contrast, self.most)
        )


def _standardized(signal: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """Signals (n, channels, pixels) of deviation 1, and their scales (n, 1, 1).

    The gradient is written down since what TensorFlow makes of the formula is
    a fifth of all operations of a step.
    """
    count = math.prod(signal.shape[1:])

    @tf.custom_gradient
    def standardize(signal: tf.Tensor) -> tuple[Any, Any]:
        power = tf.reduce_mean(tf.square(signal), axis=(1, 2), keepdims=True)
        scale = tf.math.rsqrt(power + 1e-20)
        standard = signal * scale

        def gradient(along: tf.Tensor, larger: tf.Tensor) -> tf.Tensor:
            alike = tf.reduce_sum(along * standard, axis=(1, 2), keepdims=True)
            alike = (alike + larger * scale) / count
            return scale * (along - standard * alike)

        return (standard, scale), gradient

    found: tuple[tf.Tensor, tf.Tensor] = standardize(signal)
    return found


def _clipped(
    images: tf.Tensor, low: Array, high: Array, leak: tf.Tensor | float
) -> tf.Tensor:
    """Images within the range; what is clipped has `leak` of a gradient."""

    @tf.custom_gradient
    def clip(images: tf.Tensor) -> tuple[tf.Tensor, Any]:
        clipped = tf.clip_by_value(images, low, high)

        def gradient(upstream: tf.Tensor) -> tf.Tensor:
            inside = tf.equal(images, clipped)
            return tf.where(inside, upstream, leak * upstream)

        return clipped, gradient

    return clip(images)


def _within(offset: tf.Tensor, low: Array, high: Array) -> tf.Tensor:
    """Offsets between two ends, approached smoothly."""
    low, high = np.minimum(low, -1e-6), np.maximum(high, 1e-6)
    end = tf.where(offset > 0, high, -low)
    return end * tf.tanh(offset / end)
