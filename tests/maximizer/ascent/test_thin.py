"""The gradient of convolutions of few channels, against TensorFlow's."""

import numpy as np
import pytest
import tensorflow as tf

from tb_actmax.maximizer.ascent.gradients import gradients


@pytest.mark.parametrize("padding", ["SAME", "VALID"])
@pytest.mark.parametrize("channels", [1, 2, 3, 5])
@pytest.mark.parametrize("taps", [(5, 5), (3, 4), (1, 6), (1, 1)])
@pytest.mark.parametrize("strides", [1, 2])
def test_it_is_tensorflows(padding, channels, taps, strides):
    random = np.random.default_rng(0)
    images = random.normal(size=(2, 13, 10, channels)).astype(np.float32)
    kernel = random.normal(size=(*taps, channels, 6)).astype(np.float32)
    weights = random.normal(size=(6,)).astype(np.float32)

    def slope(ours):
        @tf.function
        def trace(images):
            def value():
                maps = tf.nn.conv2d(images, kernel, strides, padding)
                return tf.reduce_sum(tf.tanh(maps) * weights)

            if not ours:
                return tf.gradients(value(), images)[0]
            with gradients():
                found = value()
            return tf.gradients(found, images)[0]

        spec = tf.TensorSpec((None, *images.shape[1:]), tf.float32)
        return trace.get_concrete_function(spec)(images).numpy()

    assert np.allclose(slope(True), slope(False), atol=1e-4)
