"""Gradients that are copied from those of other layers."""

import gc
import weakref

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from tb_actmax.data.fitting import fit
from tb_actmax.maximizer.ascent.pulled_gradient import pulled
from tb_actmax.maximizer.layer_maximizer import LayerMaximizer
from tb_actmax.network import kept_gradients as kept
from tb_actmax.network.activations import maps, maps_of_each
from tb_actmax.network.features import in_running_order
from tb_actmax.network.gradients.overrides import gradients
from tb_actmax.network.image_model import ImageModel
from tb_actmax.network.layers import find_targets
from tb_actmax.network.whole_inputs import trace_whole_inputs
from tb_actmax.objectives import neuron

SIZE = (16, 16, 3)
PATHS = ("first", "branch", "second", "last", "classes")


def residual(activation="relu6", size=SIZE, taps=3):
    """Returns a network of residual blocks."""
    keras.utils.set_random_seed(0)
    image = keras.Input(size)
    x = layers.Conv2D(8, taps, padding="same", name="first")(image)
    x = layers.BatchNormalization()(x)
    x = layers.Activation(activation)(x)
    for name in ("branch", "second"):
        y = layers.Conv2D(8, 1, name=name)(x)
        y = layers.BatchNormalization()(y)
        y = layers.Activation(activation)(y)
        y = layers.DepthwiseConv2D(3, padding="same")(y)
        x = layers.Add()([x, y])
        x = layers.ReLU()(layers.MaxPooling2D()(layers.ZeroPadding2D(1)(x)))
    x = layers.Concatenate()([x, layers.Conv2D(4, 1)(x)])
    x = layers.Conv2D(5, 3, activation="relu", name="last")(x)
    x = layers.GlobalAveragePooling2D()(x)
    return keras.Model(image, layers.Dense(6, name="classes")(x))


def dense(size=SIZE, taps=3):
    """Returns a network in which each layer reads all layers before it."""
    keras.utils.set_random_seed(0)
    image = keras.Input(size)
    x = layers.Conv2D(8, taps, 2, padding="same", name="first")(image)
    for place in range(4):
        y = layers.BatchNormalization()(x)
        y = layers.Conv2D(8, 1, name=f"inner_{place}")(layers.ReLU()(y))
        y = layers.ReLU()(layers.BatchNormalization()(y))
        y = layers.Conv2D(4, 3, padding="same", name=f"outer_{place}")(y)
        x = layers.Concatenate()([x, y])
    x = layers.Conv2D(5, 3, activation="relu", name="last")(x)
    return keras.Model(image, layers.GlobalAveragePooling2D()(x))


def traced(keras_model):
    model = ImageModel(keras_model)
    targets = find_targets(model, SIZE)
    chosen = [targets[path] for path in PATHS]
    assert trace_whole_inputs(model, chosen, SIZE) is not None
    return model, chosen


def gradient_of(model, target, size=SIZE):
    """Returns the gradient of a layer's maps, as a function of images."""

    @tf.function(autograph=False)
    def run(images, leak):
        with gradients(images, leak):
            found = maps(model, target, images)
            return kept.gradient([tf.square(found)], images)

    spec = tf.TensorSpec
    return run.get_concrete_function(spec((None, *size)), spec(()))


@pytest.fixture
def copies(monkeypatch):
    """Counts the parts of runs whose gradients were copied."""
    found, copied = [], kept._copied

    def counted(run, parts, upstream):
        found.extend(parts)
        return copied(run, parts, upstream)

    monkeypatch.setattr(kept, "_copied", counted)
    return found


@pytest.mark.parametrize("activation", ["relu6", "relu", "tanh", "swish"])
@pytest.mark.parametrize("leak", [0.0, 0.3])
def test_they_are_those_of_the_model(activation, leak, copies):
    keras_model = residual(activation)
    model, targets = traced(keras_model)
    images = tf.random.stateless_normal((3, *SIZE), (1, 2))
    counts = []
    for target in targets:
        before = len(copies)
        found = gradient_of(model, target)(images, leak)
        counts.append(len(copies) - before)
        own = gradient_of(ImageModel(keras_model), target)(images, leak)
        assert np.abs(own).max() > 0
        np.testing.assert_allclose(found, own, rtol=1e-4, atol=1e-6)
    assert counts[0] == counts[1] == 0
    assert counts[2] < counts[3] <= counts[4], "nearly all of the way"


