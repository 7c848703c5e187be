"""Models with `tf.function`s around their methods."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from support.watched import callback, events, fit, lines

import tb_actmax

L = keras.layers


def net(decorate=tf.function, features=None, branches=False):
    """Returns a model with a decorated `call`, or a decorated helper of it."""

    class Net(keras.Model):
        def __init__(self):
            super().__init__()
            self.conv = L.Conv2D(4, 3, activation="relu", name="conv1")
            self.pool, self.dense = L.GlobalMaxPooling2D(), L.Dense(3)

        def call(self, inputs):
            maps = self.features(inputs)
            if branches and tf.reduce_mean(inputs) > 100.0:
                maps = 2 * maps
            return self.dense(self.pool(maps))

        def features(self, inputs):
            return self.conv(inputs)

    if features is None:
        Net.call = decorate(Net.call)
    else:
        Net.features = features(Net.features)
    keras.utils.set_random_seed(0)
    model = Net()
    model(np.zeros((1, 28, 28, 1), "float32"))
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile("sgd", loss)
    return model


def plain(function):
    return function


@pytest.mark.parametrize(
    "make",
    [
        net,
        lambda: net(plain, tf.function),
        lambda: net(tf.function(jit_compile=True)),
        lambda: net(tf.function(reduce_retracing=True), tf.function),
        lambda: net(branches=True),
    ],
    ids=["call", "helper", "XLA", "both", "branches"],
)
def test_layers_in_a_tf_function_are_shown(digits, make):
    found = tb_actmax.maximize(make(), "conv1", 3, probe=digits, steps=4)
    wanted = tb_actmax.maximize(net(plain), "conv1", 3, probe=digits, steps=4)
    np.testing.assert_allclose(found.images, wanted.images, atol=1e-5)
    np.testing.assert_allclose(found.scores, wanted.scores, rtol=1e-4)


def test_a_tf_function_that_is_set_on_a_model(digits):
    model = net(plain)
    model.call = tf.function(model.call)
    found = tb_actmax.maximize(model, "conv1", 3, probe=digits, steps=4)
    wanted = tb_actmax.maximize(net(plain), "conv1", 3, probe=digits, steps=4)
    np.testing.assert_allclose(found.images, wanted.images, atol=1e-5)
    assert isinstance(model.call, tf.types.experimental.PolymorphicFunction)


def test_a_layer_that_is_compiled_itself(digits):
    class Block(L.Layer):
        def __init__(self):
            super().__init__(name="block")
            self.inner = L.Conv2D(4, 3, name="inner")
            self.activation = keras.activations.relu

        @tf.function
        def call(self, inputs):
            return self.activation(self.inner(inputs))

    model = keras.Sequential([keras.Input((28, 28, 1)), Block()])
    outer = tb_actmax.maximize(model, "block", 2, probe=digits, steps=4)
    inner = tb_actmax.maximize(model, "block/inner", 2, probe=digits, steps=4)
    assert outer.images.shape == inner.images.shape == (2, 3, 3, 1)
    # Before the activation, they are the same.
    value = model.layers[0].inner(outer.images).numpy()[:, 0, 0]
    index = outer.filters
    np.testing.assert_allclose(
        value[np.arange(2), index], outer.scores, rtol=1e-4
    )


def test_the_training_traces_as_often_as_without_the_callback(
    tmp_path, digits, caplog
):
    counts, weights = [], []
    for name in (None, "log"):
        model = net()
        own = [callback(tmp_path / name, digits)] if name else []
        fit(model, digits, own)
        counts.append(model.call.experimental_get_tracing_count())
        weights.append(model.get_weights())
    assert counts[0] == counts[1]
    for one, other in zip(*weights, strict=True):
        np.testing.assert_array_equal(one, other)
    assert sorted(events(tmp_path / "log")) == [
        ("conv1", step) for step in (0, 1, 2)
    ]
    assert not lines(caplog)


def test_a_tf_function_that_calls_the_one_of_its_parent(digits):
    class Scaled(L.Conv2D):
        @tf.function
        def call(self, inputs):
            maps = super().call(inputs)
            return 2 * maps if self.filters > 100 else maps

    keras.utils.set_random_seed(0)
    layer = Scaled(4, 3, name="conv1")
    model = keras.Sequential([keras.Input((28, 28, 1)), layer])
    found = tb_actmax.maximize(model, "conv1", 3, probe=digits, steps=4)
    plain_layer = L.Conv2D(4, 3, name="conv1")
    same = keras.Sequential([keras.Input((28, 28, 1)), plain_layer])
    same.set_weights(model.get_weights())
    wanted = tb_actmax.maximize(same, "conv1", 3, probe=digits, steps=4)
    np.testing.assert_allclose(found.images, wanted.images, atol=1e-5)


def test_a_tf_function_without_source(digits):
    namespace = {}
    exec("def call(self, inputs): return self.conv(inputs)", namespace)

    class Net(keras.Model):
        call = tf.function(namespace["call"])

        def __init__(self):
            super().__init__()
            self.conv = L.Conv2D(4, 3, name="conv1")

    model = Net()
    model(np.zeros((1, 28, 28, 1), "float32"))
    found = tb_actmax.maximize(model, "conv1", 2, probe=digits, steps=4)
    assert found.images.shape == (2, 3, 3, 1)
