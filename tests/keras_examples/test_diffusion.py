"""Examples of generative/ with diffusion."""

import keras
import numpy as np
import tensorflow as tf
from keras_examples.data import pictures
from keras_examples.harness import Example

layers, ops = keras.layers, keras.ops


@keras.saving.register_keras_serializable("keras_examples")
def sinusoidal_embedding(x):
    """Places a noise variance on sines and cosines."""
    frequencies = np.exp(np.linspace(np.log(1.0), np.log(100.0), 4))
    speeds = ops.cast(2.0 * np.pi * frequencies, "float32")
    return ops.concatenate([ops.sin(speeds * x), ops.cos(speeds * x)], axis=3)


class DiffusionModel(keras.Model):
    """Learns to tell noise from picture; no `call`."""

    def __init__(self, network):
        super().__init__()
        self.normalizer = layers.Normalization()
        self.network = network
        self.ema_network = keras.models.clone_model(network)

    def compile(self, **kwargs):
        super().compile(**kwargs)
        self.noise_loss_tracker = keras.metrics.Mean(name="n_loss")

    @property
    def metrics(self):
        return [self.noise_loss_tracker]

    def train_step(self, images):
        images = self.normalizer(images, training=True)
        noises = keras.random.normal(shape=(16, 16, 16, 3))
        times = keras.random.uniform(shape=(16, 1, 1, 1))
        angles = ops.arccos(0.95) + times * (
            ops.arccos(0.02) - ops.arccos(0.95)
        )
        signal, noise = ops.cos(angles), ops.sin(angles)
        with tf.GradientTape() as tape:
            predicted = self.network(
                [signal * images + noise * noises, noise**2], training=True
            )
            loss = self.loss(noises, predicted)
        weights = self.network.trainable_weights
        self.optimizer.apply_gradients(
            zip(tape.gradient(loss, weights), weights, strict=True)
        )
        self.noise_loss_tracker.update_state(loss)
        for weight, ema in zip(
            self.network.weights, self.ema_network.weights, strict=True
        ):
            ema.assign(0.999 * ema + 0.001 * weight)
        return {"n_loss": self.noise_loss_tracker.result()}


def test_diffusion(right):
    """generative/ddim: a U-Net that is told the noise, and its average."""
    photos = (pictures(32, 16)[0] / 255).astype("float32")

    def dataset():
        found = tf.data.Dataset.from_tensor_slices(photos)
        return found.cache().shuffle(320).batch(16, drop_remainder=True)

    def residual(x, width):
        skip = layers.Conv2D(width, kernel_size=1)(x)
        x = layers.BatchNormalization(center=False, scale=False)(x)
        x = layers.Conv2D(width, 3, padding="same", activation="swish")(x)
        return layers.Add()([x, skip])

    def unet():
        noisy = keras.Input(shape=(16, 16, 3))
        variances = keras.Input(shape=(1, 1, 1))
        e = layers.Lambda(sinusoidal_embedding, output_shape=(1, 1, 8))(
            variances
        )
        e = layers.UpSampling2D(size=16, interpolation="nearest")(e)
        x = layers.Conv2D(8, kernel_size=1)(noisy)
        x = residual(layers.Concatenate()([x, e]), 8)
        x = layers.AveragePooling2D(pool_size=2)(x)
        x = layers.UpSampling2D(size=2, interpolation="bilinear")(x)
        x = layers.Conv2D(3, kernel_size=1, kernel_initializer="zeros")(x)
        return keras.Model([noisy, variances], x, name="residual_unet")

    def build():
        model = DiffusionModel(unet())
        model.compile(
            optimizer=keras.optimizers.AdamW(1e-3, weight_decay=1e-4),
            loss=keras.losses.mean_absolute_error,
        )
        model.normalizer.adapt(photos)
        return model

    right(
        Example(
            build,
            lambda model, callbacks: model.fit(
                dataset(), epochs=2, callbacks=callbacks, verbose=0
            ),
            photos,
            [
                "(residual_unet|network)/conv2d",
                "(residual_unet|network)/conv2d_2",
            ],
            # The other layers depend on the variance, which no probe tells.
            unscored=r".*conv2d_\d|.*(ema_network|residual_unet_\d).*",
            run=lambda model, x: model.network(
                [tf.convert_to_tensor(x), tf.zeros((len(x), 1, 1, 1))],
                training=False,
            ),
        )
    )
