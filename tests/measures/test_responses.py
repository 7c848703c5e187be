"""A layer's responses to the probe."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from tb_actmax.data.fitting import fit
from tb_actmax.matching.probe_points import ProbePoints
from tb_actmax.measures.responses import ResponseMeasurer, Responses
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
    measurer = ResponseMeasurer(fitted.model, target, points)
    peaks = measurer.measure(fitted.sample).peaks[:, 0]
    assert np.allclose(peaks, X.max(axis=(1, 2, 3)) * X[:, 0, 0, 0], atol=1e-6)


def test_filters_that_the_data_hardly_excites_are_weak_or_dead():
    maximum = np.array([1.0, 1.0, 1.0, 0.04, 0.0004, -1.0], np.float32)
    none = np.zeros_like(maximum)
    empty = np.zeros((0, 6))
    responses = Responses(
        maximum, none, none, none, empty, empty.astype(int), (1, 1), empty
    )
    status = [responses.status(index) for index in range(6)]
    assert status == ["ok", "ok", "ok", "weak", "dead", "dead"]
    assert responses.refine_status(3, "ok") == "weak"
    assert responses.refine_status(3, "flat") == "flat"
    assert responses.refine_status(None, "ok") == "ok"
