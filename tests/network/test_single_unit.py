"""Single units, compared with the whole layer."""

import math

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from tb_actmax.data.fitting import FittedModel
from tb_actmax.data.statistics import assume_statistics
from tb_actmax.maximizer.ascent.scene import find_scene
from tb_actmax.maximizer.layer_maximizer import LayerMaximizer
from tb_actmax.network import activations, objective_values
from tb_actmax.network.image_model import ImageModel
from tb_actmax.network.layers import find_targets
from tb_actmax.network.shown_unit import shown_unit
from tb_actmax.objectives import neuron

KINDS = {
    "same": {"padding": "same"},
    "valid": {},
    "strided": {"padding": "same", "strides": 2},
    "dilated": {"padding": "same", "dilation_rate": 2},
    "strided_valid": {"strides": (2, 1)},
}


def network(kind, depthwise=False):
    last = {"name": "last", **KINDS[kind]}
    if depthwise:
        last["strides"] = 2
        last.pop("dilation_rate", None)
        top = layers.DepthwiseConv2D(3, depth_multiplier=2, **last)
    else:
        top = layers.Conv2D(6, 3, **last)
    keras.utils.set_random_seed(1)
    return keras.Sequential(
        [
            keras.Input((21, 18, 3)),
            layers.Conv2D(4, 3, strides=2, padding="same", activation="relu"),
            layers.MaxPooling2D(2, padding="same"),
            top,
            layers.BatchNormalization(gamma_initializer="random_normal"),
        ]
    )


@pytest.mark.parametrize("depthwise", [False, True])
@pytest.mark.parametrize("kind", KINDS)
def test_a_single_unit_has_the_value_of_the_whole_layer(kind, depthwise):
    model = ImageModel(network(kind, depthwise))
    target = find_targets(model, (21, 18, 3))["last"]
    images = np.random.default_rng(0).random((4, 21, 18, 3), np.float32)
    middle = shown_unit(target, (21, 18)).index
    positions = ("whole", (0, 0), (1, 1), middle)
    weights = np.random.default_rng(1).normal(size=(4, 4, target.filters))
    weights = weights.astype("float32")

    @tf.function(autograph=False)
    def values(images):
        return objective_values.values(
            model, target, images, positions, weights
        )[0]

    @tf.function(autograph=False)
    def maps(images):
        return activations.maps(model, target, images)

    every = maps(tf.constant(images)).numpy()
    units = [every[(slice(None), *unit)] for unit in positions[1:]]
    wanted = np.stack([every.mean(axis=(1, 2)), *units], axis=1)
    wanted = (wanted * weights).sum(axis=(1, 2))
    found = values(tf.constant(images)).numpy()
    np.testing.assert_allclose(found, wanted, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("position", [(0, 0), (3, 2), (7, 7)])
def test_a_neuron_is_maximized_through_its_own_window(position):
    keras.utils.set_random_seed(2)
    model = keras.Sequential(
        [
            keras.Input((32, 32, 1)),
            layers.Conv2D(4, 3, strides=2, padding="same", activation="relu"),
            layers.MaxPooling2D(2),
            layers.Conv2D(5, 3, padding="same", name="last"),
        ]
    )
    seen = ImageModel(model)
    target = find_targets(seen, (32, 32, 1))["last"]
    scene = find_scene(target, [position], (32, 32), (32, 32))
    assert math.prod(s.stop - s.start for s in scene.slices) < 32 * 32
    objective = neuron(2, *position)
    fitted = FittedModel(seen, None, (32, 32, 1), assume_statistics(1))
    maximizer = LayerMaximizer(fitted, target, [objective])
    found = maximizer.cold(16)
    whole = keras.Model(model.inputs, model.get_layer("last").output)
    reached = whole(found.images).numpy()[0, position[0], position[1], 2]
    assert found.scores[0] == pytest.approx(reached, rel=1e-4)
    assert reached > 0
