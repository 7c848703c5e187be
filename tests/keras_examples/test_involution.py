"""The example of an involution, whose layers are created when built."""

import keras
from keras_examples.data import pictures
from keras_examples.harness import Example, classifier

layers, ops = keras.layers, keras.ops


class Involution(layers.Layer):
    """Computes a kernel for each position from the values there."""

    def __init__(self, channel, group_number, kernel_size, ratio, **kwargs):
        super().__init__(**kwargs)
        self.channel = channel
        self.group_number = group_number
        self.kernel_size = kernel_size
        self.ratio = ratio

    def build(self, input_shape):
        _, height, width, channels = input_shape
        taps = self.kernel_size**2
        self.kernel_gen = keras.Sequential(
            [
                layers.Conv2D(self.channel // self.ratio, 1),
                layers.BatchNormalization(),
                layers.ReLU(),
                layers.Conv2D(taps * self.group_number, 1),
            ]
        )
        self.kernel_reshape = layers.Reshape(
            (height, width, taps, 1, self.group_number)
        )
        self.input_reshape = layers.Reshape(
            (height, width, taps, channels // self.group_number, -1)
        )
        self.output_reshape = layers.Reshape((height, width, channels))

    def call(self, x):
        kernel = self.kernel_reshape(self.kernel_gen(x))
        patches = ops.image.extract_patches(
            x, self.kernel_size, strides=1, padding="same"
        )
        patches = self.input_reshape(patches)
        output = ops.sum(ops.multiply(kernel, patches), axis=3)
        return self.output_reshape(output)


def test_involution(right):
    """vision/involution: layers that are made when they are built."""
    photos, kinds = pictures(64, 16)
    photos = (photos / 255).astype("float32")

    def build():
        inputs = keras.Input(shape=(16, 16, 3))
        x = Involution(3, 1, 3, 1, name="inv_1")(inputs)
        x = layers.MaxPooling2D((2, 2))(layers.ReLU()(x))
        x = Involution(3, 1, 3, 1, name="inv_2")(x)
        x = layers.Flatten()(layers.ReLU()(x))
        x = layers.Dense(16, activation="relu")(x)
        return classifier(keras.Model(inputs, layers.Dense(4)(x)))

    right(
        Example(
            build,
            lambda model, callbacks: model.fit(
                photos[:48],
                kinds[:48],
                validation_data=(photos[48:], kinds[48:]),
                batch_size=16,
                epochs=2,
                callbacks=callbacks,
                verbose=0,
            ),
            photos[:32],
            [
                r"inv_1/sequential.*/conv2d.*",
                r"inv_2/sequential.*/conv2d.*",
            ],
        )
    )
