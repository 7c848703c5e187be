"""The example of contrastive learning, SimCLR."""

import keras
import tensorflow as tf
from keras_examples.data import pictures
from keras_examples.harness import Example

layers, ops = keras.layers, keras.ops


def _photos(count, size=16, seed=0):
    photos, kinds = pictures(count, size, seed)
    return (photos / 255).astype("float32"), kinds


class RandomColorAffine(layers.Layer):
    """Changes brightness and colours, with Keras's random stream."""

    def __init__(self, brightness=0, jitter=0, **kwargs):
        super().__init__(**kwargs)
        self.seed_generator = keras.random.SeedGenerator(1337)
        self.brightness = brightness
        self.jitter = jitter

    def call(self, images, training=True):
        if not training:
            return images
        count = ops.shape(images)[0]
        scales = 1 + keras.random.uniform(
            (count, 1, 1, 1),
            -self.brightness,
            self.brightness,
            seed=self.seed_generator,
        )
        matrices = keras.random.uniform(
            (count, 1, 3, 3),
            -self.jitter,
            self.jitter,
            seed=self.seed_generator,
        )
        colours = ops.eye(3) * scales + matrices
        return ops.clip(ops.matmul(images, colours), 0, 1)


def _augmenter(min_area, brightness, jitter):
    factor = 1.0 - min_area**0.5
    return keras.Sequential(
        [
            layers.Rescaling(1 / 255),
            layers.RandomFlip("horizontal"),
            layers.RandomTranslation(factor / 2, factor / 2),
            layers.RandomZoom((-factor, 0.0), (-factor, 0.0)),
            RandomColorAffine(brightness, jitter),
        ]
    )


class ContrastiveModel(keras.Model):
    """An encoder, a head and a probe, trained on two data sets at once."""

    def __init__(self):
        super().__init__()
        self.contrastive_augmenter = _augmenter(0.25, 0.6, 0.2)
        self.classification_augmenter = _augmenter(0.75, 0.3, 0.1)
        self.encoder = keras.Sequential(
            [
                layers.Conv2D(8, 3, strides=2, activation="relu"),
                layers.Conv2D(8, 3, strides=2, activation="relu"),
                layers.Flatten(),
                layers.Dense(8, activation="relu"),
            ],
            name="encoder",
        )
        self.projection_head = keras.Sequential(
            [
                keras.Input(shape=(8,)),
                layers.Dense(8, activation="relu"),
                layers.Dense(8),
            ],
            name="projection_head",
        )
        self.linear_probe = keras.Sequential(
            [layers.Input(shape=(8,)), layers.Dense(4)], name="linear_probe"
        )

    def compile(self, contrastive_optimizer, probe_optimizer, **kwargs):
        super().compile(**kwargs)
        self.contrastive_optimizer = contrastive_optimizer
        self.probe_optimizer = probe_optimizer
        self.c_loss = keras.metrics.Mean(name="c_loss")
        self.p_loss = keras.metrics.Mean(name="p_loss")

    @property
    def metrics(self):
        return [self.c_loss, self.p_loss]

    def contrastive_loss(self, one, two):
        one, two = ops.normalize(one, axis=1), ops.normalize(two, axis=1)
        alike = ops.matmul(one, ops.transpose(two)) / 0.1
        labels = ops.arange(ops.shape(one)[0])
        return ops.mean(
            keras.losses.sparse_categorical_crossentropy(
                labels, alike, from_logits=True
            )
        )

    def train_step(self, data):
        (unlabeled, _), (labeled, labels) = data
        images = ops.concatenate((unlabeled, labeled), axis=0)
        views = [
            self.contrastive_augmenter(images, training=True) for _ in range(2)
        ]
        with tf.GradientTape() as tape:
            one, two = (
                self.projection_head(self.encoder(view, training=True))
                for view in views
            )
            loss = self.contrastive_loss(one, two)
        weights = (
            self.encoder.trainable_weights
            + self.projection_head.trainable_weights
        )
        self.contrastive_optimizer.apply_gradients(
            zip(tape.gradient(loss, weights), weights, strict=True)
        )
        self.c_loss.update_state(loss)
        views = self.classification_augmenter(labeled, training=True)
        with tf.GradientTape() as tape:
            logits = self.linear_probe(self.encoder(views, training=False))
            loss = ops.mean(
                keras.losses.sparse_categorical_crossentropy(
                    labels, logits, from_logits=True
                )
            )
        weights = self.linear_probe.trainable_weights
        self.probe_optimizer.apply_gradients(
            zip(tape.gradient(loss, weights), weights, strict=True)
        )
        self.p_loss.update_state(loss)
        return {m.name: m.result() for m in self.metrics}


def test_simclr(right):
    """vision/semisupervised_simclr: augmentation scales inside the step.

    The encoder takes values in [0, 1]; the data set holds bytes. The probe is
    what the encoder takes.
    """
    photos, kinds = pictures(64, 16)

    def dataset():
        halves = tuple(
            tf.data.Dataset.from_tensor_slices((photos[half], kinds[half]))
            .shuffle(buffer_size=64)
            .batch(16)
            for half in (slice(0, 32), slice(32, 64))
        )
        return tf.data.Dataset.zip(halves).prefetch(2)

    def build():
        model = ContrastiveModel()
        model.compile(
            contrastive_optimizer=keras.optimizers.Adam(),
            probe_optimizer=keras.optimizers.Adam(),
        )
        return model

    right(
        Example(
            build,
            lambda model, callbacks: model.fit(
                dataset(), epochs=2, callbacks=callbacks, verbose=0
            ),
            (photos[:32] / 255).astype("float32"),
            ["encoder/conv2d", "encoder/conv2d_1"],
            options={"layers": ["encoder/conv2d", "encoder/conv2d_1"]},
            run=lambda model, x: model.encoder(x, training=False),
            allowed=["^WARNING .*(projection_head|linear_probe)"],
        )
    )
