"""Signals of coefficients, and the gradient with respect to them."""

import numpy as np
import pytest
import tensorflow as tf

from tb_actmax.maximizer.image import fourier

SIZES = [(8, 8), (7, 9), (1, 12), (6, 5), (4, 6, 8), (3, 5, 7)]


def drawn(size):
    random = np.random.default_rng(0)
    frequencies = (*size[:-1], size[-1] // 2 + 1)
    coefficients = random.normal(size=(2, 3, *frequencies, 2))
    amplitude = random.uniform(0.1, 1, frequencies)
    return coefficients.astype(np.float32), amplitude.astype(np.float32)


@pytest.mark.parametrize("size", SIZES)
def test_signals_are_the_inverse_transform_of_coefficients(size):
    coefficients, amplitude = drawn(size)
    signal = fourier.inverse(tf.constant(coefficients), amplitude, size)
    spectrum = amplitude * (coefficients[..., 0] + 1j * coefficients[..., 1])
    axes = tuple(range(2, 2 + len(size)))
    plain = np.fft.irfftn(spectrum, size, axes)
    np.testing.assert_allclose(signal, plain, atol=1e-6)


@pytest.mark.parametrize("size", SIZES)
def test_the_gradient_is_the_transposed_transform(size):
    coefficients, amplitude = drawn(size)
    others = np.random.default_rng(1).normal(size=(2, 3, *size))

    start = tf.constant(coefficients)
    with tf.GradientTape() as tape:
        tape.watch(start)
        signal = fourier.inverse(start, amplitude, size)
        product = tf.reduce_sum(signal * others.astype(np.float32))
    back = np.sum(tape.gradient(product, start) * coefficients)
    assert back == pytest.approx(float(product), rel=1e-3)


@pytest.mark.parametrize("size", SIZES[:4])
def test_the_gradient_is_tensorflows(size):
    coefficients, amplitude = drawn(size)

    def plain(coefficients):
        spectrum = tf.complex(coefficients[..., 0], coefficients[..., 1])
        return tf.signal.irfft2d(spectrum * amplitude, size)

    def slope(transform):
        start = tf.constant(coefficients)
        with tf.GradientTape() as tape:
            tape.watch(start)
            value = tf.reduce_sum(tf.tanh(transform(start)))
        return tape.gradient(value, start)

    ours = slope(lambda some: fourier.inverse(some, amplitude, size))
    np.testing.assert_allclose(ours, slope(plain), atol=1e-6)
