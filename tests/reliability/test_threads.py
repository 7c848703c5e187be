"""Other threads use the model, or train, while images are updated."""

import copy
import inspect
import pathlib
import shutil
import tempfile
import threading

import keras
import numpy as np
import pytest
import tensorflow as tf
from reliability.conftest import At, assert_same, steps, train, watcher

from tb_actmax.network.diversion import Action, divert
from tb_actmax.network.image_model import ImageModel
from tb_actmax.network.partial_run import run_until


def test_a_thread_that_asks_the_model_gets_right_answers(
    tmp_path, digits, network, lines
):
    """The weights are frozen, so all answers must be equal."""
    model = network()
    model.optimizer.learning_rate.assign(0.0)
    model.layers[4].momentum = 1.0  # the batch normalization's
    wanted = np.asarray(model(digits[:4], training=False))
    activations = [getattr(layer, "activation", 0) for layer in model.layers]
    before = [dict(layer.__dict__) for layer in model.layers]
    wrong, answers, trained = [], [], threading.Event()

    def ask():
        while not trained.is_set():
            try:
                answer = np.asarray(model(digits[:4], training=False))
                if not np.allclose(answer, wanted, atol=1e-5):
                    wrong.append("another answer")
            except BaseException as error:
                wrong.append(repr(error))
            answers.append(1)

    thread = threading.Thread(target=ask)
    thread.start()
    train(model, digits, [watcher(tmp_path, digits)], epochs=2)
    trained.set()
    thread.join()
    assert len(answers) > 2 and wrong == []
    after = [getattr(layer, "activation", 0) for layer in model.layers]
    assert after == activations
    for layer, entries in zip(model.layers, before, strict=True):
        assert layer.__dict__.keys() == entries.keys()
    assert lines() == []
    logged = steps(tmp_path)
    assert logged == {key: [0, 1, 2] for key in ("conv1", "conv2", "classes")}


def calling(model, digits):
    model.predict(digits[:4], verbose=0)
    model(digits[:3], training=False)


def compiling(model, digits):
    tf.function(lambda images: model(images, training=False))(digits[:3])


def saving(model, digits):
    file = pathlib.Path(tempfile.mkdtemp()) / "model.keras"
    model.save(file)
    shutil.rmtree(file.parent)


def differentiating(model, digits):
    with tf.GradientTape() as tape:
        answer = tf.reduce_sum(model(digits[:3], training=False))
    tape.gradient(answer, model.trainable_variables)


@pytest.mark.parametrize("use", [calling, compiling, saving, differentiating])
def test_a_thread_that_uses_the_model_all_through_a_training(
    tmp_path, digits, network, expected, lines, use
):
    model, trained, uses = network(), threading.Event(), []

    def work():
        while not trained.is_set():
            use(model, digits)
            uses.append(1)

    thread = threading.Thread(target=work)
    start = At(0, lambda _: thread.start())
    found = train(model, digits, [start, watcher(tmp_path, digits)])
    trained.set()
    thread.join()
    assert len(uses) > 1
    assert_same(found, expected(network))
    assert lines() == []
    assert steps(tmp_path)["conv2"] == [0, 1, 2, 3, 4]
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras")
    answers = [one(digits[:4], training=False) for one in (again, model)]
    np.testing.assert_array_equal(*answers)


def test_a_training_within_a_training(tmp_path, digits, network, lines):
    """A callback trains another network at the end of an epoch."""

    class Inner(keras.callbacks.Callback):
        def __init__(self, look):
            super().__init__()
            self._look, self.found = look, []

        def on_epoch_end(self, epoch, logs=None):
            place = tmp_path / f"inner{epoch}"
            own = [watcher(place, digits)] if self._look else []
            self.found += train(network(), digits, own, epochs=1)[1]

    results = []
    for look in (False, True):
        inner = Inner(look)
        own = [watcher(tmp_path / "outer", digits)] if look else []
        result = train(network(), digits, [*own, inner], epochs=2)
        result[1].extend(inner.found)
        results.append(result)
    assert_same(*results)
    assert lines() == []
    assert steps(tmp_path / "outer")["conv1"] == [0, 1, 2]
    assert steps(tmp_path / "inner1")["conv1"] == [0, 1]


