"""`take_sample` takes inputs and labels from every kind of probe."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from tb_actmax.data.sample import take_sample

X = np.arange(2000 * 4, dtype=np.float32).reshape(2000, 2, 2, 1)
Y = np.arange(2000) % 10


class Batches(keras.utils.PyDataset):
    """Batches of 400 inputs with labels."""

    def __len__(self):
        return 5

    def __getitem__(self, index):
        batch = slice(400 * index, 400 * (index + 1))
        return X[batch], Y[batch]


@pytest.mark.parametrize(
    "probe",
    [
        (X, Y),
        tf.data.Dataset.from_tensor_slices((X, Y)).batch(300),
        tf.data.Dataset.from_tensor_slices((X, tf.one_hot(Y, 10))).batch(64),
        (X, Y[:, None]),
        Batches(),
    ],
    ids=["pair", "tf.data", "one-hot labels", "column of labels", "PyDataset"],
)
def test_the_first_thousand_inputs_and_labels_are_taken(probe):
    sample = take_sample(probe)
    assert np.array_equal(sample.images, X[:1000])
    assert np.array_equal(sample.labels, Y[:1000])


@pytest.mark.parametrize(
    "probe",
    [X, tf.constant(X), tf.data.Dataset.from_tensor_slices(X).batch(7)],
    ids=["array", "tensor", "tf.data"],
)
def test_labels_are_optional(probe):
    sample = take_sample(probe)
    assert np.array_equal(sample.images, X[:1000])
    assert sample.labels is None


def test_a_dataset_is_read_no_further_than_needed():
    read = []

    def batches():
        for start in range(0, 100_000, 400):
            read.append(start)
            yield X[:400]

    assert len(take_sample(batches()).images) == 1000
    assert len(read) == 3


@pytest.mark.parametrize("probe", [[], iter(()), 7, "images"])
def test_a_probe_without_inputs_is_rejected(probe):
    with pytest.raises(ValueError, match=r"probe|convert"):
        take_sample(probe)


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
    ids=["fractions", "multi-label", "words", "two outputs", "list", "nan"],
)
def test_labels_that_are_not_classes_are_dropped(labels):
    assert take_sample((X[:20], labels)).labels is None


def zipped(*datasets):
    return tf.data.Dataset.zip(datasets)


def test_the_first_inputs_of_zipped_datasets_are_taken():
    labelled = tf.data.Dataset.from_tensor_slices((X, Y)).batch(300)
    others = tf.data.Dataset.from_tensor_slices(-X).batch(300)
    pairs = zipped(zipped(labelled, labelled), zipped(others, others))
    sample = take_sample(pairs)
    assert np.array_equal(sample.images, X[:1000])
    assert np.array_equal(sample.labels, Y[:1000])
    sample = take_sample(zipped(labelled, others))
    assert np.array_equal(sample.images, X[:1000])


def test_inputs_of_no_common_shape_are_rejected():
    with pytest.raises(ValueError, match="give a sample of the network's"):
        take_sample([[X[0], X[0, 0]]])


@pytest.mark.parametrize("labels", [np.arange(20) > 9, list(range(20))])
def test_booleans_and_lists_are_classes(labels):
    assert take_sample((X[:20], labels)).labels.tolist() == list(labels)


def test_large_inputs_are_bounded_by_their_bytes():
    large = np.broadcast_to(np.float32(0.5), (2000, 512, 512, 4))
    assert len(take_sample(large).images) == 64
    middle = np.broadcast_to(np.uint8(1), (2000, 512, 256, 1))
    assert len(take_sample(middle).images) == 512
