"""Receptive fields, compared with gradients of networks of ones."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from tb_actmax.network import layers
from tb_actmax.network.shown_unit import shown_unit

L = keras.layers


def chain(*inner):
    return keras.Sequential(
        [keras.Input((40, 40, 1)), *inner, L.Conv2D(1, 3, name="t")]
    )


def patches(images):
    sizes, strides = (1, 5, 5, 1), (1, 3, 3, 1)
    return tf.image.extract_patches(images, sizes, strides, [1] * 4, "SAME")


MODELS = {
    "valid": chain(L.Conv2D(1, 5)),
    "same": chain(L.Conv2D(1, 5, padding="same")),
    "strided": chain(L.Conv2D(1, 3, strides=2, padding="same")),
    "dilated": chain(L.Conv2D(1, 3, dilation_rate=3)),
    "pooled": chain(L.Conv2D(1, 5, padding="same"), L.AveragePooling2D(2)),
    "padded": chain(L.ZeroPadding2D(2), L.Conv2D(1, 3, strides=2)),
    "depthwise": chain(L.DepthwiseConv2D(3), L.Conv2D(1, 1)),
    "patches": chain(L.Lambda(patches)),
    "blocks": chain(L.Lambda(lambda x: tf.nn.space_to_depth(x, 2))),
}


@pytest.mark.parametrize("name", MODELS)
def test_the_field_is_where_the_gradient_is(name):
    model = MODELS[name]
    for layer in model.layers:
        layer.set_weights([np.ones_like(w) for w in layer.get_weights()])
    field = layers.find_targets(model, (40, 40, 1))["t"].field
    image = tf.ones((1, 40, 40, 1))
    with tf.GradientTape() as tape:
        tape.watch(image)
        maps = model(image)
        row = maps.shape[1] // 2
        value = maps[0, row, row, 0]
    rows, columns = np.nonzero(tape.gradient(value, image).numpy()[0, ..., 0])
    first = (rows.min(), columns.min())
    end = (rows.max() + 1, columns.max() + 1)
    assert field.window(row, row) == (first, end)
    assert not field.whole


@pytest.mark.parametrize("padding", ["valid", "same", "causal"])
def test_signals_have_fields_of_one_row(padding):
    model = keras.Sequential(
        [
            keras.Input((60, 1)),
            L.Conv1D(1, 5, padding=padding),
            L.MaxPooling1D(2),
            L.Conv1D(1, 3, padding="same", name="t"),
        ]
    )
    field = layers.find_targets(model, (1, 60, 1))["t"].field
    assert field.size == (1, 5 + 1 + 2 * 2)
    assert field.stride == (1, 2)
    assert not field.whole


def test_the_field_of_a_dense_layer_is_the_whole_image():
    model = keras.Sequential(
        [
            keras.Input((12, 12, 1)),
            L.Conv2D(2, 3),
            L.Flatten(),
            L.Dense(3, name="d"),
        ]
    )
    assert layers.find_targets(model, (12, 12, 1))["d"].field.whole


def test_a_gate_does_not_widen_the_field():
    """Squeeze-and-excitation scales channels, whatever their positions."""
    image = keras.Input((20, 20, 3))
    maps = L.Conv2D(4, 3)(image)
    gate = L.Dense(4, activation="sigmoid")(
        L.GlobalAveragePooling2D(keepdims=True)(maps)
    )
    model = keras.Model(image, L.Conv2D(2, 3, name="t")(maps * gate))
    assert layers.find_targets(model, (20, 20, 3))["t"].field.size == (5, 5)


COVERED = {
    "transposed": [L.MaxPooling2D(), L.Conv2DTranspose(1, 3, strides=2)],
    "transposed, same": [
        L.Conv2D(1, 3, strides=2),
        L.Conv2DTranspose(1, 4, strides=2, padding="same"),
    ],
    "repeated": [L.AveragePooling2D(4), L.UpSampling2D(2)],
    "interpolated": [
        L.AveragePooling2D(2),
        L.UpSampling2D(2, interpolation="bilinear"),
    ],
    "shuffled": [
        L.Conv2D(4, 4, strides=4),
        L.Lambda(lambda x: tf.nn.depth_to_space(x, 2)),
    ],
    "grouped": [L.Conv2D(2, 3), L.Conv2D(4, 3, groups=2)],
}


@pytest.mark.parametrize("name", COVERED)
def test_the_field_after_upsampling_covers_the_gradient(name):
    model = chain(*COVERED[name])
    for layer in model.layers:
        layer.set_weights([np.ones_like(w) for w in layer.get_weights()])
    field = layers.find_targets(model, (40, 40, 1))["t"].field
    assert not field.whole
    image = tf.random.uniform((1, 40, 40, 1), seed=0)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(image)
        maps = model(image)
        units = [maps[0, 8 + i, 8 + i, 0] for i in range(4)]
    most = 0
    for i, value in enumerate(units):
        rows = np.nonzero(tape.gradient(value, image).numpy()[0, ..., 0])[0]
        (first, _), (end, _) = field.window(8 + i, 8 + i)
        assert first <= rows.min()
        assert rows.max() < end
        most = max(most, rows.max() + 1 - rows.min())
    assert field.size[0] <= most + 8  # and is not much larger


def test_statistics_of_groups_do_not_widen_the_field():
    model = keras.Sequential(
        [
            keras.Input((20, 20, 2)),
            L.Conv2D(4, 3),
            L.GroupNormalization(2),
            L.Conv2D(2, 3, name="t"),
        ]
    )
    assert layers.find_targets(model, (20, 20, 2))["t"].field.size == (5, 5)


class ClassToken(L.Layer):
    def call(self, tokens):
        first = tf.zeros_like(tokens[:, :1])
        return tf.concat([first, tokens], axis=1)


@pytest.mark.parametrize("skipped", [0, 1])
def test_the_centre_token_is_found_after_a_class_token(skipped):
    image = keras.Input((30, 30, 1))
    tokens = L.Reshape((25, 4))(L.Conv2D(4, 6, 6)(image))
    if skipped:
        tokens = ClassToken()(tokens)
    normal = L.LayerNormalization()(tokens)
    mixed = tokens + L.MultiHeadAttention(1, 4)(normal, normal)
    model = keras.Model(image, L.Dense(3, name="mlp")(mixed))
    target = layers.find_targets(model, (30, 30, 1))["mlp"]
    assert target.positions == (1, 25 + skipped)
    assert target.field.whole
    assert target.field.locates(target.positions)
    unit = shown_unit(target, (30, 30)).index
    assert unit == (0, 12 + skipped)
    assert target.field.window(*unit) == ((12, 12), (18, 18))


def preprocessings():
    ops = keras.ops
    return {
        "stacked": lambda x: ops.stack([x[..., i] for i in (2, 1, 0)], axis=-1),
        "reversed": lambda x: x[..., ::-1] - ops.array([103.9, 116.8, 123.7]),
        "flipped": lambda x: ops.flip(x, axis=-1),
        "chosen": lambda x: ops.take(x, [2, 0], axis=-1),
        "split": lambda x: ops.concatenate(ops.split(x, 3, axis=-1), axis=-1),
        "unstacked": lambda x: ops.stack(ops.unstack(x, axis=-1), axis=-1),
        "cut": lambda x: x[:, :, :, 1:],
    }


@pytest.mark.parametrize("name", preprocessings())
def test_choosing_channels_leaves_places_alone(name):
    image = keras.Input((20, 21, 3))
    chosen = preprocessings()[name](image)
    model = keras.Model(image, L.Conv2D(2, 3, name="t")(chosen))
    field = layers.find_targets(model, (20, 21, 3))["t"].field
    assert field.size == (3, 3) and not field.whole


def test_turning_rows_around_is_not_choosing_channels():
    image = keras.Input((20, 20, 3))
    model = keras.Model(image, L.Conv2D(2, 3, name="t")(image[:, ::-1]))
    assert layers.find_targets(model, (20, 20, 3))["t"].field.whole
