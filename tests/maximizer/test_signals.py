"""Networks over signals."""

import keras
import numpy as np

import tb_actmax

layers = keras.layers
random = np.random.default_rng(0)


def signals():
    return keras.Sequential(
        [
            keras.Input((64, 2)),
            layers.Conv1D(4, 5, activation="relu", name="first"),
            layers.Conv1D(4, 5, name="second"),
        ]
    )


def test_signals_are_maximized():
    keras.utils.set_random_seed(0)
    time = np.arange(64) / 64
    waves = np.sin(2 * np.pi * random.uniform(2, 9, (30, 1, 1)) * time[:, None])
    probe = np.repeat(waves, 2, axis=2).astype("float32")
    found = tb_actmax.maximize(signals(), "second", [0, 1], probe)
    # Nine samples are seen by a unit.
    assert found.images.shape == (2, 1, 9, 2)
    assert (found.images.std(axis=2) > 0.01).all()


class SubclassedSignal(keras.Model):
    def __init__(self):
        super().__init__()
        self.first = layers.Conv1D(4, 5, activation="relu", name="first")
        self.second = layers.Conv1D(
            4, 5, padding="causal", dilation_rate=2, name="second"
        )

    def call(self, inputs):
        return self.second(self.first(inputs))


def test_the_probe_shows_that_a_subclassed_model_takes_signals():
    model = SubclassedSignal()
    probe = random.uniform(size=(20, 64, 2)).astype("float32")
    model(probe)
    found = tb_actmax.maximize(model, "second", [0, 1], probe, steps=4)
    assert found.images.shape == (2, 1, 5 + 4 * 2, 2)


def test_signals_may_have_their_channels_first():
    order = {"data_format": "channels_first"}
    model = keras.Sequential(
        [
            keras.Input((2, 64)),
            layers.Conv1D(4, 5, activation="relu", **order),
            layers.Conv1D(4, 5, name="second", **order),
        ]
    )
    probe = random.uniform(size=(20, 2, 64)).astype("float32")
    found = tb_actmax.maximize(model, "second", [0, 1], probe, steps=4)
    assert found.images.shape == (2, 1, 9, 2)


def test_images_of_spectra_are_as_strong_as_the_data():
    keras.utils.set_random_seed(0)
    probe = random.exponential(3, (40, 128, 1))
    places = random.integers(10, 118, 40)
    probe[np.arange(40), places] = random.uniform(200, 260, (40, 1))
    model = keras.Sequential(
        [
            keras.Input((128, 1)),
            layers.Conv1D(16, 3, activation="relu", name="first"),
            layers.Conv1D(16, 3, name="second"),
        ]
    )
    for name in ("first", "second"):
        found = tb_actmax.maximize(model, name, None, probe)
        layer = model.get_layer(name)
        inputs = probe if name == "first" else model.layers[0](probe)
        kernel, bias = layer.get_weights()
        responses = keras.ops.conv(np.float32(inputs), kernel) + bias
        best = np.asarray(responses).max(axis=(0, 1))
        assert (found.scores > 0.9 * best)[best > 50].all()
        assert (best > 50).sum() >= 4