def test_a_thread_is_answered_in_the_middle_of_a_trace(digits, network):
    """The layer at which the trace stops is called by another thread."""
    model = network()
    wanted = np.asarray(model(digits[:4], training=False))
    found = []

    def reached(inputs):
        asking = threading.Thread(
            target=lambda: found.append(model(digits[:4], training=False))
        )
        asking.start()
        asking.join()
        return inputs

    @tf.function(autograph=False)
    def trace(images):
        layer = model.get_layer("conv2")
        return run_until(ImageModel(model), images, layer, 0, reached)

    trace.get_concrete_function(tf.TensorSpec((None, 28, 28, 1)))
    np.testing.assert_allclose(np.asarray(found[0]), wanted, atol=1e-5)


def test_a_thread_may_ask_a_layer_for_its_methods(network):
    """A profiler does so, in the middle of a trace."""
    model = network()
    layer = model.get_layer("conv2")
    names = "__name__", "__self__", "__func__", "__wrapped__"
    wanted = [getattr(layer.call, name, None) for name in names]
    found = []

    def trace():
        found.extend(getattr(layer.call, name, None) for name in names)
        found.append(inspect.signature(layer.call))
        copy.copy(layer.call)

    divert([Action(layer, "call", layer.call)], trace)
    assert found[:3] == wanted[:3]
    assert found[3] == layer.call
    assert found[4] == inspect.signature(layer.call)


def test_trainings_in_several_threads(tmp_path, digits, lines):
    def data(seed):
        return np.random.default_rng(seed).random((32, 12, 12, 1), np.float32)

    def model(seed):
        layers = keras.layers
        stack = [
            keras.Input((12, 12, 1)),
            layers.Conv2D(
                3,
                3,
                activation="relu",
                name="conv1",
                kernel_initializer=keras.initializers.GlorotUniform(seed),
            ),
            layers.GlobalAveragePooling2D(),
            layers.Dense(
                2, kernel_initializer=keras.initializers.GlorotUniform(seed)
            ),
        ]
        made = keras.Sequential(stack)
        made.compile("sgd", "mse")
        return made

    def run(seed, *own):
        made, inputs = model(seed), data(seed)
        history = made.fit(
            inputs,
            np.ones((32, 2)),
            epochs=2,
            shuffle=False,
            verbose=0,
            callbacks=list(own),
        )
        return history.history, [np.asarray(v) for v in made.variables]

    expected = [run(seed) for seed in range(3)]
    found = [None] * 3

    def work(seed):
        own = watcher(tmp_path / str(seed), data(seed))
        found[seed] = run(seed, own)

    threads = [threading.Thread(target=work, args=[n]) for n in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for seed in range(3):
        assert_same(found[seed], expected[seed])
        assert steps(tmp_path / str(seed)) == {"conv1": [0, 1, 2]}
    assert lines() == []


def test_one_callback_in_two_trainings_at_once_is_rejected(
    tmp_path, digits, network, lines
):
    """The second `fit` raises an error, and the first continues."""
    own, refused = watcher(tmp_path, digits), []

    def another(_):
        def work():
            with pytest.raises(
                ValueError, match="callback of its own"
            ) as error:
                train(network(), digits, [own], epochs=1)
            refused.append(error)

        work()  # within the first `fit`
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()

    train(network(), digits, [At(1, another), own])
    assert len(refused) == 2
    assert steps(tmp_path)["conv1"] == [0, 1, 2, 3, 4]
    assert lines() == []


def test_a_callback_of_a_training_that_was_ended_serves_another(
    tmp_path, digits, network, lines
):
    """Keras does not report the end, and the other thread may be new."""
    own = watcher(tmp_path, digits)

    def end(_):
        raise OSError

    def work():
        with pytest.raises(OSError):
            train(network(), digits, [At(1, end), own])
        ended.set()
        release.wait()  # the thread lives on

    ended, release = threading.Event(), threading.Event()
    thread = threading.Thread(target=work)
    thread.start()
    ended.wait()
    train(network(), digits, [own], epochs=1)
    release.set()
    thread.join()
    assert [line for line in lines() if "images of another" not in line] == []
    assert max(steps(tmp_path)["conv1"]) == 1
