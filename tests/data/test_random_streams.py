"""A training's own dataset is a probe that leaves the training unchanged."""

import random

import keras
import numpy as np
import pytest
import tensorflow as tf

import tb_actmax
from tb_actmax.data.dataset import read_once
from tb_actmax.data.sample import take_sample

L = keras.layers
X = np.random.default_rng(0).random((96, 8, 8, 1), "float32")
Y = np.arange(96) % 4
STREAM = np.random.default_rng(7)


class Drawing(keras.utils.PyDataset):
    """Draws and changes its batches with every kind of random stream."""

    def __init__(self):
        super().__init__()
        self.own = np.random.default_rng(5)
        self.python = random.Random(5)
        self.old = np.random.RandomState(5)
        self.noise = L.GaussianNoise(0.1, seed=5)
        self.drawn = 0
        self.order = list(range(96))

    def __len__(self):
        return 4

    def __getitem__(self, index):
        self.drawn += 1
        self.order.reverse()
        rows = (self.own.choice(96, 24) + self.drawn + self.order[0]) % 96
        scale = self.python.random() + self.old.rand() + STREAM.random()
        scale += random.random() + np.random.rand()
        scale += float(tf.random.uniform(())) + float(keras.random.uniform(()))
        noisy = self.noise(X[rows] * scale, training=True)
        return np.asarray(noisy), Y[rows]


def from_generator():
    stream = np.random.default_rng(5)

    def batches():
        for _ in range(4):
            rows = stream.choice(96, 24)
            yield X[rows], Y[rows]

    signature = (
        tf.TensorSpec((None, 8, 8, 1), tf.float32),
        tf.TensorSpec((None,), tf.int64),
    )
    found = tf.data.Dataset.from_generator(batches, output_signature=signature)
    return found.prefetch(2)


def sums(dataset):
    if isinstance(dataset, keras.utils.PyDataset):
        return [dataset[index][0].sum() for index in range(4)]
    return [np.asarray(x).sum() for x, _ in dataset]


@pytest.mark.parametrize("make", [Drawing, from_generator])
def test_random_numbers_of_a_probe_are_drawn_again(make):
    def read(as_probe):
        keras.utils.set_random_seed(3)
        keras.random.uniform(())  # Keras's own stream exists
        STREAM.bit_generator.state = np.random.default_rng(
            7
        ).bit_generator.state
        dataset = make()
        sample = take_sample(read_once(dataset)) if as_probe else None
        return sums(dataset), sample

    without, _ = read(False)
    found, sample = read(True)
    assert found == without
    parts = [part.sum() for part in np.split(sample.images, 4)]
    assert len(set(parts)) == 4  # no batch twice


def network(built):
    layers = [L.Conv2D(2, 3, name="conv"), L.GlobalMaxPooling2D(), L.Dense(4)]
    if built:
        layers.insert(0, keras.Input((8, 8, 1)))
    model = keras.Sequential(layers)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile("adam", loss)
    return model


@pytest.mark.parametrize("built", [True, False])
@pytest.mark.parametrize("make", [Drawing, from_generator])
def test_a_training_on_its_own_probe_is_unchanged(make, built, tmp_path):
    def train(look):
        keras.utils.set_random_seed(3)
        STREAM.bit_generator.state = np.random.default_rng(
            7
        ).bit_generator.state
        data, model, callbacks = make(), network(built), []
        if look:
            callbacks.append(
                tb_actmax.ActivationMaximization(
                    tmp_path, probe=data, filters=2, steps=2, warm_steps=1
                )
            )
        model.fit(data, epochs=2, verbose=0, callbacks=callbacks)
        streams = [random.random(), np.random.rand(), STREAM.random()]
        return b"".join(w.tobytes() for w in model.get_weights()), streams

    assert train(True) == train(False)


def test_an_iterator_of_the_training_is_left_to_it(tmp_path, caplog):
    def batches():
        for first in range(0, 96, 24):
            yield X[first : first + 24], Y[first : first + 24]

    def train(look):
        keras.utils.set_random_seed(3)
        data, model, callbacks = batches(), network(True), []
        if look:
            callbacks.append(
                tb_actmax.ActivationMaximization(
                    tmp_path, probe=data, filters=2, steps=2
                )
            )
        model.fit(data, verbose=0, callbacks=callbacks)
        return b"".join(w.tobytes() for w in model.get_weights())

    assert train(True) == train(False)
    assert "the iterator that the training reads" in caplog.text
