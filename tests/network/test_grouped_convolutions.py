"""Layers that convolve groups of channels, which Keras compiles."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

import tb_actmax
from tb_actmax.network.activations import maps
from tb_actmax.network.gradients.overrides import gradients
from tb_actmax.network.image_model import ImageModel
from tb_actmax.network.layers import find_targets

SIZE = (12, 12, 3)
LAYERS = {
    "a channel each": {"groups": 8, "padding": "same"},
    "three filters of a channel": {"groups": 8, "filters": 24},
    "strides": {"groups": 8, "strides": (1, 2)},
    "dilated": {"groups": 8, "dilation_rate": 2, "padding": "same"},
    "two groups": {"groups": 2, "strides": 2},
}


def network(filters=8, **options):
    keras.utils.set_random_seed(0)
    return keras.Sequential(
        [
            keras.Input(SIZE),
            layers.Conv2D(8, 3, activation="tanh", name="first"),
            layers.Conv2D(filters, 3, name="grouped", **options),
            layers.Activation("tanh"),
            layers.Conv2D(4, 1, name="last"),
        ]
    )


@pytest.mark.parametrize("options", LAYERS.values(), ids=LAYERS)
def test_maps_and_gradients_are_those_of_keras_without_compiling(options):
    keras_model = network(**options)
    model = ImageModel(keras_model)
    last = find_targets(model, SIZE)["last"]

    @tf.function(autograph=False)
    def run(images):
        with gradients(images):
            found = maps(model, last, images)
            return found, tf.gradients(tf.square(found), images)[0]

    images = tf.random.stateless_normal((2, *SIZE), (1, 2))
    traced = run.get_concrete_function(tf.TensorSpec((None, *SIZE)))
    kinds = {one.type for one in traced.graph.get_operations()}
    assert "StatefulPartitionedCall" not in kinds
    found, slope = traced(images)
    np.testing.assert_allclose(found, keras_model(images), atol=1e-4)
    # TensorFlow has no such gradients on CPUs.
    step = 1e-2 * tf.random.stateless_normal(images.shape, (3, 4))
    rise = [
        tf.reduce_sum(tf.square(keras_model(images + sign * step)))
        for sign in (1, -1)
    ]
    expected = tf.reduce_sum(slope * step)
    np.testing.assert_allclose((rise[0] - rise[1]) / 2, expected, rtol=0.02)


def test_signals_are_convolved_in_groups():
    keras.utils.set_random_seed(0)
    keras_model = keras.Sequential(
        [
            keras.Input((32, 4)),
            layers.Conv1D(8, 3, activation="tanh", name="first"),
            layers.Conv1D(8, 3, groups=4, name="grouped"),
            layers.Conv1D(4, 3, padding="causal", groups=2, name="causal"),
            layers.Flatten(),
            layers.Dense(3),
        ]
    )
    probe = np.random.default_rng(0).normal(size=(16, 32, 4))
    for path in ("grouped", "causal"):
        found = tb_actmax.maximize(keras_model, path, [0, 1], probe, steps=8)
        assert (found.images.std(axis=2) > 0.01).all()


def test_an_operation_of_the_users_own_is_called():
    class Doubled(layers.Conv2D):
        def convolution_op(self, inputs, kernel):
            return 2 * super().convolution_op(inputs, kernel)

    keras_model = keras.Sequential(
        [
            keras.Input(SIZE),
            layers.Conv2D(4, 3),
            Doubled(4, 3, groups=2, name="own"),
        ]
    )
    model = ImageModel(keras_model)
    target = find_targets(model, SIZE)["own"]
    images = tf.random.stateless_normal((2, *SIZE), (1, 2))
    run = tf.function(lambda x: maps(model, target, x), autograph=False)
    np.testing.assert_allclose(run(images), keras_model(images), atol=1e-5)
