"""Models that only have a `train_step`: adversarial networks."""

import keras
import numpy as np
import tensorflow as tf
from keras_examples.data import strokes
from keras_examples.harness import Example

layers, ops = keras.layers, keras.ops

# Sub-models that take no picture are left out, with one line.
_LEFT_OUT = r"^WARNING .*\b(generator|decoder)\b"


class WGAN(keras.Model):
    """A critic and a generator, with a penalty for the critic's gradient."""

    def __init__(self, discriminator, generator, latent_dim):
        super().__init__()
        self.discriminator = discriminator
        self.generator = generator
        self.latent_dim = latent_dim

    def compile(self, d_optimizer, g_optimizer):
        super().compile()
        self.d_optimizer = d_optimizer
        self.g_optimizer = g_optimizer

    def gradient_penalty(self, batch_size, real, fake):
        alpha = tf.random.uniform([batch_size, 1, 1, 1], 0.0, 1.0)
        interpolated = real + alpha * (fake - real)
        with tf.GradientTape() as tape:
            tape.watch(interpolated)
            score = self.discriminator(interpolated, training=True)
        gradients = tape.gradient(score, [interpolated])[0]
        norm = tf.sqrt(tf.reduce_sum(tf.square(gradients), axis=[1, 2, 3]))
        return tf.reduce_mean((norm - 1.0) ** 2)

    def train_step(self, real):
        batch_size = tf.shape(real)[0]
        latent = tf.random.normal(shape=(batch_size, self.latent_dim))
        with tf.GradientTape() as tape:
            fake = self.generator(latent, training=True)
            d_loss = tf.reduce_mean(self.discriminator(fake, training=True))
            d_loss -= tf.reduce_mean(self.discriminator(real, training=True))
            d_loss += 10 * self.gradient_penalty(batch_size, real, fake)
        weights = self.discriminator.trainable_variables
        self.d_optimizer.apply_gradients(
            zip(tape.gradient(d_loss, weights), weights, strict=True)
        )
        latent = tf.random.normal(shape=(batch_size, self.latent_dim))
        with tf.GradientTape() as tape:
            fake = self.generator(latent, training=True)
            g_loss = -tf.reduce_mean(self.discriminator(fake, training=True))
        weights = self.generator.trainable_variables
        self.g_optimizer.apply_gradients(
            zip(tape.gradient(g_loss, weights), weights, strict=True)
        )
        return {"d_loss": d_loss, "g_loss": g_loss}


def test_wgan_gp(right):
    """generative/wgan_gp: padded, strided convolutions in a critic."""
    images = (strokes(64, 20)[0].astype("float32") - 127.5) / 127.5
    images = images[..., None]

    def critic_block(x, filters, drop=False):
        x = layers.Conv2D(filters, (5, 5), strides=(2, 2), padding="same")(x)
        x = layers.LeakyReLU(0.2)(x)
        return layers.Dropout(0.3)(x) if drop else x

    def build():
        image = layers.Input(shape=(20, 20, 1))
        x = layers.ZeroPadding2D((2, 2))(image)
        x = critic_block(critic_block(x, 8), 8, drop=True)
        critic = keras.Model(
            image, layers.Dense(1)(layers.Flatten()(x)), name="discriminator"
        )
        noise = layers.Input(shape=(16,))
        x = layers.Dense(6 * 6 * 8, use_bias=False)(noise)
        x = layers.LeakyReLU(0.2)(layers.BatchNormalization()(x))
        x = layers.Reshape((6, 6, 8))(x)
        x = layers.UpSampling2D((4, 4))(x)
        x = layers.Conv2D(1, (3, 3), padding="same", use_bias=False)(x)
        x = layers.Activation("tanh")(layers.BatchNormalization()(x))
        generator = keras.Model(
            noise, layers.Cropping2D((2, 2))(x), name="generator"
        )
        wgan = WGAN(critic, generator, latent_dim=16)
        wgan.compile(
            d_optimizer=keras.optimizers.Adam(0.0002, beta_1=0.5, beta_2=0.9),
            g_optimizer=keras.optimizers.Adam(0.0002, beta_1=0.5, beta_2=0.9),
        )
        return wgan

    right(
        Example(
            build,
            lambda model, callbacks: model.fit(
                images, batch_size=32, epochs=2, callbacks=callbacks, verbose=0
            ),
            images[:32],
            ["discriminator/conv2d", "discriminator/conv2d_1"],
            run=lambda model, x: model.discriminator(x, training=False),
            allowed=[_LEFT_OUT],
        )
    )


