"""The example of a CycleGAN."""

import keras
import tensorflow as tf
from keras_examples.data import pictures
from keras_examples.harness import Example

layers, ops = keras.layers, keras.ops


class ReflectionPadding2D(layers.Layer):
    """Pads by mirroring at the edges."""

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
