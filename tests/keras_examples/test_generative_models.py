"""Models that only have a `train_step`: adversarial, diffusion, quantized."""

import keras
import numpy as np
import tensorflow as tf
from keras_examples.data import pictures, strokes
from keras_examples.harness import Example

layers, ops = keras.layers, keras.ops

# What takes no picture is left out, and said so in one line.
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


class ReflectionPadding2D(layers.Layer):
    """Pads with what lies inside the edge, mirrored."""

    def __init__(self, padding=(1, 1), **kwargs):
        super().__init__(**kwargs)
        self.padding = tuple(padding)

    def call(self, x):
        height, width = self.padding
        edges = [[0, 0], [height, height], [width, width], [0, 0]]
        return ops.pad(x, edges, mode="reflect")


class CycleGan(keras.Model):
    """Two generators and two discriminators, all of which take pictures."""

    def __init__(self, gen_g, gen_f, disc_x, disc_y):
        super().__init__()
        self.gen_g, self.gen_f = gen_g, gen_f
        self.disc_x, self.disc_y = disc_x, disc_y

    def call(self, inputs):
        return (
            self.disc_x(inputs),
            self.disc_y(inputs),
            self.gen_g(inputs),
            self.gen_f(inputs),
        )

    def compile(self, optimizers):
        super().compile()
        self.optimizers = optimizers

    def train_step(self, batch):
        real_x, real_y = batch
        parts = [self.gen_g, self.gen_f, self.disc_x, self.disc_y]
        with tf.GradientTape(persistent=True) as tape:
            fake_y, fake_x = self.gen_g(real_x), self.gen_f(real_y)
            cycled = self.gen_f(fake_y, training=True)
            judged_x = self.disc_x(fake_x, training=True)
            judged_y = self.disc_y(fake_y, training=True)
            cycle = ops.mean(ops.abs(real_x - cycled))
            loss_g = ops.mean((judged_y - 1) ** 2) + 10 * cycle
            loss_f = ops.mean((judged_x - 1) ** 2) + 10 * cycle
            loss_x = ops.mean((self.disc_x(real_x) - 1) ** 2 + judged_x**2)
            loss_y = ops.mean((self.disc_y(real_y) - 1) ** 2 + judged_y**2)
        losses = [loss_g, loss_f, loss_x, loss_y]
        for part, loss, optimizer in zip(
            parts, losses, self.optimizers, strict=True
        ):
            weights = part.trainable_variables
            gradients = tape.gradient(loss, weights)
            optimizer.apply_gradients(zip(gradients, weights, strict=True))
        return {"G_loss": loss_g, "D_X_loss": loss_x}


def test_cyclegan(right):
    """generative/cyclegan: reflected edges, group normalization."""
    horses = (pictures(32, 16, 1)[0] / 127.5 - 1).astype("float32")
    zebras = (pictures(32, 16, 2)[0] / 127.5 - 1).astype("float32")

    def dataset():
        return tf.data.Dataset.zip(
            tuple(
                tf.data.Dataset.from_tensor_slices(images).shuffle(32).batch(8)
                for images in (horses, zebras)
            )
        )

    def generator(name):
        image = layers.Input(shape=(16, 16, 3))
        x = ReflectionPadding2D(padding=(3, 3))(image)
        x = layers.Conv2D(8, (7, 7), use_bias=False)(x)
        x = layers.Activation("relu")(layers.GroupNormalization(groups=1)(x))
        x = layers.Conv2D(8, (3, 3), strides=2, padding="same")(x)
        x = layers.Activation("relu")(x)
        x = layers.Conv2DTranspose(8, (3, 3), strides=2, padding="same")(x)
        x = ReflectionPadding2D(padding=(3, 3))(layers.Activation("relu")(x))
        x = layers.Conv2D(3, (7, 7), padding="valid")(x)
        return keras.Model(image, layers.Activation("tanh")(x), name=name)

    def discriminator(name):
        image = layers.Input(shape=(16, 16, 3), name=f"{name}_image")
        x = layers.Conv2D(8, (4, 4), strides=(2, 2), padding="same")(image)
        x = layers.Conv2D(1, (4, 4), padding="same")(layers.LeakyReLU(0.2)(x))
        return keras.Model(inputs=image, outputs=x, name=name)

    def build():
        model = CycleGan(
            generator("generator_G"),
            generator("generator_F"),
            discriminator("discriminator_X"),
            discriminator("discriminator_Y"),
        )
        model.compile(
            [keras.optimizers.Adam(2e-4, beta_1=0.5) for _ in range(4)]
        )
        return model

    right(
        Example(
            build,
            lambda model, callbacks: model.fit(
                dataset(), epochs=2, callbacks=callbacks, verbose=0
            ),
            horses,
            [
                "generator_G/conv2d",
                "discriminator_X/conv2d_6",
                "discriminator_X/conv2d_7",
            ],
            # Of the four only two: one of each kind.
            options={
                "layers": [
                    "generator_G/conv2d",
                    "discriminator_X/conv2d_6",
                    "discriminator_X/conv2d_7",
                ]
            },
        )
    )


