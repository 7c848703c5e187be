"""A probe that ends or raises costs measures; the training continues."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from reliability.conftest import assert_same, steps, train, watcher

from tb_actmax.data.dataset import read_once
from tb_actmax.data.sample import take_sample
from tb_actmax.records.event import decode
from tb_actmax.records.reader import read_layer


def test_a_probe_that_raises(tmp_path, digits, network, expected, lines):
    def probe():
        yield digits[:16], np.arange(16)
        np.random.random(5)
        raise KeyError("the next file")

    found = train(network(), digits, [watcher(tmp_path, probe())])
    assert_same(found, expected(network))
    (line,) = lines()
    assert line.startswith("The probe failed after 1 batches, which are used")
    assert steps(tmp_path)["conv1"] == [0, 1, 2, 3, 4]


def test_an_iterator_is_read_once(digits):
    probe = read_once(iter([digits[:16], digits[16:20]]))
    first, again = take_sample(probe), take_sample(probe)
    assert np.array_equal(first.images, digits[:20])
    assert np.array_equal(first.images, again.images)


def test_a_dataset_of_empty_batches_ends(digits):
    def batches(first):
        yield digits[:first]
        while True:
            yield digits[:0]

    assert len(take_sample(batches(3)).images) == 3
    with pytest.raises(ValueError, match="The probe is empty"):
        take_sample(batches(0))


def test_an_empty_probe(tmp_path, digits, network, expected, lines):
    found = train(network(), digits, [watcher(tmp_path, iter([]))])
    assert_same(found, expected(network))
    assert len(lines()) == 1 and "has ended already" in lines()[0]
    assert steps(tmp_path)["conv1"] == [0, 1, 2, 3, 4]
    entries = decode(read_layer(tmp_path, "conv1")[1]).header["filters"]
    assert len(entries) == 3 and not any("lift" in one for one in entries)


def test_the_training_data_as_the_probe(tmp_path, digits, network):
    def data():
        keras.utils.set_random_seed(3)
        labels = np.arange(len(digits)) % 3
        found = tf.data.Dataset.from_tensor_slices((digits, labels))
        return found.shuffle(64).batch(16)

    def run(callbacks, probe):
        model = network()
        keras.utils.set_random_seed(7)
        own = [watcher(tmp_path, probe)] if callbacks else []
        history = model.fit(probe, epochs=3, verbose=0, callbacks=own)
        return history.history, [np.asarray(v) for v in model.variables]

    assert_same(run(True, data()), run(False, data()))


def test_the_training_data_of_an_eager_model_that_fit_builds(
    tmp_path, digits, lines
):
    """Such a probe is read after the first epoch."""

    def run(callbacks, place):
        keras.utils.set_random_seed(3)
        conv = keras.layers.Conv2D(2, 3, name="conv1")
        pool = keras.layers.GlobalAveragePooling2D()
        model = keras.Sequential([conv, pool])
        model.compile("sgd", "mse", run_eagerly=True)
        targets = np.zeros((len(digits), 2), np.float32)
        data = tf.data.Dataset.from_tensor_slices((digits, targets))
        data = data.shuffle(64).batch(32)
        own = [watcher(place, data)] if callbacks else []
        history = model.fit(data, epochs=3, verbose=0, callbacks=own)
        return history.history, [np.asarray(v) for v in model.variables]

    assert_same(run(True, tmp_path), run(False, tmp_path))
    assert lines() == []
    assert steps(tmp_path)["conv1"] == [1, 2, 3]


def test_the_training_data_with_a_cache_in_a_file_as_the_probe(
    tmp_path, digits, network, lines
):
    labels = np.arange(len(digits)) % 3
    data = tf.data.Dataset.from_tensor_slices((digits, labels)).repeat(40)
    data = data.cache(str(tmp_path / "cache")).batch(64)
    own = watcher(tmp_path, data)
    network().fit(data, epochs=2, verbose=0, callbacks=[own])
    assert lines() == []
    assert steps(tmp_path)["conv1"] == [0, 1, 2]
