"""Embeddings of pictures: batches that only `train_step` unpacks."""

import keras
import numpy as np
import tensorflow as tf
from keras_examples.data import pictures
from keras_examples.harness import Example

layers, ops = keras.layers, keras.ops


def _photos(count, size=16, seed=0):
    photos, kinds = pictures(count, size, seed)
    return (photos / 255).astype("float32"), kinds


class DistanceLayer(layers.Layer):
    """Squared distances of an anchor to two pictures."""

    def call(self, anchor, positive, negative):
        return (
            ops.sum(tf.square(anchor - positive), -1),
            ops.sum(tf.square(anchor - negative), -1),
        )


class SiameseModel(keras.Model):
    """Learns to embed similar pictures close together."""

    def __init__(self, siamese_network, margin=0.5):
        super().__init__()
        self.siamese_network = siamese_network
        self.margin = margin
        self.loss_tracker = keras.metrics.Mean(name="loss")

    def call(self, inputs):
        return self.siamese_network(inputs)

    def train_step(self, data):
        with tf.GradientTape() as tape:
            loss = self._compute_loss(data)
        weights = self.siamese_network.trainable_weights
        self.optimizer.apply_gradients(
            zip(tape.gradient(loss, weights), weights, strict=True)
        )
        self.loss_tracker.update_state(loss)
        return {"loss": self.loss_tracker.result()}

    def test_step(self, data):
        self.loss_tracker.update_state(self._compute_loss(data))
        return {"loss": self.loss_tracker.result()}

    def _compute_loss(self, data):
        near, far = self.siamese_network(data)
        return tf.maximum(near - far + self.margin, 0.0)

    @property
    def metrics(self):
        return [self.loss_tracker]


def test_siamese_network(right):
    """vision/siamese_network: a data set of triplets of pictures.

    The shared embedding is shown once: its second and third call see inputs
    that are held.
    """
    anchors, positives, negatives = (_photos(48, seed=s)[0] for s in range(3))

    def dataset(first, last):
        triplets = tuple(
            tf.data.Dataset.from_tensor_slices(images[first:last])
            for images in (anchors, positives, negatives)
        )
        found = tf.data.Dataset.zip(triplets).shuffle(buffer_size=64)
        return found.batch(16)

    def build():
        image = layers.Input((16, 16, 3))
        x = layers.Conv2D(8, 3, strides=2, activation="relu")(image)
        x = layers.Conv2D(8, 3, activation="relu")(x)
        x = layers.Dense(16, activation="relu")(layers.Flatten()(x))
        x = layers.BatchNormalization()(x)
        embedding = keras.Model(image, layers.Dense(8)(x), name="Embedding")
        inputs = [
            layers.Input(name=name, shape=(16, 16, 3))
            for name in ("anchor", "positive", "negative")
        ]
        distances = DistanceLayer()(*(embedding(x) for x in inputs))
        network = keras.Model(inputs=inputs, outputs=distances)
        model = SiameseModel(network)
        model.compile(optimizer=keras.optimizers.Adam(0.0001))
        return model

    right(
        Example(
            build,
            lambda model, callbacks: model.fit(
                dataset(0, 32),
                epochs=2,
                validation_data=dataset(32, 48),
                callbacks=callbacks,
                verbose=0,
            ),
            anchors[:32],
            [
                r"functional.*/Embedding/conv2d",
                r"functional.*/Embedding/conv2d_1",
            ],
            probe=lambda: dataset(0, 32),
            run=lambda model, x: model.siamese_network.get_layer("Embedding")(
                x, training=False
            ),
        )
    )


class AnchorPositivePairs(keras.utils.PyDataset):
    """Pairs of pictures of each kind, drawn with NumPy's global stream."""

    def __init__(self, num_batches):
        super().__init__()
        self.length = num_batches
        self.photos, kinds = _photos(64)
        self.by_kind = [np.flatnonzero(kinds == kind) for kind in range(4)]

    def __len__(self):
        return self.length

    def __getitem__(self, place):
        pairs = np.empty((2, 4, 16, 16, 3), dtype=np.float32)
        for kind, examples in enumerate(self.by_kind):
            anchor, positive = np.random.choice(examples, 2, replace=False)
            pairs[0, kind] = self.photos[anchor]
            pairs[1, kind] = self.photos[positive]
        return pairs


class EmbeddingModel(keras.Model):
    """A functional model with a `train_step` for pairs."""

    def train_step(self, data):
        # PyDataset's batches come without a tuple, or in one of length one.
        pairs = data[0] if isinstance(data, tuple) else data
        anchors, positives = pairs[0], pairs[1]
        with tf.GradientTape() as tape:
            one, two = self(anchors, training=True), self(positives)
            alike = ops.einsum("ae,pe->ap", one, two) / 0.2
            labels = keras.ops.arange(4)
            loss = self.compute_loss(y=labels, y_pred=alike)
        gradients = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply_gradients(
            zip(gradients, self.trainable_variables, strict=True)
        )
        for metric in self.metrics:
            if metric.name == "loss":
                metric.update_state(loss)
            else:
                metric.update_state(labels, alike)
        return {m.name: m.result() for m in self.metrics}


def test_metric_learning(right):
    """vision/metric_learning: open sizes, pairs from a PyDataset."""
    photos = _photos(64)[0]

    def build():
        inputs = layers.Input(shape=(None, None, 3))
        x = layers.Conv2D(8, 3, strides=2, activation="relu")(inputs)
        x = layers.Conv2D(8, 3, strides=2, activation="relu")(x)
        x = layers.GlobalAveragePooling2D()(x)
        x = layers.Dense(8, activation=None)(x)
        model = EmbeddingModel(inputs, layers.UnitNormalization()(x))
        model.compile(
            optimizer=keras.optimizers.Adam(learning_rate=1e-3),
            loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
            metrics=[keras.metrics.SparseCategoricalAccuracy()],
        )
        return model

    right(
        Example(
            build,
            lambda model, callbacks: model.fit(
                AnchorPositivePairs(4),
                epochs=2,
                callbacks=callbacks,
                verbose=0,
            ),
            photos[:32],
            ["conv2d", "conv2d_1"],
        )
    )
