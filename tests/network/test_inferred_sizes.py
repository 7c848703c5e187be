"""Layers after a reshape that infers a size: ops.reshape(x, (count, -1, c))."""

import keras
import numpy as np
import pytest

import tb_actmax

L, ops = keras.layers, keras.ops
DATA = np.random.default_rng(0).random((32, 16, 16, 3), "float32")


class Patches(L.Layer):
    """Cuts patches as the official examples do."""

    def call(self, images):
        patches = ops.image.extract_patches(images, (4, 4), padding="valid")
        channels = patches.shape[-1]
        return ops.reshape(patches, (ops.shape(images)[0], -1, channels))


class Tokens(keras.Model):
    """Patches, an embedding, a hidden layer and a convolution over tokens."""

    def __init__(self):
        super().__init__()
        self.patches = Patches()
        self.embed = L.Dense(8, name="embed")
        self.hidden = L.Dense(8, "relu", name="hidden")
        self.conv = L.Conv1D(5, 3, name="conv")

    def call(self, images):
        tokens = self.hidden(self.embed(self.patches(images)))
        return ops.mean(self.conv(tokens), axis=1)


@pytest.mark.parametrize("layer", ["embed", "hidden"])
def test_a_token_sees_its_patch(layer):
    keras.utils.set_random_seed(0)
    model = Tokens()
    model(DATA[:1])
    found = tb_actmax.maximize(model, layer, "all", probe=DATA, steps=8)
    assert found.images.shape == (8, 4, 4, 3)
    values = model.embed(found.images.reshape(8, 48))
    data = model.embed(model.patches(DATA))
    if layer == "hidden":
        kernel, bias = model.hidden.get_weights()
        values, data = (x @ kernel + bias for x in (values, data))
    np.testing.assert_allclose(
        np.diag(values), found.scores, rtol=1e-3, atol=1e-4
    )
    assert (found.scores > np.max(data, axis=(0, 1))).mean() > 0.8


def test_a_convolution_over_tokens_and_the_callback(tmp_path, caplog):
    model = Tokens()
    model.compile("sgd", "mse")
    callback = tb_actmax.ActivationMaximization(
        tmp_path, probe=DATA, layers=["embed", "conv"], steps=4, budget=None
    )
    model.fit(DATA, np.zeros((32, 5)), verbose=0, callbacks=[callback])
    assert not [r for r in caplog.records if r.name == "tb_actmax"]
