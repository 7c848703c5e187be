"""Networks that turn pictures into pictures."""

import keras
import numpy as np
import tensorflow as tf
from keras_examples.data import pictures, strokes
from keras_examples.harness import Example

layers, ops = keras.layers, keras.ops


def test_image_segmentation(right):
    """vision/oxford_pets_image_segmentation: a U-Net like Xception."""
    photos, _ = pictures(48, 24)
    masks = (photos.mean(axis=-1, keepdims=True) > 128).astype("uint8")

    def dataset(count):
        found = tf.data.Dataset.from_tensor_slices(
            (photos[:count].astype("float32"), masks[:count])
        )
        return found.batch(16)

    def build():
        inputs = keras.Input(shape=(24, 24, 3))
        x = layers.Conv2D(8, 3, strides=2, padding="same")(inputs)
        x = layers.BatchNormalization()(x)
        x = layers.Activation("relu")(x)
        previous = x
        x = layers.Activation("relu")(x)
        x = layers.SeparableConv2D(12, 3, padding="same")(x)
        x = layers.BatchNormalization()(x)
        x = layers.MaxPooling2D(3, strides=2, padding="same")(x)
        residual = layers.Conv2D(12, 1, strides=2, padding="same")(previous)
        x = previous = layers.add([x, residual])
        x = layers.Activation("relu")(x)
        x = layers.Conv2DTranspose(8, 3, padding="same")(x)
        x = layers.BatchNormalization()(x)
        x = layers.UpSampling2D(4)(x)
        residual = layers.UpSampling2D(4)(previous)
        residual = layers.Conv2D(8, 1, padding="same")(residual)
        x = layers.add([x, residual])
        outputs = layers.Conv2D(2, 3, activation="softmax", padding="same")(x)
        model = keras.Model(inputs, outputs)
        model.compile("rmsprop", "sparse_categorical_crossentropy")
        return model

    right(
        Example(
            build,
            lambda model, callbacks: model.fit(
                dataset(48),
                epochs=2,
                validation_data=dataset(16),
                callbacks=callbacks,
                verbose=0,
            ),
            photos[:32].astype("float32"),
            [
                "conv2d",
                "separable_conv2d",
                "conv2d_1",
                "conv2d_transpose",
                "conv2d_3",
            ],
            probe=lambda: dataset(32),
        )
    )


def test_autoencoder(right):
    """vision/autoencoder: digits with noise are cleaned."""
    clean = (strokes(64)[0] / 255).astype("float32")[..., None]
    noise = np.random.default_rng(3).normal(size=clean.shape)
    noisy = np.clip(clean + 0.4 * noise, 0, 1).astype("float32")

    def build():
        inputs = layers.Input(shape=(28, 28, 1))
        options = {"activation": "relu", "padding": "same"}
        x = layers.Conv2D(8, (3, 3), **options)(inputs)
        x = layers.MaxPooling2D((2, 2), padding="same")(x)
        x = layers.Conv2D(8, (3, 3), **options)(x)
        x = layers.MaxPooling2D((2, 2), padding="same")(x)
        x = layers.Conv2DTranspose(8, (3, 3), strides=2, **options)(x)
        x = layers.Conv2DTranspose(8, (3, 3), strides=2, **options)(x)
        options["activation"] = "sigmoid"
        outputs = layers.Conv2D(1, (3, 3), **options)(x)
        model = keras.Model(inputs, outputs)
        model.compile(optimizer="adam", loss="binary_crossentropy")
        return model

    right(
        Example(
            build,
            lambda model, callbacks: model.fit(
                x=noisy,
                y=clean,
                epochs=2,
                batch_size=32,
                validation_split=0.25,
                callbacks=callbacks,
                verbose=0,
            ),
            noisy[:32],
            [
                "conv2d",
                "conv2d_1",
                "conv2d_transpose",
                "conv2d_transpose_1",
                "conv2d_2",
            ],
        )
    )


class ZeroDCE(keras.Model):
    """Enhances dark pictures with curves, without any target."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        image = keras.Input(shape=[None, None, 3])
        options = {"activation": "relu", "padding": "same"}
        conv1 = layers.Conv2D(8, (3, 3), **options)(image)
        conv2 = layers.Conv2D(8, (3, 3), **options)(conv1)
        joined = layers.Concatenate(axis=-1)([conv1, conv2])
        curves = layers.Conv2D(12, (3, 3), activation="tanh", padding="same")(
            joined
        )
        self.dce_model = keras.Model(inputs=image, outputs=curves)

    def compile(self, learning_rate, **kwargs):
        super().compile(**kwargs)
        self.optimizer = keras.optimizers.Adam(learning_rate=learning_rate)
        self.loss_tracker = keras.metrics.Mean(name="total_loss")

    @property
    def metrics(self):
        return [self.loss_tracker]

    def get_enhanced_image(self, data, output):
        x = data
        for first in range(0, 12, 3):
            curve = output[:, :, :, first : first + 3]
            x = x + curve * (tf.square(x) - x)
        return x

    def call(self, data):
        return self.get_enhanced_image(data, self.dce_model(data))

    def losses_of(self, data):
        output = self.dce_model(data)
        enhanced = self.get_enhanced_image(data, output)
        exposure = tf.reduce_mean(tf.square(enhanced - 0.6))
        smooth = tf.reduce_mean(tf.square(output[:, 1:] - output[:, :-1]))
        return exposure + 20 * smooth

    def train_step(self, data):
        with tf.GradientTape() as tape:
            loss = self.losses_of(data)
        weights = self.dce_model.trainable_weights
        gradients = tape.gradient(loss, weights)
        self.optimizer.apply_gradients(zip(gradients, weights, strict=True))
        self.loss_tracker.update_state(loss)
        return {"total_loss": self.loss_tracker.result()}

    def test_step(self, data):
        self.loss_tracker.update_state(self.losses_of(data))
        return {"total_loss": self.loss_tracker.result()}


def test_low_light_enhancement(right):
    """vision/zero_dce: `call`, `train_step` and an inner model, not built."""
    dark = (pictures(48, 24)[0] / 255 * 0.3).astype("float32")

    def dataset():
        return tf.data.Dataset.from_tensor_slices(dark).batch(
            16, drop_remainder=True
        )

    def build():
        model = ZeroDCE()
        model.compile(learning_rate=1e-3)
        return model

    right(
        Example(
            build,
            lambda model, callbacks: model.fit(
                dataset(),
                validation_data=dataset(),
                epochs=2,
                callbacks=callbacks,
                verbose=0,
            ),
            dark[:32],
            [f"functional/conv2d{end}" for end in ("", "_1", "_2")],
        )
    )
