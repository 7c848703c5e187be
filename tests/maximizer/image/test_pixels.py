"""Single pixels, the images of 1 x 1 convolutions over the inputs."""

import keras
import numpy as np
import pytest
from support.watched import callback, events

import tb_actmax

L = keras.layers
random = np.random.default_rng(0)

CONVOLUTIONS = {1: L.Conv1D, 2: L.Conv2D, 3: L.Conv3D}
POOLINGS = {
    1: L.GlobalMaxPooling1D,
    2: L.GlobalMaxPooling2D,
    3: L.GlobalMaxPooling3D,
}


def network(axes, channels, activation="relu"):
    keras.utils.set_random_seed(1)
    model = keras.Sequential(
        [
            keras.Input((6,) * axes + (channels,)),
            CONVOLUTIONS[axes](6, 1, activation=activation, name="conv"),
            POOLINGS[axes](),
            L.Dense(2, "softmax", name="classes"),
        ]
    )
    model.compile("adam", "sparse_categorical_crossentropy")
    return model


def weights_and_bias(model):
    kernel, bias = model.get_layer("conv").get_weights()
    return kernel.reshape(-1, kernel.shape[-1]), bias


@pytest.mark.parametrize("axes", [1, 2, 3])
@pytest.mark.parametrize("channels", [3, 8])
def test_a_pixel_shows_the_weights_of_its_unit(axes, channels):
    data = random.normal(size=(64, *(6,) * axes, channels)).astype("float32")
    model = network(axes, channels)
    found = tb_actmax.maximize(model, "conv", "all", probe=data)
    kernel, bias = weights_and_bias(model)
    pixels = found.images.reshape(6, channels)
    np.testing.assert_allclose(
        np.sum(pixels * kernel.T, axis=1) + bias, found.scores, rtol=1e-4
    )
    best = (data.reshape(-1, channels) @ kernel + bias).max(axis=0)
    assert (found.scores > 0.95 * best).all()
    assert found.status == ["ok"] * 6
    for pixel, weights in zip(pixels, kernel.T, strict=True):
        cosine = pixel @ weights
        cosine /= np.linalg.norm(pixel) * np.linalg.norm(weights)
        assert cosine > 0.8
    # No corner of the range: channels of little weight stay near the mean.
    farthest = np.linalg.norm(data.reshape(-1, channels), axis=1).max()
    assert (np.linalg.norm(pixels, axis=1) < 1.15 * farthest).all()


@pytest.mark.parametrize("axes", [1, 2, 3])
def test_a_single_value_is_plain(axes):
    """The image is one end of the value range: the one the unit prefers."""
    data = random.standard_t(2, (64, *(6,) * axes, 1)).astype("float32")
    model = network(axes, 1)
    found = tb_actmax.maximize(model, "conv", "all", probe=data)
    kernel, bias = weights_and_bias(model)
    values = found.images.ravel()
    assert found.status == ["plain"] * 6
    assert (np.sign(values) == np.sign(kernel[0])).all()
    np.testing.assert_allclose(
        values * kernel[0] + bias, found.scores, rtol=1e-4
    )
    peaks = np.abs(data).reshape(64, -1).max(axis=1)
    assert (np.abs(values) > 0.5 * np.median(peaks)).all()


def test_a_value_follows_a_weight_that_changes_its_sign(tmp_path):
    data = random.random((32, 6, 1), "float32")
    model = network(1, 1, "linear")
    conv = model.get_layer("conv")
    conv.set_weights([np.full((1, 1, 6), 0.5), np.zeros(6)])

    class Turns(keras.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            conv.set_weights([-conv.get_weights()[0], np.zeros(6)])

    model.fit(
        data,
        np.arange(32) % 2,
        epochs=4,
        verbose=0,
        callbacks=[Turns(), callback(tmp_path, data, layers="conv")],
    )
    scores = []
    for found in events(tmp_path).values():
        (entry, *_) = found.filters
        assert entry["status"] == "plain"
        scores.append(entry["score"])
    # Of a positive weight the largest value, of a negative one the smallest.
    assert min(scores) > -0.1
    assert max(scores) > 0.4
    assert np.sum(np.array(scores) > 0.4) >= 2
