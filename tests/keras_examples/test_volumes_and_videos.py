"""Scans, clouds of points and videos."""

import keras
import numpy as np
import tensorflow as tf
from keras_examples.data import pictures, volumes
from keras_examples.harness import Example

layers, ops = keras.layers, keras.ops


def test_ct_scans(right):
    """vision/3D_image_classification: convolutions in three dimensions."""
    scans, kinds = volumes(32, 16, 10)
    labels = kinds.astype("float32")

    def dataset(first, last):
        return (
            tf.data.Dataset.from_tensor_slices(
                (scans[first:last, ..., 0], labels[first:last])
            )
            .shuffle(32)
            .map(lambda x, y: (tf.expand_dims(x, axis=3), y))
            .batch(8)
            .prefetch(2)
        )

    def build():
        inputs = keras.Input((16, 16, 10, 1))
        x = layers.Conv3D(8, kernel_size=3, activation="relu")(inputs)
        x = layers.MaxPool3D(pool_size=2)(x)
        x = layers.BatchNormalization()(x)
        x = layers.Conv3D(8, kernel_size=3, activation="relu")(x)
        x = layers.BatchNormalization()(x)
        x = layers.GlobalAveragePooling3D()(x)
        x = layers.Dense(units=16, activation="relu")(x)
        x = layers.Dropout(0.3)(x)
        outputs = layers.Dense(units=1, activation="sigmoid")(x)
        model = keras.Model(inputs, outputs, name="3dcnn")
        model.compile(
            loss="binary_crossentropy", optimizer="adam", metrics=["acc"]
        )
        return model

    right(
        Example(
            build,
            lambda model, callbacks: model.fit(
                dataset(0, 24),
                validation_data=dataset(24, 32),
                epochs=2,
                shuffle=True,
                callbacks=callbacks,
                verbose=0,
            ),
            scans[:16],
            ["conv3d", "conv3d_1"],
        )
    )


class OrthogonalRegularizer(keras.regularizers.Regularizer):
    """Keeps a transform of points near a rotation."""

    def __init__(self, num_features, l2reg=0.001):
        self.num_features = num_features
        self.l2reg = l2reg
        self.eye = ops.eye(num_features)

    def __call__(self, x):
        x = ops.reshape(x, (-1, self.num_features, self.num_features))
        squared = ops.tensordot(x, x, axes=(2, 2))
        squared = ops.reshape(
            squared, (-1, self.num_features, self.num_features)
        )
        return ops.sum(self.l2reg * ops.square(squared - self.eye))


def test_point_cloud(right):
    """vision/pointnet: convolutions of one point; their order says nothing."""
    random = np.random.default_rng(0)
    kinds = random.integers(0, 2, 48)
    points = random.normal(size=(48, 40, 3))
    points[kinds == 0] /= np.linalg.norm(
        points[kinds == 0], axis=-1, keepdims=True
    )
    points = np.clip(points, -2, 2).astype("float32")

    def dataset():
        found = tf.data.Dataset.from_tensor_slices((points, kinds))
        found = found.shuffle(48, seed=1).map(
            lambda x, y: (tf.random.shuffle(x, seed=2), y)
        )
        return found.batch(16)

    def conv_bn(x, filters):
        x = layers.Conv1D(filters, kernel_size=1, padding="valid")(x)
        x = layers.BatchNormalization(momentum=0.0)(x)
        return layers.Activation("relu")(x)

    def tnet(inputs, num_features):
        x = layers.GlobalMaxPooling1D()(conv_bn(inputs, 8))
        x = layers.Dense(
            num_features * num_features,
            kernel_initializer="zeros",
            bias_initializer=keras.initializers.Constant(
                np.eye(num_features).flatten()
            ),
            activity_regularizer=OrthogonalRegularizer(num_features),
        )(x)
        transform = layers.Reshape((num_features, num_features))(x)
        return layers.Dot(axes=(2, 1))([inputs, transform])

    def build():
        inputs = keras.Input(shape=(40, 3))
        x = conv_bn(tnet(inputs, 3), 8)
        x = layers.GlobalMaxPooling1D()(conv_bn(x, 16))
        x = layers.Dropout(0.3)(x)
        outputs = layers.Dense(2, activation="softmax")(x)
        model = keras.Model(inputs=inputs, outputs=outputs, name="pointnet")
        model.compile(
            loss="sparse_categorical_crossentropy",
            optimizer=keras.optimizers.Adam(learning_rate=0.001),
            metrics=["sparse_categorical_accuracy"],
        )
        return model

    right(
        Example(
            build,
            lambda model, callbacks: model.fit(
                dataset(), epochs=2, callbacks=callbacks, verbose=0
            ),
            points[:32],
            ["conv1d", "conv1d_1", "conv1d_2"],
        )
    )


def test_video_classification(right):
    """vision/video_classification: a network for frames in front of a GRU."""
    frames, _ = pictures(96, 16)
    videos = frames.reshape(24, 4, 16, 16, 3).astype("float32")
    labels = np.arange(24) % 2

    def build():
        frame = keras.Input((16, 16, 3))
        x = layers.Rescaling(1 / 127.5, offset=-1)(frame)
        x = layers.Conv2D(8, 3, strides=2, activation="relu")(x)
        x = layers.Conv2D(8, 3, activation="relu")(x)
        extractor = keras.Model(
            frame, layers.GlobalAveragePooling2D()(x), name="feature_extractor"
        )
        inputs = keras.Input((4, 16, 16, 3))
        x = layers.TimeDistributed(extractor)(inputs)
        x = layers.GRU(8, return_sequences=True)(x)
        x = layers.Dropout(0.4)(layers.GRU(8)(x))
        outputs = layers.Dense(2, activation="softmax")(x)
        model = keras.Model(inputs, outputs)
        model.compile(
            loss="sparse_categorical_crossentropy",
            optimizer="adam",
            metrics=["accuracy"],
        )
        return model

    right(
        Example(
            build,
            lambda model, callbacks: model.fit(
                videos,
                labels,
                validation_split=0.3,
                batch_size=8,
                epochs=2,
                callbacks=callbacks,
                verbose=0,
            ),
            videos.reshape(-1, 16, 16, 3),
            [
                "(.*/)?feature_extractor/conv2d",
                "(.*/)?feature_extractor/conv2d_1",
            ],
            probe=lambda: videos,
            run=lambda model, x: model.get_layer("time_distributed").layer(
                x, training=False
            ),
            # Any further layer sees whole videos.
            unscored="(?!.*feature_extractor/).*",
        )
    )
