"""Attributes that layers assign in Python are as without the callback."""

import threading

import keras
import pytest
import tensorflow as tf
from reliability.conftest import assert_same, steps, train, watcher

from tb_actmax.network.diversion import Action, divert


class Warming(keras.layers.Layer):
    """Counts its calls in Python, and depends on their number."""

    def __init__(self):
        super().__init__()
        self.calls = 0
        self._last = "nothing"

    def call(self, inputs):
        self.calls += 1
        self._last = inputs
        return inputs * (1 - 0.5**self.calls)


def test_attributes_that_another_thread_assigns_during_a_trace(network):
    """Attributes of layers are reset; those of Keras are kept."""
    model, layer = network(), Warming()

    def assign():
        layer.calls = 5
        model.make_predict_function()

    def trace():
        thread = threading.Thread(target=assign)
        thread.start()
        thread.join()

    actions = [Action(one, "call", one.call) for one in (model, layer)]
    divert(actions, trace)
    assert layer.calls == 0
    assert model.predict_function is not None


@pytest.mark.parametrize("eagerly", [False, True])
def test_attributes_that_layers_assign_are_left_alone(
    tmp_path, digits, eagerly
):
    results, calls = [], []
    for callbacks in ([], [watcher(tmp_path, digits, layers=["conv"])]):
        keras.utils.set_random_seed(0)
        layer = Warming()
        model = keras.Sequential(
            [
                keras.Input((28, 28, 1)),
                layer,
                keras.layers.Conv2D(3, 5, strides=3, name="conv"),
                keras.layers.GlobalAveragePooling2D(),
            ]
        )
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        model.compile("sgd", loss, run_eagerly=eagerly)
        results.append(train(model, digits, callbacks, epochs=2))
        calls.append(layer.calls)
        assert tf.is_tensor(layer._last)
    assert_same(*results)
    assert calls[0] == calls[1]
    assert steps(tmp_path)["conv"] == [0, 1, 2]
