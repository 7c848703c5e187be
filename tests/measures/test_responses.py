"""A layer's responses to the probe."""

import keras
import numpy as np
import pytest
import tensorflow as tf

import tb_actmax
from tb_actmax.data.fitting import fit
from tb_actmax.matching.probe_points import ProbePoints
from tb_actmax.measures.probe_pass import ProbePass
from tb_actmax.measures.responses import Responses
from tb_actmax.network import layers

X = np.random.default_rng(0).uniform(size=(20, 6, 6, 1)).astype("float32")
BY_NAME = {"image": X, "gain": X[:, 0, 0]}


class Batches(keras.utils.PyDataset):
    """Inputs by name, with labels."""

    def __len__(self):
        return 5

    def __getitem__(self, index):
        part = slice(4 * index, 4 * index + 4)
        return {"image": X[part], "gain": X[part, 0, 0]}, np.arange(20)[part]


@pytest.mark.parametrize(
    "probe",
    [
        BY_NAME,
        (BY_NAME, np.arange(20)),
        Batches(),
        tf.data.Dataset.from_tensor_slices((BY_NAME, np.arange(20))).batch(7),
    ],
    ids=["dictionary", "pair", "PyDataset", "tf.data"],
)
def test_each_image_is_measured_with_its_own_other_inputs(probe):
    image = keras.Input((6, 6, 1), name="image")
    gain = keras.Input((1,), name="gain")
    gained = image * keras.layers.Reshape((1, 1, 1))(gain)
    last = keras.layers.Conv2D(1, 1, use_bias=False, name="last")
    model = keras.Model({"image": image, "gain": gain}, last(gained))
    last.set_weights([np.ones((1, 1, 1, 1), np.float32)])
    fitted = fit(model, probe)
    target = layers.find_targets(fitted.model, fitted.shape)["last"]
    points = ProbePoints(fitted.sample)
    (found,) = ProbePass(fitted.model, [target], points).measure(fitted.sample)
    peaks = found.peaks[:, 0]
    assert np.allclose(peaks, X.max(axis=(1, 2, 3)) * X[:, 0, 0, 0], atol=1e-6)


def responses(maximum, minimum, rectified):
    none, empty = np.zeros(len(maximum)), np.zeros((0, len(maximum)))
    return Responses(
        np.asarray(maximum),
        np.asarray(minimum),
        *(none, none, rectified, (1, 1), list(range(len(maximum)))),
        *(none, empty, empty.astype(int), empty),
    )


def statuses(found):
    return [found.status(index) for index in range(len(found.maximum))]


def test_filters_that_the_data_hardly_excites_are_weak_or_dead():
    maximum = [1.0, 1.0, 1.0, 0.04, 0.0004, -1.0]
    found = responses(maximum, [-2.0] * 6, rectified=True)
    assert statuses(found) == ["ok", "ok", "ok", "weak", "dead", "dead"]
    assert found.refine_status(3, "ok", 1.0) == "weak"
    assert found.refine_status(3, "flat", 1.0) == "flat"
    assert found.refine_status(None, "ok", 1.0) == "ok"


def test_filters_without_relu_are_alive_below_zero():
    found = responses(
        [-1.0, -3.0, 1.0, -2.0], [-2.0, -4.0, 0.0, -2.0], rectified=False
    )
    assert statuses(found) == ["ok", "ok", "ok", "dead"]
    # An image without a gradient that excites no filter was not found.
    assert found.refine_status(0, "dead", 1.0) == "ok"
    assert found.refine_status(0, "dead", -1.0) == "flat"
    assert found.refine_status(3, "dead", 1.0) == "dead"


@pytest.mark.parametrize(
    ("activation", "after", "rectified"),
    [
        ("relu", [], True),
        ("relu6", [], True),
        (None, [keras.layers.ReLU()], True),
        (None, [keras.layers.BatchNormalization(), keras.layers.ReLU()], True),
        (None, [], False),
        (None, [keras.layers.LeakyReLU()], False),
        (None, [keras.layers.MaxPooling2D(), keras.layers.ReLU()], False),
        ("leaky_relu", [], False),
        ("tanh", [], False),
        ("sigmoid", [], False),
    ],
)
def test_a_relu_makes_a_layer_rectified(activation, after, rectified):
    model = keras.Sequential(
        [
            keras.Input((6, 6, 1)),
            keras.layers.Conv2D(2, 3, activation=activation, name="last"),
            *after,
        ]
    )
    found = layers.find_targets(model, (6, 6, 1))["last"]
    assert found.rectified == rectified


def test_an_image_of_one_pixel_is_not_flat():
    bands = np.random.default_rng(0).uniform(size=(20, 6, 6, 5))
    model = keras.Sequential(
        [keras.Input((6, 6, 5)), keras.layers.Conv2D(4, 1, name="spectral")]
    )
    found = tb_actmax.maximize(model, "spectral", "all", bands, steps=4)
    assert found.images.shape == (4, 1, 1, 5)
    assert found.status == ["ok"] * 4


def test_only_filters_that_are_shown_are_kept():
    """The measures do not depend on the size of batches."""
    layer = keras.layers.Conv2D(6, 3, name="conv")
    model = keras.Sequential([keras.Input((6, 6, 1)), layer])
    fitted = fit(model, X)
    target = layers.find_targets(fitted.model, fitted.shape)["conv"]
    points = ProbePoints(fitted.sample)
    (every,) = ProbePass(fitted.model, [target], points).measure(fitted.sample)
    assert every.kept == list(range(6))
    maps = np.asarray(model(X))
    for found, wanted in (
        (every.maximum, maps.max(axis=(0, 1, 2))),
        (every.minimum, maps.min(axis=(0, 1, 2))),
        (every.mean, maps.mean(axis=(0, 1, 2))),
        (every.share, (maps > 0).mean(axis=(0, 1, 2))),
        (every.peaks, maps.max(axis=(1, 2))),
        (every.p99, np.percentile(every.at_points, 99, axis=0)),
    ):
        assert np.allclose(found, wanted, atol=1e-6)
    small = ProbePass(fitted.model, [target], points, batch=3)
    (some,) = small.measure(fitted.sample, [[4, 1]])
    for name in ("maximum", "minimum", "mean", "share"):
        assert np.allclose(getattr(some, name), getattr(every, name))
    for name in ("peaks", "peak_positions", "at_points"):
        assert np.allclose(getattr(some, name), getattr(every, name)[:, [4, 1]])
    assert np.isfinite(some.p99).tolist() == [0, 1, 0, 0, 1, 0]
