"""Transforms Fourier coefficients to signals, with a fast gradient.

The gradient is the forward transform of the upstream gradient. TensorFlow's own
gradient separates real and imaginary parts and computes its constants at each
step: with it, an ascent of digits conv1 takes 1.16 times the CPU time, one of
conv2 1.04 to 1.12 times.
"""

import math
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from tb_actmax.data.spectrum import multiplicities

Transform = Callable[[tf.Tensor], tf.Tensor]


def inverse(
    coefficients: tf.Tensor,
    amplitude: npt.NDArray[np.float32],
    size: tuple[int, ...],
) -> tf.Tensor:
    """Computes the inverse real Fourier transform of scaled coefficients.

    Args:
        coefficients: (n, channels, *frequencies, 2), real and imaginary parts;
            frequencies are ([slices,] height, width // 2 + 1).
        amplitude: Factor of each frequency, (*frequencies).
        size: Size of the signals (n, channels, *size) that are returned.
    """
    forth = amplitude[..., None]
    counts = multiplicities(size).astype(np.float32)
    back = (amplitude * counts / np.float32(math.prod(size)))[..., None]

    @tf.custom_gradient
    def transform(coefficients: tf.Tensor) -> tuple[tf.Tensor, Transform]:
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


def _over_slices(transform: Transform, spectrum: tf.Tensor) -> tf.Tensor:
    """Applies a transform to (n, channels, slices, ...) over the slices."""
    turned = transform(tf.transpose(spectrum, (0, 1, 3, 4, 2)))
    return tf.transpose(turned, (0, 1, 4, 2, 3))
