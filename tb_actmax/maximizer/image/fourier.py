"""Signals of Fourier coefficients, and the gradient back to them.

The gradient is the forward transform of what comes back, which is less work
than TensorFlow's own: its constants are made once, and real and imaginary
parts are never taken apart.
"""

import math
from typing import Any

import numpy as np
import numpy.typing as npt
import tensorflow as tf


def inverse(
    coefficients: tf.Tensor,
    amplitude: npt.NDArray[np.float32],
    size: tuple[int, ...],
) -> tf.Tensor:
    """The inverse real Fourier transform of scaled coefficients.

    Args:
        coefficients: (n, channels, *frequencies, 2), real and imaginary
            parts; of images (height, width // 2 + 1) frequencies, of volumes
            with those over slices before them.
        amplitude: What each frequency is multiplied by, (*frequencies).
        size: Rows and columns of the signals; of volumes slices before them.

    Returns:
        Signals (n, channels, *size).
    """
    forth = amplitude[..., None]
    # Each frequency but those two stands for its negative as well.
    twice = np.full(size[-1] // 2 + 1, 2, np.float32)
    twice[0] = 1
    if size[-1] % 2 == 0:
        twice[-1] = 1
    back = (amplitude * twice / np.float32(math.prod(size)))[..., None]

    @tf.custom_gradient
    def transform(coefficients: tf.Tensor) -> tuple[tf.Tensor, Any]:
        spectrum = tf.bitcast(coefficients * forth, tf.complex64)
        if len(size) == 3:
            spectrum = _over_slices(tf.signal.ifft, spectrum)
        signal = tf.signal.irfft2d(spectrum, size[-2:])

        def gradient(upstream: tf.Tensor) -> tf.Tensor:
            spectrum = tf.signal.rfft2d(upstream)
            if len(size) == 3:
                spectrum = _over_slices(tf.signal.fft, spectrum)
            return tf.bitcast(spectrum, tf.float32) * back

        return signal, gradient

    return transform(coefficients)


def _over_slices(transform: Any, spectrum: tf.Tensor) -> tf.Tensor:
    """A transform of (n, channels, slices, ...) over slices."""
    turned = transform(tf.transpose(spectrum, (0, 1, 3, 4, 2)))
    return tf.transpose(turned, (0, 1, 4, 2, 3))
