"""Runs that are copied from a trace, compared with runs of the model."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from tb_actmax.data.fitting import fit
from tb_actmax.maximizer.layer_maximizer import LayerMaximizer
from tb_actmax.network.activations import maps
from tb_actmax.network.image_model import ImageModel
from tb_actmax.network.layers import find_targets
from tb_actmax.network.whole_inputs import trace_whole_inputs
from tb_actmax.objectives import neuron

SIZE = (16, 16, 3)


def residual(last=None, activation="relu"):
    """Returns a network with two branches."""
    keras.utils.set_random_seed(0)
    image = keras.Input(SIZE)
    x = layers.Conv2D(4, 3, padding="same", activation=activation)(image)
    x = layers.BatchNormalization()(x)
    y = layers.Conv2D(4, 3, padding="same", name="branch")(x)
    x = layers.Add()([x, y])
    if last is not None:
        x = last(x)
    x = layers.Conv2D(5, 3, activation="relu", name="last")(x)
    x = layers.GlobalAveragePooling2D()(x)
    return keras.Model(image, layers.Dense(6, name="classes")(x))


def traced(model):
    """Returns a model that was traced up to its layers, and these."""
    targets = find_targets(ImageModel(model), SIZE)
    chosen = [targets[name] for name in ("branch", "last", "classes")]
    image_model = ImageModel(model)
    assert trace_whole_inputs(image_model, chosen, SIZE) is not None
    return image_model, chosen


def of_layer(model, target, size=SIZE):
    """Returns a function of images that computes a layer's maps."""

    @tf.function(autograph=False)
    def run(images):
        found = maps(model, target, images)
        return found, tf.gradients(tf.square(found), images)[0]

    return run.get_concrete_function(tf.TensorSpec((None, *size)))


def is_copied(model, path, size=SIZE):
    """Returns whether a run up to a layer is copied from the trace."""
    found = []
    run = tf.function(
        lambda images: found.append(model.traced.reached(path, images))
    )
    run.get_concrete_function(tf.TensorSpec((None, *size)))
    return found[-1] is not None


def far_apart(one, other):
    """Returns the largest difference, as a share of the largest value.

    How much small values differ depends on the processor.
    """
    one, other = np.asarray(one, float), np.asarray(other, float)
    return np.abs(one - other).max() / np.abs(other).max()


def test_copies_compute_the_same_as_the_model():
    keras_model = residual()
    model, targets = traced(keras_model)
    images = np.random.default_rng(0).uniform(size=(2, *SIZE))
    images = tf.constant(images, tf.float32)
    for target in targets:
        copy = of_layer(model, target)
        own = of_layer(ImageModel(keras_model), target)
        for _ in range(2):
            for one, other in zip(copy(images), own(images), strict=True):
                assert far_apart(one, other) < 1e-4
            # Weights are read at each call.
            keras_model.set_weights(
                [1.5 * weight for weight in keras_model.get_weights()]
            )


@pytest.mark.parametrize("activation", ["relu", "swish"])
def test_images_are_those_of_the_model(activation):
    """The custom gradient of swish refers to tensors of the first trace."""
    keras_model = residual(activation=activation)
    probe = np.random.default_rng(0).uniform(size=(8, *SIZE)).astype("float32")
    found = []
    for copies in (True, False):
        fitted = fit(keras_model, probe)
        target = find_targets(fitted.model, SIZE)["classes"]
        if copies:
            assert trace_whole_inputs(fitted.model, [target], SIZE) is not None
        maximizer = LayerMaximizer(fitted, target, [neuron(0), neuron(3)])
        found.append(maximizer.cold(4))
    np.testing.assert_allclose(*(one.images for one in found), atol=1e-5)
    np.testing.assert_allclose(*(one.scores for one in found), rtol=1e-4)


@pytest.mark.parametrize("policy", ["mixed_bfloat16", "mixed_float16"])
def test_copies_of_mixed_precision_compute_the_same(policy):
    keras.config.set_dtype_policy(policy)
    try:
        model = residual(layers.Conv2DTranspose(4, 2, name="up"))
    finally:
        keras.config.set_dtype_policy("float32")
    copied, targets = traced(model)
    images = tf.random.stateless_uniform((3, *SIZE), (1, 2))
    for target in targets:
        assert is_copied(copied, target.path)
        found = of_layer(copied, target)(images)
        wanted = of_layer(ImageModel(model), target)(images)
        for one, other in zip(found, wanted, strict=True):
            assert far_apart(one, other) < 0.03


