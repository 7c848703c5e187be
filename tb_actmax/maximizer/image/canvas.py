"""The image as Fourier coefficients, with the mean and contrast of the data.

Coefficients instead of pixels make large shapes as easy to find as small ones
(Olah et al., "Feature Visualization", Distill, 2017). Amplitudes and colours
are the data's, and the contrast is fixed, so that an ascent changes the shape
and not the brightness.
"""

import dataclasses
import math
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from tb_actmax.data.statistics import Statistics
from tb_actmax.maximizer.image import fourier

Array = npt.NDArray[np.float32]
Gradient = Callable[[tf.Tensor], tf.Tensor]

_FILL = 1.1  # how far an image's extremes may go beyond the data's range
# Share of the largest amplitude below which a frequency fades from the
# coefficients of a stored image: rounding outweighs the image there.
_NOISE = 0.05


@dataclasses.dataclass(frozen=True)
class Canvas:
    """Turns Fourier coefficients into images.

    Attributes:
        size: Rows and columns of the image that is shown; of a volume slices
            before them.
        statistics: Statistics of the data.
        contrast: Least standard deviation of the values from the data's mean,
            before they are clipped.
        most: Largest deviation: between `contrast` and this, each image gets
            the deviation at which its shape fits into the data's range.
        brightness: Smallest and largest brightness, (channels,) each, of a
            whole image relative to the data's mean; `None` if brightness is
            part of the deviation.
        power: Amplitudes are the data's to this power. Larger is smoother and
            excites less, smaller has more grain.
        margin: Pixels, per axis, that are drawn before and behind the image
            and that movements bring into it.
    """

    size: tuple[int, ...]
    statistics: Statistics
    contrast: float
    most: float
    brightness: tuple[Array, Array] | None
    power: float
    margin: tuple[int, ...]

    @property
    def drawn(self) -> tuple[int, ...]:
        """Size of what is drawn, margins included."""
        return tuple(
            length + 2 * more
            for length, more in zip(self.size, self.margin, strict=True)
        )

    @property
    def channels(self) -> int:
        """Number of channels of the image."""
        return len(self.statistics.mean)

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of one image's coefficients (the last axis: re, im)."""
        return (self.channels, *self.drawn[:-1], self.drawn[-1] // 2 + 1, 2)

    def amplitude(self) -> Array:
        """Returns the amplitude of each frequency, (height, width // 2 + 1)."""
        spectrum = self.statistics.spectrum(*self.drawn) ** self.power
        return spectrum * np.float32(np.sqrt(math.prod(self.drawn)))

    def images(
        self,
        coefficients: tf.Tensor,
        contrast: tf.Tensor,
        leak: tf.Tensor | float = 0.0,
    ) -> tf.Tensor:
        """Makes images (n, *drawn, channels) in the network's input range.

        Args:
            coefficients: (n, *shape).
            contrast: Share of the contrast, a scalar, 1 for all of it.
            leak: Share of the gradient that clipped pixels leak.
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
        return tf.reshape(images, (-1, *self.drawn, self.channels))

    def coefficients(self, images: Array) -> Array:
        """Returns coefficients whose images are like those given.

        A training that was interrupted goes on from the images in its log.
        Those are clipped, rounded to 256 steps and without margins, so the
        coefficients are not exact; eight steps of an ascent make up for that.

        Args:
            images: (n, *size, channels), in the network's input range.

        Returns:
            (n, *shape), of any length: an ascent sets it.
        """
        margins = [(0, 0), *((more, more) for more in self.margin), (0, 0)]
        signal = np.pad(images - self.statistics.mean, margins, "symmetric")
        if self.channels > 1:
            signal = signal @ np.linalg.pinv(self.statistics.colours).T
        signal = np.moveaxis(signal, -1, 1)
        axes = tuple(range(2, signal.ndim))
        spectrum = np.fft.rfftn(signal, axes=axes)
        amplitude = self.amplitude()
        least = (_NOISE * amplitude.max()) ** 2
        spectrum = spectrum * (amplitude / (amplitude**2 + least))
        parts = np.stack([spectrum.real, spectrum.imag], axis=-1)
        return parts.astype(np.float32)

    def _signal(self, coefficients: tf.Tensor) -> tf.Tensor:
        """Returns the signals of coefficients, (n, channels, pixels)."""
        signal = fourier.inverse(coefficients, self.amplitude(), self.drawn)
        signal = tf.reshape(signal, (-1, self.channels, math.prod(self.drawn)))
        if self.channels == 1:  # a single factor, which is divided out
            return signal
        return tf.matmul(self.statistics.colours, signal)

    def _deviation(self, signal: tf.Tensor) -> tf.Tensor:
        """Returns the deviations of images whose signal has deviation 1."""
        statistics = self.statistics
        span = tf.reduce_max(signal, axis=2) - tf.reduce_min(signal, axis=2)
        room = (statistics.high - statistics.low) / (span + 1e-9)
        fits = tf.reduce_min(room, axis=1)[:, None, None]
        # Without a gradient, because no step should change it.
        return tf.stop_gradient(
            tf.clip_by_value(_FILL * fits, self.contrast, self.most)
        )


def _standardized(signal: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """Returns signals (n, channels, pixels) of deviation 1, and their scales.

    The scales are (n, 1, 1).
    """
    power = tf.reduce_mean(tf.square(signal), axis=(1, 2), keepdims=True)
    scale = tf.math.rsqrt(power + 1e-20)
    return signal * scale, scale


def _clipped(
    images: tf.Tensor, low: Array, high: Array, leak: tf.Tensor | float
) -> tf.Tensor:
    """Clips images; clipped pixels have `leak` of the gradient."""

    @tf.custom_gradient
    def clip(images: tf.Tensor) -> tuple[tf.Tensor, Gradient]:
        clipped = tf.clip_by_value(images, low, high)

        def gradient(upstream: tf.Tensor) -> tf.Tensor:
            inside = tf.equal(images, clipped)
            return tf.where(inside, upstream, leak * upstream)

        return clipped, gradient

    return clip(images)


def _within(offset: tf.Tensor, low: Array, high: Array) -> tf.Tensor:
    """Limits offsets to a range whose ends they approach smoothly."""
    low, high = np.minimum(low, -1e-6), np.maximum(high, 1e-6)
    end = tf.where(offset > 0, high, -low)
    return end * tf.tanh(offset / end)
