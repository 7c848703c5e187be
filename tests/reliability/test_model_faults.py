"""A layer that fails is left out; the training continues."""

import resource

import keras
import numpy as np
import pytest
import tensorflow as tf
from reliability.conftest import At, assert_same, steps, train, watcher


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_weights_of_nan_and_infinity(
    tmp_path, digits, network, expected, lines, value
):
    def spoil(model):
        kernel = model.get_layer("conv2").kernel
        kernel.assign(np.full(kernel.shape, value, "float32"))

    spoiling = At(2, spoil)
    found = train(network(), digits, [spoiling, watcher(tmp_path, digits)])
    assert_same(found, train(network(), digits, [spoiling]))
    (line,) = lines()
    assert "Epoch 3" in line and "NaN or infinity" in line
    assert steps(tmp_path)["conv2"] == [0, 1, 2]


def test_a_layer_returns_when_its_values_are_finite_again(
    tmp_path, digits, network, lines
):
    model, kept = network(), []
    kernel = model.get_layer("conv2").kernel

    def spoil(epoch, logs):
        if epoch == 1:
            kept.append(kernel.numpy())
            kernel.assign(np.full(kernel.shape, np.nan, "float32"))

    def repair(epoch, logs):
        if kept:
            kernel.assign(kept.pop())

    before, after = (
        keras.callbacks.LambdaCallback(on_epoch_end=act)
        for act in (spoil, repair)
    )
    train(model, digits, [before, watcher(tmp_path, digits), after])
    (line,) = lines()
    assert "NaN or infinity" in line
    assert steps(tmp_path)["conv2"] == [0, 1, 3, 4]
    assert steps(tmp_path)["conv1"] == [0, 1, 2, 3, 4]


@keras.saving.register_keras_serializable("tests")
class Fragile(keras.layers.Layer):
    """Raises outside the training, when it is traced or when it runs."""

    when = None

    def call(self, inputs, training=False):
        if training or Fragile.when is None:
            return inputs
        if Fragile.when == "traced":
            raise ValueError("this layer is for training")
        if Fragile.when in ("memory", "much"):
            # Four terabytes, more than any allocator gives, or one gigabyte.
            rows = 2**20 if Fragile.when == "memory" else 2**8
            rows *= tf.cast(tf.shape(inputs)[0] > 0, tf.int32)
            huge = tf.zeros(tf.stack([rows, 2**20]))
            return inputs + 0 * tf.reduce_max(huge)
        output = tf.py_function(self._run, [inputs], inputs.dtype)
        return tf.ensure_shape(output, inputs.shape)

    def _run(self, inputs):
        raise RuntimeError("this layer broke")


def fragile():
    keras.utils.set_random_seed(0)
    model = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            keras.layers.Conv2D(4, 5, activation="relu", name="conv1"),
            Fragile(),
            keras.layers.Conv2D(4, 3, activation="relu", name="conv2"),
            keras.layers.Conv2D(4, 3, name="conv3"),
            keras.layers.GlobalAveragePooling2D(),
            keras.layers.Dense(3, name="classes"),
        ]
    )
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile("adam", loss)
    return model


@pytest.mark.parametrize("when", ["traced", "run", "memory"])
def test_a_layer_that_raises_or_exhausts_memory(
    tmp_path, digits, monkeypatch, lines, expected, when
):
    plain = expected(fragile)
    model = fragile()
    monkeypatch.setattr(Fragile, "when", when)
    found = train(model, digits, [watcher(tmp_path, digits)])
    assert_same(found, plain)
    (line,) = lines()
    if when == "traced":
        assert "this layer is for training" in line
        return
    assert "Layers 'conv2', 'conv3', 'classes' are left out" in line
    said = {"run": "this layer broke", "memory": "OOM when allocating"}
    assert said[when] in line
    assert steps(tmp_path) == {"conv1": [0, 1, 2, 3, 4]}


class Limited(keras.callbacks.Callback):
    """Limits the memory of the process during an update.

    Args:
        more: Bytes that it may still allocate.
    """

    def __init__(self, more):
        super().__init__()
        self._more = more
        self._before = resource.getrlimit(resource.RLIMIT_AS)
        self.over = keras.callbacks.LambdaCallback(on_epoch_begin=self._end)

    def on_epoch_begin(self, epoch, logs=None):
        with open("/proc/self/statm") as file:
            pages = int(file.read().split()[0])
        most = pages * resource.getpagesize() + self._more
        resource.setrlimit(resource.RLIMIT_AS, (most, self._before[1]))

    def _end(self, epoch, logs=None):
        resource.setrlimit(resource.RLIMIT_AS, self._before)


def test_a_process_with_a_memory_limit(
    tmp_path, digits, lines, expected, monkeypatch
):
    plain = expected(fragile)
    model = fragile()
    monkeypatch.setattr(Fragile, "when", "much")  # a gigabyte
    limit = Limited(256 << 20)
    callbacks = [limit, watcher(tmp_path, digits), limit.over]
    assert_same(train(model, digits, callbacks), plain)
    (line,) = lines()
    assert "Layers 'conv2', 'conv3', 'classes' are left out" in line
    assert "OOM when allocating" in line
    assert steps(tmp_path) == {"conv1": [0, 1, 2, 3, 4]}
