"""Small models of many kinds."""

import keras
import numpy as np

layers = keras.layers
random = np.random.default_rng(0)


def images(size=24, channels=3):
    return random.uniform(size=(20, size, size, channels)).astype("float32")


def two_inputs():
    image = keras.Input((24, 24, 3), name="image")
    meta = keras.Input((5,), name="meta")
    gate = layers.Reshape((1, 1, 4))(layers.Dense(4)(meta))
    x = layers.Conv2D(4, 3, activation="relu", name="first")(image)
    x = layers.Conv2D(3, 3, name="second")(x * gate)
    return keras.Model([image, meta], [x, gate])


def channels_first():
    order = {"data_format": "channels_first"}
    return keras.Sequential(
        [
            keras.Input((3, 24, 24)),
            layers.Conv2D(4, 3, activation="relu", name="first", **order),
            layers.MaxPooling2D(**order),
            layers.Conv2D(4, 3, name="second", **order),
        ]
    )


def open_size():
    return keras.Sequential(
        [
            keras.Input((None, None, 3)),
            layers.Conv2D(4, 3, activation="relu", name="first"),
            layers.Conv2D(4, 3, name="second"),
        ]
    )


def five_channels():
    return keras.Sequential(
        [
            keras.Input((24, 24, 5)),
            layers.Conv2D(4, 3, activation="relu", name="first"),
            layers.Conv2D(4, 3, name="second"),
        ]
    )


def mixed(policy):
    keras.config.set_dtype_policy(policy)
    try:
        return keras.Sequential(
            [
                keras.Input((24, 24, 3)),
                layers.Rescaling(1 / 255.0),
                layers.Conv2D(4, 3, activation="relu", name="first"),
                layers.BatchNormalization(),
                layers.DepthwiseConv2D(3, name="second"),
            ]
        )
    finally:
        keras.config.set_dtype_policy("float32")


def augmented():
    """Returns a model with augmentation and an adapted normalization."""
    normalization = layers.Normalization()
    normalization.adapt(255 * images())
    return keras.Sequential(
        [
            keras.Input((24, 24, 3)),
            layers.RandomFlip(),
            layers.RandomRotation(0.1),
            layers.RandomContrast(0.2),
            normalization,
            layers.GaussianNoise(0.9),
            layers.Conv2D(4, 3, activation="relu", name="first"),
            layers.Dropout(0.5),
            layers.Conv2D(4, 3, name="second"),
        ]
    )


def all_convolutions():
    same = {"padding": "same"}
    x = image = keras.Input((24, 24, 3))
    x = layers.SeparableConv2D(8, 3, name="separable", **same)(x)
    x = layers.Activation("gelu")(x)
    x = layers.Conv2D(8, 3, dilation_rate=2, name="dilated", **same)(x)
    x = layers.Conv2DTranspose(6, 3, strides=2, name="transposed", **same)(x)
    x = layers.DepthwiseConv2D(3, depth_multiplier=2, name="depthwise")(x)
    x = layers.Conv2D(12, 3, groups=3, name="grouped", **same)(x)
    x = layers.LayerNormalization()(x)
    gate = layers.GlobalAveragePooling2D()(x)
    gate = layers.Dense(12, activation="sigmoid", name="gate")(gate)
    x = layers.Conv2D(4, 1, name="head")(x * layers.Reshape((1, 1, 12))(gate))
    return keras.Model(image, x)


def one_size():
    """Returns a model with position embeddings, which fix the input size."""
    image = keras.Input((24, 24, 3))
    tokens = layers.Reshape((16, 4))(layers.Conv2D(4, 6, 6)(image))
    positions = layers.Embedding(16, 4)(np.arange(16))
    return keras.Model(image, layers.Dense(3, name="mlp")(tokens + positions))


def convnext():
    """Returns a block of ConvNeXt after its patch embedding."""
    image = keras.Input((24, 24, 3))
    x = layers.Conv2D(8, 4, 4, name="patches")(image)
    y = layers.DepthwiseConv2D(7, padding="same", name="depthwise")(x)
    y = layers.LayerNormalization(name="norm")(y)
    y = layers.Dense(32, activation="gelu", name="expand")(y)
    return keras.Model(image, x + layers.Dense(8, name="project")(y))


def transformer():
    x = image = keras.Input((24, 24, 3))
    x = layers.Reshape((16, 16))(layers.Conv2D(16, 6, 6, name="embed")(x))
    y = layers.LayerNormalization()(x)
    x = x + layers.MultiHeadAttention(2, 8, name="attention")(y, y)
    x = layers.Dense(32, activation="gelu", name="mlp")(x)
    x = layers.GlobalAveragePooling1D()(x)
    return keras.Model(image, layers.Dense(3, "softmax", name="classes")(x))


class Subclassed(keras.Model):
    def __init__(self):
        super().__init__()
        self.first = layers.Conv2D(4, 3, activation="relu", name="first")
        self.second = layers.Conv2D(4, 3, name="second")

    def call(self, inputs):
        return self.second(self.first(inputs))


def subclassed():
    model = Subclassed()
    model(images())
    return model


class Block(layers.Layer):
    """A layer that holds its layers in a list and a dictionary."""

    def __init__(self, **options):
        super().__init__(**options)
        self.convolutions = [
            layers.Conv2D(4, 3, padding="same", name=f"conv{i}")
            for i in range(2)
        ]
        self.rest = {"norm": layers.LayerNormalization(name="norm")}

    def call(self, inputs):
        for convolution in self.convolutions:
            inputs = keras.ops.relu(convolution(inputs))
        return self.rest["norm"](inputs)


def transfer():
    """Returns a frozen network in nested models, with a shared encoder."""
    block = keras.Sequential(
        [keras.Input((None, None, 3)), Block(name="block")], name="encoder"
    )
    image = keras.Input((None, None, 3))
    small = layers.AveragePooling2D(2)(image)
    parts = [layers.GlobalMaxPooling2D()(block(x)) for x in (image, small)]
    base = keras.Model(image, layers.Concatenate()(parts), name="base")
    base.trainable = False
    return keras.Sequential(
        [
            keras.Input((24, 24, 3)),
            layers.RandomFlip(),
            layers.Rescaling(1 / 255.0),
            keras.Sequential([base], name="backbone"),
            layers.Dense(3, activation="softmax", name="classes"),
        ]
    )