@pytest.mark.parametrize("shared", [False, True])
def test_constants_are_copied(shared):
    """Layers may take the image itself, or a constant map, as arguments."""

    class Beside(layers.Layer):
        def build(self, shape):
            self.own = layers.Conv2D(4, 3, padding="same", name="own")
            self.map = self.add_weight(shape=(1, *SIZE), name="map")
            self.weighed = layers.Conv2D(4, 3, padding="same", name="weighed")

        def call(self, x):
            weights = keras.ops.tanh(self.map)
            weights = keras.ops.repeat(weights, keras.ops.shape(x)[0], 0)
            return self.own(x) + self.weighed(
                x + weights if shared else weights
            )

    keras_model = keras.Sequential([keras.Input(SIZE), Beside()])
    model = ImageModel(keras_model)
    targets = find_targets(model, SIZE)
    names = ("own", "weighed") if shared else ("own",)
    chosen = [t for t in targets.values() if t.layer.name in names]
    assert len(chosen) == len(names)
    assert trace_whole_inputs(model, chosen, SIZE) is not None
    images = tf.random.stateless_uniform((2, *SIZE), (0, 0))
    for target in chosen:
        assert is_copied(model, target.path)
        own = of_layer(ImageModel(keras_model), target)
        copy = of_layer(model, target)
        for one, other in zip(copy(images), own(images), strict=True):
            np.testing.assert_allclose(one, other, atol=1e-5)


def test_no_layer_is_called_again(monkeypatch):
    model, targets = traced(residual())

    def called(*args, **kwargs):
        raise AssertionError

    monkeypatch.setattr(ImageModel, "__call__", called)
    for target in targets:
        of_layer(model, target)


SMALL = (9, 7, 3)


def test_images_of_another_size_are_copied_if_all_operations_fit():
    keras_model = residual(layers.MaxPooling2D())
    model, (branch, last, classes) = traced(keras_model)
    images = np.random.default_rng(0).uniform(size=(2, *SMALL))
    images = tf.constant(images, tf.float32)
    for target in (branch, last):
        assert is_copied(model, target.path, SMALL)
        copy = of_layer(model, target, SMALL)
        own = of_layer(ImageModel(keras_model), target, SMALL)
        for one, other in zip(copy(images), own(images), strict=True):
            assert one.shape == other.shape
            np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-5)
    assert not is_copied(model, classes.path, SMALL)  # a mean of all positions


class Cut(layers.Layer):
    """Cuts off what lies beyond the middle of an input."""

    def call(self, x):
        return x[:, : x.shape[1] // 2]


class Weighed(layers.Layer):
    """Gives each position a weight of its own."""

    def call(self, x):
        return x * keras.ops.ones((1, *x.shape[1:]))


class Switched(layers.Layer):
    """Doubles small inputs."""

    def call(self, x):
        return 2 * x if x.shape[1] < 10 else x


@pytest.mark.parametrize(
    "layer",
    [
        Cut(),
        Weighed(),
        Switched(),
        layers.Lambda(lambda x: 2 * x if x.shape[1] < 10 else x),
        layers.Resizing(8, 8),
    ],
    ids=lambda layer: type(layer).__name__,
)
def test_models_that_read_the_size_are_run_again(layer):
    keras_model = residual(layer)
    model, (_, last, _) = traced(keras_model)
    assert is_copied(model, last.path)
    assert not is_copied(model, last.path, SMALL)
    images = tf.random.stateless_uniform((2, *SMALL), (0, 0))
    own = of_layer(ImageModel(keras_model), last, SMALL)
    for one, other in zip(
        of_layer(model, last, SMALL)(images), own(images), strict=True
    ):
        np.testing.assert_allclose(one, other, atol=1e-5)


def test_layers_after_functions_are_run_by_the_model():
    """A loop calls a function, which is not copied."""

    class Loop(layers.Layer):
        def call(self, x):
            return tf.while_loop(
                lambda n, _: n < 3, lambda n, x: (n + 1, x / 2), (0, x)
            )[1]

    keras_model = residual(Loop())
    model, (_, last, _) = traced(keras_model)
    images = tf.random.stateless_uniform((2, *SIZE), (0, 0))
    assert is_copied(model, "branch")
    assert not is_copied(model, "last")
    own = of_layer(ImageModel(keras_model), last)
    for one, other in zip(
        of_layer(model, last)(images), own(images), strict=True
    ):
        np.testing.assert_allclose(one, other, atol=1e-5)
