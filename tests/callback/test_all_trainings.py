"""A training ends as without the callback, whatever the model and the log."""

import copy
import random

import keras
import numpy as np
import pytest
import tensorflow as tf
from support.watched import callback, events, fit, lines

from tb_actmax.records.reader import logged_steps

layers = keras.layers


def compiled(*parts):
    model = keras.Sequential(list(parts))
    model.compile("sgd", "sparse_categorical_crossentropy")
    return model


def transformer():
    """Returns a model of patches, a block with an MLP, and classes."""
    inputs = keras.Input((28, 28, 1))
    patches = layers.Reshape((4, 7, 4, 7))(inputs)
    patches = layers.Permute((1, 3, 2, 4))(patches)
    tokens = layers.Dense(8, name="embedding")(
        layers.Reshape((16, 49))(patches)
    )
    attended = layers.MultiHeadAttention(2, 4, name="attention")(tokens, tokens)
    tokens = layers.Add()([tokens, attended])
    hidden = layers.Dense(16, activation="gelu", name="hidden")(tokens)
    tokens = layers.Add()([tokens, layers.Dense(8, name="back")(hidden)])
    pooled = layers.GlobalAveragePooling1D()(tokens)
    outputs = layers.Dense(3, activation="softmax", name="classes")(pooled)
    model = keras.Model(inputs, outputs)
    model.compile("sgd", "sparse_categorical_crossentropy")
    return model


def test_a_model_without_convolutions_shows_its_units(tmp_path, digits):
    fit(transformer(), digits, [callback(tmp_path, digits, layers=None)], 1)
    found = events(tmp_path)
    assert {path for path, _ in found} == {"embedding", "hidden", "classes"}
    assert np.isfinite([e["score"] for e in found["hidden", 1].filters]).all()


def test_the_units_of_a_recurrent_network_are_its_outputs(tmp_path):
    x = np.random.default_rng(0).normal(size=(64, 12, 2)).astype("float32")
    model = compiled(
        keras.Input((12, 2)), layers.LSTM(4), layers.Dense(3, name="classes")
    )
    fit(model, x, [callback(tmp_path, x, layers=None)], 1)
    assert {path for path, _ in events(tmp_path)} == {"classes"}


@keras.saving.register_keras_serializable("tests")
class EqualizedConv(layers.Layer):
    """A user's own convolution."""

    def build(self, shape):
        self.kernel = self.add_weight(shape=(3, 3, shape[-1], 5))

    def call(self, inputs):
        return keras.ops.conv(inputs, self.kernel * 0.5, padding="same")


def test_convolutions_of_the_users_own_are_chosen(tmp_path, digits):
    model = compiled(
        keras.Input((28, 28, 1)),
        EqualizedConv(name="own"),
        layers.GlobalMaxPooling2D(),
        layers.Dense(3, activation="softmax", name="classes"),
    )
    fit(model, digits, [callback(tmp_path, digits, layers=None)], 1)
    assert {path for path, _ in events(tmp_path)} == {"own", "classes"}


def test_a_model_without_image_inputs_logs_one_line(tmp_path, caplog):
    x = np.ones((64, 5), "float32")
    model = compiled(keras.Input((5,)), layers.Dense(3, activation="softmax"))
    fit(model, x, [callback(tmp_path, x, layers=None)])
    (line,) = lines(caplog)
    assert "the training continues" in line.getMessage()
    assert "takes" in line.getMessage()


def test_another_training_gets_a_log_beside_the_first(
    tmp_path, digits, network, caplog
):
    own = callback(tmp_path, digits)
    for _ in range(3):  # as in a cross-validation
        fit(network(), digits, [own])
    assert {path.name for path in tmp_path.iterdir()} == {
        *("actmax", "actmax-2", "actmax-3")
    }
    said = [line.getMessage() for line in lines(caplog)]
    assert len(said) == 2
    assert "actmax-2" in said[0]
    assert "initial_epoch=2" in said[0]
    # A resumed training continues the newest.
    fit(network(), digits, [callback(tmp_path, digits)], 3, initial_epoch=2)
    for name, last in (("actmax", 2), ("actmax-2", 2), ("actmax-3", 3)):
        assert logged_steps(str(tmp_path / name))["conv1"][-1] == last


def test_a_copy_is_a_callback_of_another_training(tmp_path, digits, network):
    """KerasTuner copies the callbacks for each trial."""
    data = tf.data.Dataset.from_tensor_slices(digits).batch(16)
    own = callback(tmp_path, data, update_freq=3)
    for _ in range(2):
        fit(network(), digits, [copy.deepcopy(own)], 1)
    for name in ("actmax", "actmax-2"):
        assert logged_steps(str(tmp_path / name))["conv1"] == [0, 3, 4]


def test_short_fits_in_a_loop_are_one_training(tmp_path, digits, network):
    model, own = network(), callback(tmp_path, digits, every=3)
    for _ in range(7):
        fit(model, digits, [own], epochs=1)
    assert logged_steps(str(tmp_path / "actmax"))["conv1"] == [0, 3, 6]


def test_hooks_can_be_called_by_hand(tmp_path, digits, network):
    own = callback(tmp_path, digits, every=2)
    own.set_model(network())
    for epoch in range(4):
        own.on_epoch_end(epoch)
    assert logged_steps(str(tmp_path / "actmax"))["conv1"] == [2, 4]


def test_a_custom_loop_without_set_model_logs_the_reason(
    tmp_path, digits, caplog
):
    own = callback(tmp_path, digits)
    for epoch in range(2):
        own.on_epoch_end(epoch)
    (line,) = lines(caplog)
    assert "call set_model(model) first" in line.getMessage()


class Block(layers.Layer):
    """Makes a layer that draws a seed only when it is built."""

    def build(self, shape):
        self.conv = layers.Conv2D(4, 3, padding="same", name="inner")
        self.conv.build(shape)
        self.dropout = layers.Dropout(0.5)

    def call(self, inputs, training=False):
        return self.dropout(self.conv(inputs), training=training)


class Subclassed(keras.Model):
    def __init__(self):
        super().__init__()
        self.first = layers.Conv2D(4, 3, name="conv")
        self.block = Block(name="block")
        self.pool = layers.GlobalAveragePooling2D()
        self.classes = layers.Dense(3, activation="softmax", name="classes")

    def call(self, inputs, training=False):
        inputs = self.block(self.first(inputs), training=training)
        return self.classes(self.pool(inputs))


@pytest.mark.parametrize("kind", ["subclassed", "sequential"])
def test_a_model_that_fit_builds_is_built_as_without(tmp_path, digits, kind):
    def train(callbacks):
        keras.utils.set_random_seed(3)
        model = Subclassed()
        if kind == "sequential":
            model = keras.Sequential(
                [model.first, model.block, model.pool, model.classes]
            )
        model.compile("sgd", "sparse_categorical_crossentropy")
        history = fit(model, digits, callbacks)
        return [*model.get_weights(), random.random(), history["loss"]]

    expected = train([])
    found = train([callback(tmp_path, digits, layers=None)])
    for one, other in zip(expected, found, strict=True):
        assert np.array_equal(one, other)
    assert sorted(events(tmp_path)) == [
        (path, step)
        for path in ("block/inner", "classes", "conv")
        for step in range(3)
    ]