class ConditionalGAN(keras.Model):
    """Pictures and classes, joined inside `train_step`."""

    def __init__(self, discriminator, generator, latent_dim):
        super().__init__()
        self.discriminator = discriminator
        self.generator = generator
        self.latent_dim = latent_dim
        self.seed_generator = keras.random.SeedGenerator(1337)
        self.d_loss_tracker = keras.metrics.Mean(name="d_loss")

    @property
    def metrics(self):
        return [self.d_loss_tracker]

    def compile(self, d_optimizer, g_optimizer, loss_fn):
        super().compile()
        self.d_optimizer = d_optimizer
        self.g_optimizer = g_optimizer
        self.loss_fn = loss_fn

    def train_step(self, data):
        real, one_hot = data
        count, classes = ops.shape(real)[0], one_hot.shape[-1]
        maps = ops.reshape(
            ops.repeat(one_hot, repeats=[16 * 16]), (-1, 16, 16, classes)
        )

        def latent():
            noise = keras.random.normal(
                (count, self.latent_dim), seed=self.seed_generator
            )
            return ops.concatenate([noise, one_hot], axis=1)

        fake = self.generator(latent())
        joined = ops.concatenate(
            [
                ops.concatenate([fake, maps], -1),
                ops.concatenate([real, maps], -1),
            ],
            axis=0,
        )
        labels = ops.concatenate(
            [ops.ones((count, 1)), ops.zeros((count, 1))], axis=0
        )
        with tf.GradientTape() as tape:
            d_loss = self.loss_fn(labels, self.discriminator(joined))
        weights = self.discriminator.trainable_weights
        self.d_optimizer.apply_gradients(
            zip(tape.gradient(d_loss, weights), weights, strict=True)
        )
        with tf.GradientTape() as tape:
            fake = self.generator(latent())
            judged = self.discriminator(ops.concatenate([fake, maps], -1))
            g_loss = self.loss_fn(ops.zeros((count, 1)), judged)
        weights = self.generator.trainable_weights
        self.g_optimizer.apply_gradients(
            zip(tape.gradient(g_loss, weights), weights, strict=True)
        )
        self.d_loss_tracker.update_state(d_loss)
        return {"d_loss": self.d_loss_tracker.result()}


def test_conditional_gan(right):
    """generative/conditional_gan: the critic sees classes as channels.

    The probe is what the discriminator takes, as its user has to give it:
    four channels, of which three are the class.
    """
    digits, kinds = strokes(64, 16)
    images = (digits / 255).astype("float32")[..., None]
    one_hot = np.eye(3, dtype="float32")[kinds]
    maps = np.broadcast_to(one_hot[:, None, None], (64, 16, 16, 3))
    joined = np.concatenate([images, maps], axis=-1)

    def dataset():
        found = tf.data.Dataset.from_tensor_slices((images, one_hot))
        return found.shuffle(buffer_size=64).batch(32)

    def build():
        discriminator = keras.Sequential(
            [
                keras.layers.InputLayer((16, 16, 4)),
                layers.Conv2D(8, (3, 3), strides=(2, 2), padding="same"),
                layers.LeakyReLU(negative_slope=0.2),
                layers.Conv2D(8, (3, 3), strides=(2, 2), padding="same"),
                layers.LeakyReLU(negative_slope=0.2),
                layers.GlobalMaxPooling2D(),
                layers.Dense(1),
            ],
            name="discriminator",
        )
        generator = keras.Sequential(
            [
                keras.layers.InputLayer((11,)),
                layers.Dense(4 * 4 * 8),
                layers.LeakyReLU(negative_slope=0.2),
                layers.Reshape((4, 4, 8)),
                layers.Conv2DTranspose(8, 4, strides=4, padding="same"),
                layers.LeakyReLU(negative_slope=0.2),
                layers.Conv2D(1, 7, padding="same", activation="sigmoid"),
            ],
            name="generator",
        )
        gan = ConditionalGAN(discriminator, generator, latent_dim=8)
        gan.compile(
            d_optimizer=keras.optimizers.Adam(learning_rate=0.0003),
            g_optimizer=keras.optimizers.Adam(learning_rate=0.0003),
            loss_fn=keras.losses.BinaryCrossentropy(from_logits=True),
        )
        return gan

    right(
        Example(
            build,
            lambda model, callbacks: model.fit(
                dataset(), epochs=2, callbacks=callbacks, verbose=0
            ),
            joined[:32],
            ["discriminator/conv2d", "discriminator/conv2d_1"],
            run=lambda model, x: model.discriminator(x, training=False),
            allowed=[_LEFT_OUT],
        )
    )
