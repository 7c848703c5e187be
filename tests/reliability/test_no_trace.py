"""Updates leave no trace in the training."""

import os
import random
import threading

import keras
import numpy as np
import pytest
import tensorflow as tf
from reliability.conftest import At, assert_same, steps, train, watcher

from tb_actmax import maximize
from tb_actmax.data.fitting import fit
from tb_actmax.maximizer.layer_maximizer import LayerMaximizer
from tb_actmax.network.layers import find_targets
from tb_actmax.objectives import neuron


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
    """Draws without a seed outside the training."""

    def call(self, inputs, training=False):
        if training:
            return inputs
        shape = keras.ops.shape(inputs)
        noise = keras.random.normal(shape) + tf.random.normal(shape)
        return inputs + 0 * noise


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


def test_numbers_drawn_meanwhile_do_not_repeat(tmp_path, digits, network):
    numbers, trained = [], threading.Event()

    def draw():
        while not trained.wait(0.0005):
            numbers.append((random.random(), np.random.random()))

    thread = threading.Thread(target=draw)
    model = network()
    start = At(0, lambda _: thread.start())
    train(model, digits, [start, watcher(tmp_path, digits)], epochs=2)
    trained.set()
    thread.join()
    for stream in zip(*numbers, strict=True):
        assert len(set(stream)) == len(stream) > 100


@keras.saving.register_keras_serializable("tests")
class OwnState(keras.layers.Layer):
    """Changes variables of TensorFlow, which Keras does not know."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.calls = tf.Variable(0.0, trainable=False)
        self.generator = tf.random.Generator.from_seed(1)

    def call(self, inputs):
        self.calls.assign_add(1.0)
        noise = self.generator.normal(tf.shape(inputs))
        return inputs + 0.01 * self.calls + 0.01 * noise


@keras.saving.register_keras_serializable("tests")
class Masked(keras.layers.Conv2D):
    """Masks its kernel at each call outside the training."""

    def call(self, inputs, training=False):
        if not training:
            self.kernel.assign(self.kernel * self.mask())
            tf.cond(
                tf.reduce_sum(inputs) > -1,
                lambda: self.bias.assign(0.5 * self.bias),
                lambda: self.bias.value,
            )
        return super().call(inputs)

    def mask(self):
        return np.tri(*self.kernel.shape[:2])[..., None, None]


def stateful():
    keras.utils.set_random_seed(0)
    layers = [
        keras.Input((28, 28, 1)),
        OwnState(),
        Masked(4, 5, name="conv1"),
        keras.layers.Conv2D(4, 3, name="conv2"),
        keras.layers.GlobalAveragePooling2D(),
        keras.layers.Dense(3),
    ]
    model = keras.Sequential(layers)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile("adam", loss)
    return model


def test_variables_that_layers_assign_are_left_alone(tmp_path, digits, lines):
    results = []
    for own in ([], [watcher(tmp_path, digits)]):
        model = stateful()
        result = train(model, digits, own)
        state = model.layers[0]
        result[1].extend([state.calls.numpy(), state.generator.state.numpy()])
        results.append(result)
    assert_same(*results)
    assert lines() == []
    assert steps(tmp_path)["conv1"] == [0, 1, 2, 3, 4]
    assert steps(tmp_path)["conv2"] == [0, 1, 2, 3, 4]


def test_images_use_the_current_values_of_assigned_variables():
    """Images use copies of these variables, refreshed at each update."""
    model = stateful()
    inputs = np.random.default_rng(0).random((8, 28, 28, 1), np.float32)
    fitted = fit(model, inputs)
    target = find_targets(fitted.model, fitted.shape)["conv1"]
    maximizer = LayerMaximizer(fitted, target, [neuron(0)])
    scores = []
    for scale in (1.0, 2.0):
        conv = model.get_layer("conv1")
        kernel = conv.kernel.numpy()
        conv.kernel.assign(scale * kernel)
        scores.append(maximizer.cold(4).scores[0])
        assert np.array_equal(conv.kernel, scale * kernel)
    assert scores[1] > 1.5 * scores[0] > 0


def test_the_losses_of_layers_are_left_alone(tmp_path, digits):
    """Another thread may read the losses at the same time."""
    model = restless()
    model(digits[:2])
    before = model.losses
    assert len(before) == 1
    maximize(model, "conv1", 1, probe=digits, steps=1)
    assert [id(loss) for loss in model.losses] == [id(loss) for loss in before]


def test_a_call_that_is_set_on_a_layer_itself(tmp_path, digits, lines):
    def made():
        model = restless()
        layer = model.get_layer("conv1")
        call = layer.call
        layer.call = lambda inputs: 2 * call(inputs)
        return model

    expected, model = train(made(), digits), made()
    own = model.get_layer("conv1").call
    found = train(model, digits, [watcher(tmp_path, digits, filters=[1])])
    assert_same(found, expected)
    assert model.get_layer("conv1").call is own
    assert lines() == []
    assert steps(tmp_path)["conv1"] == [0, 1, 2, 3, 4]


def test_finished_trainings_leave_no_threads_files_and_traces(
    tmp_path, digits, network
):
    """Two callbacks follow each of several trainings."""
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