class VectorQuantizer(layers.Layer):
    """Replaces each vector by the nearest of a table."""

    def __init__(self, num_embeddings, embedding_dim, beta=0.25, **kwargs):
        super().__init__(**kwargs)
        self.num_embeddings = num_embeddings
        self.embedding_dim = embedding_dim
        self.beta = beta
        self.embeddings = self.add_weight(
            shape=(embedding_dim, num_embeddings),
            initializer="random_uniform",
            name="embeddings_vqvae",
        )

    def call(self, x):
        flat = ops.reshape(x, [-1, self.embedding_dim])
        distances = (
            ops.sum(flat**2, axis=1, keepdims=True)
            + ops.sum(self.embeddings**2, axis=0)
            - 2 * ops.matmul(flat, self.embeddings)
        )
        encodings = ops.one_hot(
            ops.argmin(distances, axis=1), self.num_embeddings
        )
        quantized = ops.matmul(encodings, ops.transpose(self.embeddings))
        quantized = ops.reshape(quantized, ops.shape(x))
        commitment = ops.mean((ops.stop_gradient(quantized) - x) ** 2)
        codebook = ops.mean((quantized - ops.stop_gradient(x)) ** 2)
        self.add_loss(self.beta * commitment + codebook)
        return x + ops.stop_gradient(quantized - x)


class VQVAETrainer(keras.Model):
    """Trains an encoder, a table and a decoder; no `call`."""

    def __init__(self, vqvae, **kwargs):
        super().__init__(**kwargs)
        self.vqvae = vqvae
        self.total_loss_tracker = keras.metrics.Mean(name="total_loss")

    @property
    def metrics(self):
        return [self.total_loss_tracker]

    def train_step(self, x):
        with tf.GradientTape() as tape:
            reconstructions = self.vqvae(x)
            loss = ops.mean((x - reconstructions) ** 2)
            total = loss + sum(self.vqvae.losses)
        weights = self.vqvae.trainable_variables
        self.optimizer.apply_gradients(
            zip(tape.gradient(total, weights), weights, strict=True)
        )
        self.total_loss_tracker.update_state(total)
        return {"loss": self.total_loss_tracker.result()}


def test_vq_vae(right):
    """generative/vq_vae: models inside models, a loss added in a layer."""
    images = (strokes(64)[0] / 255.0 - 0.5).astype("float32")[..., None]

    def build():
        inputs = keras.Input(shape=(28, 28, 1))
        options = {"activation": "relu", "strides": 2, "padding": "same"}
        x = layers.Conv2D(8, 3, **options)(inputs)
        x = layers.Conv2D(16, 3, **options)(x)
        encoder = keras.Model(
            inputs, layers.Conv2D(4, 1, padding="same")(x), name="encoder"
        )
        latents = keras.Input(shape=encoder.output.shape[1:])
        x = layers.Conv2DTranspose(8, 3, **options)(latents)
        x = layers.Conv2DTranspose(8, 3, **options)(x)
        decoder = keras.Model(
            latents,
            layers.Conv2DTranspose(1, 3, padding="same")(x),
            name="decoder",
        )
        image = keras.Input(shape=(28, 28, 1))
        quantizer = VectorQuantizer(16, 4, name="vector_quantizer")
        outputs = decoder(quantizer(encoder(image)))
        trainer = VQVAETrainer(keras.Model(image, outputs, name="vq_vae"))
        trainer.compile(optimizer=keras.optimizers.Adam())
        return trainer

    right(
        Example(
            build,
            lambda model, callbacks: model.fit(
                images, epochs=2, batch_size=32, callbacks=callbacks, verbose=0
            ),
            images[:32],
            [f"vq_vae/encoder/conv2d{end}" for end in ("", "_1", "_2")],
            options={
                "layers": [
                    f"vq_vae/encoder/conv2d{end}" for end in ("", "_1", "_2")
                ]
            },
            run=lambda model, x: model.vqvae(x, training=False),
        )
    )
