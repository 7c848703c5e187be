"""Gradients of our own, against TensorFlow's."""

import numpy as np
import pytest
import tensorflow as tf

from tb_actmax.maximizer.ascent.gradients import gradients

CUTS = {
    "rows and columns": lambda maps: maps[:, 2:6, 1:-2],
    "channels": lambda maps: maps[..., 1:3],
    "one unit": lambda maps: maps[:, 3, 4],
    "every other row": lambda maps: maps[:, ::2],
    "backwards": lambda maps: maps[:, ::-1],
    "with a new axis": lambda maps: maps[:, None, 1:3],
    "with the first image left out": lambda maps: maps[1:],
    "nothing": lambda maps: maps[:, :, :],
    "beyond the end": lambda maps: maps[:, 5:40],
    "at a place that is computed": lambda maps: maps[
        :, tf.shape(maps)[1] // 2 : tf.shape(maps)[1] - 1
    ],
}


@pytest.mark.parametrize("cut", CUTS.values(), ids=CUTS)
@pytest.mark.parametrize(
    "shape", [(None, 9, 8, 4), (None, None, None, 4), None]
)
def test_parts_cut_out(cut, shape):
    maps = np.random.default_rng(0).normal(size=(3, 9, 8, 4))

    def slope(ours):
        @tf.function(
            autograph=False,
            input_signature=[tf.TensorSpec(shape, tf.float32)],
        )
        def trace(maps):
            if not ours:
                value = tf.reduce_sum(tf.sin(cut(maps)))
            else:
                with gradients():
                    value = tf.reduce_sum(tf.sin(cut(maps)))
            return tf.gradients(value, maps)[0]

        return trace(tf.constant(maps, tf.float32)).numpy()

    np.testing.assert_allclose(slope(True), slope(False), atol=1e-6)


@pytest.mark.parametrize("relu", [tf.nn.relu, tf.nn.relu6])
@pytest.mark.parametrize("leak", [0.0, 0.1])
def test_closed_relus_leak_what_is_asked(relu, leak):
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
