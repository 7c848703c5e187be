"""What is taken of a probe: labels, several inputs, no more than fits."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from tb_actmax.data.fitting import fit
from tb_actmax.data.sample import take_sample
from tb_actmax.matching.probe_points import ProbePoints
from tb_actmax.measures.responses import Responses
from tb_actmax.network import layers

X = np.random.default_rng(0).uniform(size=(20, 6, 6, 1)).astype("float32")


@pytest.mark.parametrize(
    "labels",
    [
        np.linspace(0, 1, 20),
        np.ones((20, 3)),
        np.array(["cat"] * 20),
        {"a": np.arange(20), "b": np.arange(20)},
        [np.arange(20), np.zeros((20, 2))],
        np.full(20, np.nan),
    ],
    ids=["numbers", "several", "words", "outputs", "list", "nan"],
)
def test_what_are_no_classes_is_left_out(labels):
    assert take_sample((X, labels)).labels is None


@pytest.mark.parametrize("labels", [np.arange(20) > 9, list(range(20))])
def test_what_are_classes_is_taken(labels):
    assert take_sample((X, labels)).labels.tolist() == list(labels)


class Batches(keras.utils.PyDataset):
    """Inputs by name, with labels."""

    def __len__(self):
        return 5

    def __getitem__(self, index):
        part = slice(4 * index, 4 * index + 4)
        return {"image": X[part], "gain": X[part, 0, 0]}, np.arange(20)[part]


BY_NAME = {"image": X, "gain": X[:, 0, 0]}


@pytest.mark.parametrize(
    "probe",
    [
        BY_NAME,
        (BY_NAME, np.arange(20)),
        Batches(),
        tf.data.Dataset.from_tensor_slices((BY_NAME, np.arange(20))).batch(7),
    ],
    ids=["dictionary", "pair", "Keras", "tf.data"],
)
def test_each_input_is_measured_with_what_goes_with_it(probe):
    image = keras.Input((6, 6, 1), name="image")
    gain = keras.Input((1,), name="gain")
    gained = image * keras.layers.Reshape((1, 1, 1))(gain)
    last = keras.layers.Conv2D(1, 1, use_bias=False, name="last")
    model = keras.Model({"image": image, "gain": gain}, last(gained))
    last.set_weights([np.ones((1, 1, 1, 1), np.float32)])
    fitted = fit(model, probe)
    target = layers.find_targets(fitted.model, fitted.shape)["last"]
    measured = Responses(fitted.model, target, ProbePoints(fitted.sample))
    peaks = measured(fitted.sample).peaks[:, 0]
    assert np.allclose(peaks, X.max(axis=(1, 2, 3)) * X[:, 0, 0, 0], atol=1e-6)


def test_large_inputs_are_bounded_by_their_bytes():
    large = np.broadcast_to(np.float32(0.5), (2000, 512, 512, 4))
    assert len(take_sample(large).images) == 64
    middle = np.broadcast_to(np.uint8(1), (2000, 512, 256, 1))
    assert len(take_sample(middle).images) == 512
