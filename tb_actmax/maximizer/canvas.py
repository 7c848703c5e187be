"""The image as Fourier coefficients, with the mean and contrast of the data.

Coefficients in place of pixels make large shapes as easy to find as small
ones (Olah et al., "Feature Visualization", Distill, 2017). The amplitudes and
colours are the data's own, and the contrast is fixed, so that what is found
is a shape and not a brightness.
"""

import dataclasses

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from tb_actmax.probe.statistics import Statistics


@dataclasses.dataclass(frozen=True)
class Canvas:
    """Turns Fourier coefficients into images.

    Attributes:
        height: Rows of the image.
        width: Columns of the image.
        statistics: What the images have in common with the data.
        contrast: Deviation of the values from the data's mean, before they
            are clipped.
        power: Amplitudes are the data's to this power: the gradient meets
            them twice. Larger is smoother and excites less, smaller has more
            grain.
    """

    height: int
    width: int
    statistics: Statistics
    contrast: float
    power: float = 0.75

    @property
    def channels(self) -> int:
        """Channels of the image."""
        return len(self.statistics.mean)

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of one image's coefficients (the last axis: re, im)."""
        return (self.channels, self.height, self.width // 2 + 1, 2)

    def amplitude(self) -> npt.NDArray[np.float32]:
        """How easily each frequency is reached, (height, width // 2 + 1)."""
        spectrum = (
            self.statistics.spectrum(self.height, self.width) ** self.power
        )
        return spectrum * np.float32(np.sqrt(self.height * self.width))

    def images(
        self, coefficients: tf.Tensor, contrast: tf.Tensor, leak: float = 0.0
    ) -> tf.Tensor:
        """Images (n, height, width, channels) in the network's input range.

        Args:
            coefficients: (n, channels, height, width // 2 + 1, 2).
            contrast: Share of the contrast, a scalar, 1 for all of it.
            leak: Share of the gradient that pixels at the end of the range
                let through.
        """
        statistics = self.statistics
        spectrum = tf.complex(coefficients[..., 0], coefficients[..., 1])
        spectrum *= tf.constant(self.amplitude(), tf.complex64)
        signal = tf.signal.irfft2d(spectrum, [self.height, self.width])
        if self.channels == 1:  # one number, which is divided out below
            signal = tf.reshape(signal, (-1, self.height, self.width, 1))
        else:
            signal = tf.einsum(
                "nchw,dc->nhwd", signal, tf.constant(statistics.colours)
            )
        power = tf.reduce_mean(tf.square(signal), axis=(1, 2, 3), keepdims=True)
        signal *= tf.math.rsqrt(power + 1e-20)
        images = statistics.mean + contrast * self.contrast * signal
        clipped = tf.clip_by_value(images, statistics.low, statistics.high)
        if leak:
            clipped += leak * (images - tf.stop_gradient(images))
        return clipped
