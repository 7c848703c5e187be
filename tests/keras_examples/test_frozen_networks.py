"""Frozen networks beside trained ones."""

import keras
import numpy as np
import tensorflow as tf
from keras_examples.data import pictures
from keras_examples.harness import Example

layers, ops = keras.layers, keras.ops


def _frozen(name, several=False):
    """Makes a small network in place of a pretrained one."""
    inputs = layers.Input((16, 16, 3))
    first = layers.Conv2D(
        6, 3, padding="same", activation="relu", name=f"{name}_conv1"
    )(inputs)
    maps = layers.MaxPooling2D()(first)
    maps = layers.Conv2D(
        6, 3, padding="same", activation="relu", name=f"{name}_conv2"
    )(maps)
    outputs = [first, maps] if several else maps
    network = keras.Model(inputs, outputs, name=name)
    network.trainable = False
    return network


def _statistics(maps):
    mean, variance = tf.nn.moments(maps, axes=[1, 2], keepdims=True)
    return mean, tf.sqrt(variance + 1e-5)


class StyleTransfer(keras.Model):
    """Only the decoder is trained."""

    def __init__(self, encoder, decoder, loss_net):
        super().__init__()
        self.encoder = encoder
        self.decoder = decoder
        self.loss_net = loss_net

    def compile(self, optimizer, loss_fn):
        super().compile()
        self.optimizer = optimizer
        self.loss_fn = loss_fn
        self.total_loss_tracker = keras.metrics.Mean(name="total_loss")

    @property
    def metrics(self):
        return [self.total_loss_tracker]

    def train_step(self, inputs):
        style, content = inputs
        with tf.GradientTape() as tape:
            mean, deviation = _statistics(self.encoder(style))
            own_mean, own_deviation = _statistics(self.encoder(content))
            scaled = (self.encoder(content) - own_mean) / own_deviation
            wanted = deviation * scaled + mean
            made = self.loss_net(self.decoder(wanted))
            loss = self.loss_fn(wanted, made[-1])
            for one, other in zip(self.loss_net(style), made, strict=True):
                pairs = zip(_statistics(one), _statistics(other), strict=True)
                loss += sum(self.loss_fn(a, b) for a, b in pairs)
        weights = self.decoder.trainable_variables
        self.optimizer.apply_gradients(
            zip(tape.gradient(loss, weights), weights, strict=True)
        )
        self.total_loss_tracker.update_state(loss)
        return {"total_loss": self.total_loss_tracker.result()}


def test_style_transfer(right):
    """generative/adain: a frozen encoder, and another inside the loss."""
    photos = (pictures(48, 16)[0] / 255).astype("float32")

    def build():
        decoder = keras.Sequential(
            [
                layers.InputLayer(shape=(None, None, 6)),
                layers.Conv2D(6, 3, padding="same", activation="relu"),
                layers.UpSampling2D(),
                layers.Conv2D(3, 3, padding="same", activation="sigmoid"),
            ],
            name="decoder",
        )
        model = StyleTransfer(
            _frozen("encoder"), decoder, _frozen("losses", several=True)
        )
        model.compile(
            optimizer=keras.optimizers.Adam(1e-3),
            loss_fn=keras.losses.MeanSquaredError(),
        )
        return model

    def fit(model, callbacks):
        data = tf.data.Dataset.from_tensor_slices((photos, photos[::-1]))
        return model.fit(
            data.batch(16), epochs=2, callbacks=callbacks, verbose=0
        )

    right(
        Example(
            build,
            fit,
            photos,
            [
                "encoder/encoder_conv1",
                "encoder/encoder_conv2",
                "losses/losses_conv1",
                "losses/losses_conv2",
            ],
            run_by_part={
                "encoder": lambda model, x: model.encoder(x),
                "losses": lambda model, x: model.loss_net(x),
            },
        )
    )


class DualEncoder(keras.Model):
    """Two towers; a batch is a dictionary of pictures and captions."""

    def __init__(self, text_encoder, image_encoder):
        super().__init__()
        self.text_encoder = text_encoder
        self.image_encoder = image_encoder
        self.loss_tracker = keras.metrics.Mean(name="loss")

    @property
    def metrics(self):
        return [self.loss_tracker]

    def call(self, features, training=False):
        return (
            self.text_encoder(features["caption"], training=training),
            self.image_encoder(features["image"], training=training),
        )

    def train_step(self, features):
        with tf.GradientTape() as tape:
            captions, images = self(features, training=True)
            alike = tf.matmul(captions, images, transpose_b=True) / 0.05
            labels = ops.arange(ops.shape(alike)[0])
            loss = ops.mean(
                keras.losses.sparse_categorical_crossentropy(
                    labels, alike, from_logits=True
                )
            )
        weights = self.trainable_variables
        self.optimizer.apply_gradients(
            zip(tape.gradient(loss, weights), weights, strict=True)
        )
        self.loss_tracker.update_state(loss)
        return {"loss": self.loss_tracker.result()}


def test_image_search(right):
    """nlp/nl_image_search: pictures beside text, on top of a frozen network."""
    photos, kinds = pictures(48, 16)
    photos = (photos / 255).astype("float32")
    words = np.array(["a disc", "the dark square", "stripes", "one cross"])
    captions = words[kinds]

    def build():
        vectorize = layers.TextVectorization(output_sequence_length=4)
        vectorize.adapt(words)
        text = layers.Input((1,), dtype="string", name="text_input")
        x = layers.Embedding(12, 6)(vectorize(text))
        x = layers.Dense(6)(layers.GlobalAveragePooling1D()(x))
        text_encoder = keras.Model(text, x, name="text_encoder")
        image = layers.Input((16, 16, 3), name="image_input")
        x = layers.GlobalAveragePooling2D()(_frozen("base")(image))
        image_encoder = keras.Model(
            image, layers.Dense(6)(x), name="vision_encoder"
        )
        model = DualEncoder(text_encoder, image_encoder)
        model.compile(optimizer=keras.optimizers.AdamW(1e-3))
        return model

    def dataset():
        features = {"caption": captions[:, None], "image": photos}
        return tf.data.Dataset.from_tensor_slices(features).batch(16)

    right(
        Example(
            build,
            lambda model, callbacks: model.fit(
                dataset(), epochs=2, callbacks=callbacks, verbose=0
            ),
            photos,
            [
                "vision_encoder/base/base_conv1",
                "vision_encoder/base/base_conv2",
            ],
            probe=dataset,
            run=lambda model, x: model.image_encoder(x, training=False),
        )
    )
