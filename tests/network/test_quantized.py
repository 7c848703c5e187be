"""Quantized models: gradients go straight through the rounding."""

import keras
import numpy as np
import pytest

import tb_actmax

L = keras.layers


def network():
    keras.utils.set_random_seed(0)
    return keras.Sequential(
        [
            keras.Input((16, 16, 1)),
            L.Conv2D(4, 3, activation="tanh", name="conv"),
            L.Dense(6, activation="relu", name="point"),
            L.EinsumDense("abcd,de->abce", (None, None, 5), name="einsum"),
            L.GlobalMaxPooling2D(),
            L.Dense(4, name="classes"),
        ]
    )


@pytest.mark.filterwarnings("ignore:Layer .* does not have a `quantize`")
@pytest.mark.parametrize("mode", ["int8", "int4", "float8"])
def test_layers_of_a_quantized_model_are_shown(mode):
    probe = np.random.default_rng(0).random((32, 16, 16, 1), "float32")
    whole, model = network(), network()
    model.quantize(mode)
    for name in ("conv", "point", "einsum", "classes"):
        found = tb_actmax.maximize(model, name, 3, probe=probe, steps=8)
        like = tb_actmax.maximize(whole, name, 3, probe=probe, steps=8)
        assert found.images.shape == like.images.shape
        # Seven bits keep most of a score, three or four less.
        share = 0.15 if mode == "int8" else 0.4
        allowed = share * np.abs(like.scores).max() + 0.1
        np.testing.assert_allclose(found.scores, like.scores, atol=allowed)
    outputs = keras.Model(model.inputs, model.get_layer("classes").output)
    value = outputs(found.images, training=False).numpy()
    np.testing.assert_allclose(
        value[np.arange(3), found.filters], found.scores, rtol=1e-3, atol=1e-4
    )
