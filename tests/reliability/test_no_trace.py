"""Updates leave no trace in the training."""

import os
import random
import threading

import keras
import numpy as np
import pytest
import tensorflow as tf
from reliability.conftest import assert_same, steps, train, watcher


@keras.saving.register_keras_serializable("tests")
class Restless(keras.layers.Layer):
    """Draws random numbers and counts its calls, whatever `training` is."""

    def build(self, shape):
        self.seed = keras.random.SeedGenerator(5)
        self.calls = self.add_weight(shape=(), trainable=False)

    def call(self, inputs):
        self.calls.assign_add(1.0)
        noise = keras.random.normal(keras.ops.shape(inputs), seed=self.seed)
        return inputs + 0.01 * noise


def restless():
    keras.utils.set_random_seed(0)
    model = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            Restless(),
            keras.layers.Conv2D(4, 5, activity_regularizer="l2", name="conv1"),
            keras.layers.GlobalAveragePooling2D(),
            keras.layers.Dense(3),
        ]
    )
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile("adam", loss)
    return model


def test_layers_that_draw_and_count_keep_their_state(
    tmp_path, digits, expected, lines
):
    found = train(restless(), digits, [watcher(tmp_path, digits)])
    assert_same(found, expected(restless))
    assert lines() == []
    assert steps(tmp_path)["conv1"] == [0, 1, 2, 3, 4]


def drawn():
    """Draws a number from each random stream of the process."""
    streams = (random.random, np.random.random, tf.random.uniform)
    numbers = [float(streams[0]()), float(streams[1]()), streams[2](())]
    numbers.append(keras.random.uniform(()))
    return np.array(numbers, np.float32)


@keras.saving.register_keras_serializable("tests")
class Drawing(keras.layers.Layer):
    """Draws from all streams outside the training."""

    def call(self, inputs, training=False):
        if training:
            return inputs
        numbers = tf.py_function(drawn, [], tf.float32)
        noise = keras.random.normal(keras.ops.shape(inputs))
        return inputs + 0 * (tf.reduce_sum(numbers) + noise)


class Draws(keras.callbacks.Callback):
    """Draws from all streams at epoch ends, and at the start if `early`."""

    def __init__(self, early):
        super().__init__()
        self._early = early
        self.numbers = []

    def on_train_begin(self, logs=None):
        if self._early:
            self.numbers.append(drawn())

    def on_epoch_end(self, epoch, logs=None):
        self.numbers.append(drawn())


@pytest.mark.parametrize("early", [False, True])
def test_random_streams_continue_as_without_the_callback(
    tmp_path, digits, lines, early
):
    def numbers(*own):
        layers = [
            keras.Input((28, 28, 1)),
            Drawing(),
            keras.layers.Conv2D(4, 5, name="conv1"),
            keras.layers.GlobalAveragePooling2D(),
            keras.layers.Dense(3),
        ]
        model = keras.Sequential(layers)
        model.compile("sgd", "sparse_categorical_crossentropy")
        keras.utils.clear_session(free_memory=False)
        draws = Draws(early)
        train(model, digits, [draws, *own], epochs=2)
        return draws.numbers

    plain = numbers()
    assert np.array_equal(numbers(watcher(tmp_path, digits)), plain)
    assert lines() == []
    assert steps(tmp_path)["conv1"] == [0, 1, 2]


def test_finished_trainings_leave_no_threads_files_and_traces(
    tmp_path, digits, network
):
    """Several callbacks in one training, and several trainings with each."""
    own = [
        watcher(tmp_path / name, digits, layers=[layer])
        for name, layer in (("a", "conv1"), ("b", "conv2"))
    ]
    model = network()
    train(model, digits, own, epochs=1)
    files = len(os.listdir("/proc/self/fd"))
    threads = threading.active_count()
    for _ in range(2):
        train(model, digits, own, epochs=1)
    assert len(os.listdir("/proc/self/fd")) <= files
    assert threading.active_count() <= threads
    for callback in own:
        assert list(callback.traces.values()) == [1]
    assert steps(tmp_path / "a") == {"conv1": [0, 1, 2, 3]}
    assert steps(tmp_path / "b") == {"conv2": [0, 1, 2, 3]}
