"""Replaced gradients, compared with TensorFlow's."""

import numpy as np
import pytest
import tensorflow as tf

from tb_actmax.maximizer.ascent.gradients import gradients


@pytest.mark.parametrize("relu", [tf.nn.relu, tf.nn.relu6])
@pytest.mark.parametrize("leak", [0.0, 0.1])
def test_closed_relus_leak_the_share_that_is_set(relu, leak):
    inputs = [-3.0, -0.5, 0.5, 3.0, 8.0]
    upstream = [1.0, -2.0, 3.0, -4.0, 5.0]

    @tf.function(autograph=False)
    def slope(inputs, leak):
        with gradients(leak):
            outputs = relu(inputs)
            return tf.gradients(outputs, inputs, grad_ys=[upstream])[0]

    share = [leak, leak, 1, 1, leak if relu is tf.nn.relu6 else 1]
    found = slope(tf.constant(inputs), tf.constant(leak))
    np.testing.assert_allclose(found, np.multiply(share, upstream), rtol=1e-6)


@pytest.mark.parametrize("padding", ["SAME", "VALID"])
@pytest.mark.parametrize("channels", [1, 2, 3, 5])
@pytest.mark.parametrize("taps", [(5, 5), (3, 4), (1, 6), (1, 1)])
@pytest.mark.parametrize("strides", [1, 2])
def test_the_gradient_of_a_convolution_is_tensorflows(
    padding, channels, taps, strides
):
    random = np.random.default_rng(0)
    images = random.normal(size=(2, 13, 10, channels)).astype(np.float32)
    kernel = random.normal(size=(*taps, channels, 6)).astype(np.float32)
    weights = random.normal(size=(6,)).astype(np.float32)

    def slope(replaced):
        @tf.function
        def trace(images):
            def value():
                maps = tf.nn.conv2d(images, kernel, strides, padding)
                return tf.reduce_sum(tf.tanh(maps) * weights)

            if not replaced:
                return tf.gradients(value(), images)[0]
            with gradients():
                found = value()
            return tf.gradients(found, images)[0]

        spec = tf.TensorSpec((None, *images.shape[1:]), tf.float32)
        return trace.get_concrete_function(spec)(images).numpy()

    assert np.allclose(slope(True), slope(False), atol=1e-4)
