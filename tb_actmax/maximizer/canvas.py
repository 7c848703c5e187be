"""The image as Fourier coefficients, with the mean and contrast of the data.

Coefficients in place of pixels make large shapes as easy to find as small
ones (Olah et al., "Feature Visualization", Distill, 2017). The amplitudes and
colours are the data's own, and the contrast is fixed, so that what is found
is a shape and not a brightness.
"""

import dataclasses
import math

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from tb_actmax.probe.statistics import Statistics

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
        self, coefficients: tf.Tensor, contrast: tf.Tensor, leak: float = 0.0
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
        every = tuple(range(1, signal.shape.rank))
        even = tf.reduce_mean(signal, axis=every[:-1], keepdims=True)
        if self.brightness is not None:
            signal -= even
        power = tf.reduce_mean(tf.square(signal), axis=every, keepdims=True)
        scale = tf.math.rsqrt(power + 1e-20)
        signal *= scale
        deviation = self._deviation(signal)
        images = statistics.mean + contrast * deviation * signal
        if self.brightness is not None:
            images += _within(even * scale * deviation, *self.brightness)
        clipped = tf.clip_by_value(images, statistics.low, statistics.high)
        if leak:
            clipped += leak * (images - tf.stop_gradient(images))
        return clipped

    def _signal(self, coefficients: tf.Tensor) -> tf.Tensor:
        """What the coefficients stand for, (n, *size, channels)."""
        spectrum = tf.complex(coefficients[..., 0], coefficients[..., 1])
        spectrum *= tf.constant(self.amplitude(), tf.complex64)
        if len(self.size) == 3:
            spectrum = _over_slices(spectrum)
        signal = tf.signal.irfft2d(spectrum, self.size[-2:])
        if self.channels == 1:  # one number, which is divided out
            return tf.reshape(signal, (-1, *self.size, 1))
        colours = tf.constant(self.statistics.colours)
        axes = "zyx"[-len(self.size) :]
        return tf.einsum(f"nc{axes},dc->n{axes}d", signal, colours)

    def _deviation(self, signal: tf.Tensor) -> tf.Tensor:
        """The deviation of images whose signal (n, ...) has deviation 1."""
        statistics = self.statistics
        places = tuple(range(1, signal.shape.rank - 1))
        span = tf.reduce_max(signal, axis=places, keepdims=True)
        span -= tf.reduce_min(signal, axis=places, keepdims=True)
        room = (statistics.high - statistics.low) / (span + 1e-9)
        fits = tf.reduce_min(room, axis=-1, keepdims=True)
        # A number for each image, not a way to excite the filter.
        return tf.stop_gradient(
            tf.clip_by_value(_FILL * fits, self.contrast, self.most)
        )


def _within(offset: tf.Tensor, low: Array, high: Array) -> tf.Tensor:
    """Offsets between two ends, approached smoothly."""
    low, high = np.minimum(low, -1e-6), np.maximum(high, 1e-6)
    end = tf.where(offset > 0, high, -low)
    return end * tf.tanh(offset / end)


def _over_slices(spectrum: tf.Tensor) -> tf.Tensor:
    """The inverse Fourier transform of (n, channels, slices, ...) over slices.

    TensorFlow has no gradient of its transforms in three dimensions.
    """
    turned = tf.signal.ifft(tf.transpose(spectrum, (0, 1, 3, 4, 2)))
    return tf.transpose(turned, (0, 1, 4, 2, 3))
