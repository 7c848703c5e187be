"""The example of a vector-quantized autoencoder."""

import keras
import tensorflow as tf
from keras_examples.data import strokes
from keras_examples.harness import Example

layers, ops = keras.layers, keras.ops


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
