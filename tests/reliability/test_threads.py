"""Other threads use the model, or train, while images are updated."""

import copy
import inspect
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
    """Its weights stay, so every answer must be the first one."""
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


def test_one_callback_in_two_trainings_at_once_is_refused(
    tmp_path, digits, network, lines
):
    """The second says so; the first goes on."""
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
    """Also in another thread, though Keras tells nobody of the end."""
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