def test_weights_are_read_at_each_call(copies):
    keras_model = residual()
    model, targets = traced(keras_model)
    images = tf.random.stateless_normal((3, *SIZE), (1, 2))
    each = [gradient_of(model, target) for target in targets]
    assert copies
    before = each[-1](images, 0.0)
    keras_model.set_weights([2 * w for w in keras_model.get_weights()])
    found = each[-1](images, 0.0)
    own = gradient_of(ImageModel(keras_model), targets[-1])(images, 0.0)
    np.testing.assert_allclose(found, own, rtol=1e-4, atol=1e-6)
    assert np.abs(found - before).max() > 0.1 * np.abs(found).max()


def test_parts_without_sizes_are_copied_for_images_of_another_size(copies):
    keras_model = residual()
    model, targets = traced(keras_model)
    last = targets[3]
    gradient_of(model, last)
    gradient_of(model, last)
    same_size = len(copies)
    images = tf.random.stateless_normal((2, 13, 11, 3), (1, 2))
    found = gradient_of(model, last, images.shape[1:])(images, 0.1)
    assert same_size < len(copies) < 2 * same_size
    own = gradient_of(ImageModel(keras_model), last, images.shape[1:])
    np.testing.assert_allclose(found, own(images, 0.1), rtol=1e-4, atol=1e-6)


def test_gradients_of_several_ends_are_added(copies):
    keras_model = residual()
    model, targets = traced(keras_model)
    images = tf.random.stateless_normal((3, *SIZE), (1, 2))

    def together(images):
        each = maps_of_each(model, targets, images)
        with gradients(images):
            return kept.gradient(each, images)

    @tf.function(autograph=False)
    def separate(images):
        each = [maps(ImageModel(keras_model), t, images) for t in targets]
        return tf.gradients(each, images)[0]

    expected = separate(images)
    for _ in range(2):
        found = tf.function(together, autograph=False)(images)
        np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-5)
    assert copies


@pytest.mark.parametrize("network", [residual, dense])
def test_pulled_images_are_the_same(network, monkeypatch, copies):
    size = (64, 64, 3)
    keras_model = network(size=size, taps=40)
    probe = np.random.default_rng(0).normal(size=(8, *size)).astype("float32")
    chosen = [neuron(0), neuron(3)]
    exemplars = {one: np.array([[1, 0], [2, 0]]) for one in chosen}
    found = []
    for copied in (True, False):
        if not copied:
            monkeypatch.setattr(
                kept, "cuts_between", lambda source, _: [source]
            )
        fitted = fit(keras_model, probe)
        targets = find_targets(fitted.model, size)
        last = targets["last"]
        assert trace_whole_inputs(fitted.model, [last], size) is not None
        for _ in range(2):
            maximizer = LayerMaximizer(fitted, last, chosen)
            images = maximizer.cold(8, exemplars=exemplars)
        assert maximizer.pulled
        found.append(images)
        assert copies
    np.testing.assert_allclose(*(one.images for one in found), atol=1e-4)
    np.testing.assert_allclose(*(one.scores for one in found), rtol=1e-3)


def test_pulled_gradients_are_built_once_however_paths_branch():
    """Layers of a dense network read the features of all layers before."""
    size = (64, 64, 3)
    paths = ["outer_1", "inner_3", "outer_3", "last"]
    model = ImageModel(dense(size, 40))
    targets = find_targets(model, size)
    chosen = [targets[path] for path in paths]
    assert trace_whole_inputs(model, chosen, size) is not None
    counts = {}

    @tf.function(autograph=False)
    def run(images, targets, pulls):
        with gradients(images):
            calls = model.traced.reached_together(
                paths, images, differentiable=True
            )
            ends = [tf.reduce_sum(one.args[0], (1, 2, 3)) for one in calls]
            if not pulls:
                return kept.gradient(ends, images)
            features = in_running_order([one.features for one in calls])
            assert len(features) > 3
            return pulled(ends, images, features, targets, views=1)

    for pulls in (False, True):
        spec = tf.TensorSpec
        traced = run.get_concrete_function(
            spec((None, *size)), spec((None, 3, None)), pulls
        )
        counts[pulls] = len(traced.graph.get_operations())
    assert counts[True] < 1.3 * counts[False]


def test_graphs_with_copied_gradients_are_released():
    model, targets = traced(residual())
    run = gradient_of(model, targets[-1])
    graph = weakref.ref(run.graph)
    assert graph() is not None
    del run
    gc.collect()
    assert graph() is None
