import numpy as np
import pytest
import tensorflow as tf

from tb_actmax.data.sample import take_sample

X = np.arange(2000 * 4, dtype=np.float32).reshape(2000, 2, 2, 1)
Y = np.arange(2000) % 10


@pytest.mark.parametrize(
    "probe",
    [
        (X, Y),
        tf.data.Dataset.from_tensor_slices((X, Y)).batch(300),
        tf.data.Dataset.from_tensor_slices((X, tf.one_hot(Y, 10))).batch(64),
        (X, Y[:, None]),
    ],
    ids=["pair", "dataset", "one-hot dataset", "column of labels"],
)
def test_the_first_thousand_inputs_and_labels(probe):
    sample = take_sample(probe)
    assert np.array_equal(sample.images, X[:1000])
    assert np.array_equal(sample.labels, Y[:1000])


@pytest.mark.parametrize(
    "probe", [X, tf.constant(X), tf.data.Dataset.from_tensor_slices(X).batch(7)]
)
def test_inputs_without_labels(probe):
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
def test_what_holds_no_inputs_is_refused(probe):
    with pytest.raises(ValueError, match=r"probe|convert"):
        take_sample(probe)
