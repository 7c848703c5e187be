"""Copies of the run in which layers were found, compared with Keras's runs."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from keras import layers

from tb_actmax.network.image_model import ImageModel
from tb_actmax.network.layers import find_targets
from tb_actmax.network.whole_inputs import trace_whole_inputs

SIZE = (16, 16, 3)


def model_of(*some):
    return keras.Sequential([keras.Input(SIZE), *some])


def residual():
    image = keras.Input(SIZE)
    x = layers.Conv2D(8, 3, 2, "same", activation="swish", name="first")(image)
    y = layers.BatchNormalization()(layers.DepthwiseConv2D(3, 1, "same")(x))
    gate = layers.Reshape((1, 1, 8))(layers.GlobalAveragePooling2D()(y))
    x = x + y * layers.Conv2D(8, 1, activation="sigmoid")(gate)
    x = layers.Flatten()(layers.MaxPooling2D()(x))
    return keras.Model(image, layers.Dense(4, "softmax", name="classes")(x))


def nested():
    inner = model_of(
        layers.Rescaling(2.0, -1.0),
        layers.Conv2D(4, 3, activation="relu", name="inner"),
        layers.BatchNormalization(),
    )
    return model_of(inner, layers.GlobalMaxPooling2D(), layers.Dense(3))


def attention():
    image = keras.Input(SIZE)
    x = layers.Conv2D(8, 4, 4, name="patches")(image)
    x = layers.LayerNormalization()(layers.Reshape((16, 8))(x))
    x = x + layers.MultiHeadAttention(2, 4)(x, x)
    x = layers.Dense(8, "gelu", name="hidden")(x)
    return keras.Model(image, layers.GlobalAveragePooling1D()(x))


def transposed():
    """The size of its output is a constant of the run."""
    return model_of(
        layers.Conv2D(4, 3, name="first"),
        layers.Conv2DTranspose(4, 3, 2, name="up"),
        layers.Conv2D(4, 3, name="last"),
    )


def grouped():
    """Its groups are folded into the axis of the inputs, and back."""
    return model_of(
        layers.Conv2D(8, 3, name="first"),
        layers.GroupNormalization(4),
        layers.Conv2D(4, 3, name="last"),
    )


class Counted(layers.Layer):
    """Scales its inputs by their number."""

    def call(self, inputs):
        rows = inputs.shape[0]
        return inputs * (1.0 if rows is None else float(rows))


def counted():
    return model_of(
        layers.Conv2D(4, 3, name="first"), Counted(), layers.Conv2D(4, 3)
    )


def runs(model):
    """Returns whether the run is copied, and maps with and without a copy."""
    keras.utils.set_random_seed(0)
    keras_model = model()
    for weight in keras_model.weights:
        weight.assign(np.random.default_rng(0).normal(size=weight.shape) ** 2)
    images = np.random.default_rng(1).uniform(size=(5, *SIZE))
    images, found, kept = images.astype("float32"), [], []
    for copies in (True, False):
        image_model = ImageModel(keras_model)
        targets = [
            target
            for target in find_targets(image_model, SIZE).values()
            if not isinstance(target.layer, keras.Model)
            and not getattr(target.layer, "_layers", None)
        ]
        inside = [one for one in targets if "/" in one.path] or targets
        if not copies:
            image_model.traced.found = None
        traced = trace_whole_inputs(image_model, inside, SIZE)
        found.append(traced(tf.constant(images)))
        kept.append([image_model.traced.kept(one.path) for one in inside])
    assert kept[0] == kept[1]
    return keras_model, found


def is_copied(model):
    """Returns whether the layers are traced without calling the model."""
    image_model = ImageModel(model)
    targets = find_targets(image_model, SIZE)
    run, reached = image_model.traced.found, []
    if run is None:
        return False

    @tf.function(autograph=False)
    def copy(images):
        reached.append(run.reached([*targets], images))
        return tf.zeros(())

    copy.get_concrete_function(tf.TensorSpec((None, *SIZE)))
    return reached[-1] is not None


@pytest.mark.parametrize("model", [residual, nested, attention, grouped])
def test_copies_compute_the_same_for_any_number_of_inputs(model):
    keras_model, (copied, own) = runs(model)
    assert is_copied(keras_model)
    for one, other in zip(copied, own, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("model", [transposed, counted])
def test_a_run_that_depends_on_the_number_of_inputs_is_not_copied(model):
    keras_model, (found, own) = runs(model)
    assert not is_copied(keras_model)
    for one, other in zip(found, own, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5, atol=1e-6)


def test_weights_are_read_at_each_call():
    keras_model = residual()
    image_model = ImageModel(keras_model)
    targets = [find_targets(image_model, SIZE)[n] for n in ("first", "classes")]
    traced = trace_whole_inputs(image_model, targets, SIZE)
    images = tf.random.stateless_uniform((3, *SIZE), (1, 2))
    before = traced(images)
    keras_model.set_weights([2 * one for one in keras_model.get_weights()])
    for one, other in zip(before, traced(images), strict=False):
        assert not np.allclose(one, other)


def test_a_model_of_whole_numbers_is_not_copied():
    """Its run converts images to integers, which have no gradient."""
    image = keras.Input(SIZE, dtype="uint8")
    maps = layers.Conv2D(4, 3, name="conv")(layers.Rescaling(1 / 255)(image))
    assert not is_copied(keras.Model(image, maps))
