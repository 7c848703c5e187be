"""Time series and sound."""

import keras
import numpy as np
import tensorflow as tf
from keras_examples.data import signals
from keras_examples.harness import Example

layers, ops = keras.layers, keras.ops


def test_timeseries_classification(right):
    """timeseries/timeseries_classification_from_scratch."""
    series, kinds = signals(64, 96)

    def build():
        x = inputs = layers.Input((96, 1))
        for _ in range(3):
            x = layers.Conv1D(filters=8, kernel_size=3, padding="same")(x)
            x = layers.ReLU()(layers.BatchNormalization()(x))
        x = layers.GlobalAveragePooling1D()(x)
        model = keras.Model(inputs, layers.Dense(2, activation="softmax")(x))
        model.compile(
            optimizer="adam",
            loss="sparse_categorical_crossentropy",
            metrics=["sparse_categorical_accuracy"],
        )
        return model

    right(
        Example(
            build,
            lambda model, callbacks: model.fit(
                series,
                kinds,
                batch_size=16,
                epochs=2,
                callbacks=[
                    *callbacks,
                    keras.callbacks.ReduceLROnPlateau(
                        monitor="val_loss", factor=0.5, patience=1
                    ),
                ],
                validation_split=0.2,
                verbose=0,
            ),
            series[:32],
            ["conv1d", "conv1d_1", "conv1d_2"],
        )
    )


def test_timeseries_transformer(right):
    """timeseries/timeseries_classification_transformer.

    The convolutions of one step act behind attention: they see all of it.
    """
    series, kinds = signals(48, 40)

    def encoder(inputs):
        x = layers.MultiHeadAttention(key_dim=8, num_heads=2, dropout=0.25)(
            inputs, inputs
        )
        x = layers.Dropout(0.25)(x)
        res = layers.LayerNormalization(epsilon=1e-6)(x) + inputs
        x = layers.Conv1D(filters=4, kernel_size=1, activation="relu")(res)
        x = layers.Dropout(0.25)(x)
        x = layers.Conv1D(filters=inputs.shape[-1], kernel_size=1)(x)
        return layers.LayerNormalization(epsilon=1e-6)(x) + res

    def build():
        inputs = keras.Input(shape=(40, 1))
        x = encoder(inputs)
        x = layers.GlobalAveragePooling1D(data_format="channels_last")(x)
        x = layers.Dropout(0.4)(layers.Dense(16, activation="relu")(x))
        model = keras.Model(inputs, layers.Dense(2, activation="softmax")(x))
        model.compile(
            loss="sparse_categorical_crossentropy",
            optimizer=keras.optimizers.Adam(learning_rate=1e-4),
            metrics=["sparse_categorical_accuracy"],
        )
        return model

    right(
        Example(
            build,
            lambda model, callbacks: model.fit(
                series,
                kinds,
                validation_split=0.2,
                epochs=2,
                batch_size=16,
                callbacks=[
                    *callbacks,
                    keras.callbacks.EarlyStopping(
                        patience=10, restore_best_weights=True
                    ),
                ],
                verbose=0,
            ),
            series[:32],
            ["conv1d", "conv1d_1"],
        )
    )


def test_anomaly_detection(right):
    """timeseries/timeseries_anomaly_detection: strides there and back."""
    series, _ = signals(64, 96)
    series = ((series - series.mean()) / series.std()).astype("float32")

    def build():
        options = {"padding": "same", "strides": 2, "activation": "relu"}
        model = keras.Sequential(
            [
                layers.Input(shape=(96, 1)),
                layers.Conv1D(filters=8, kernel_size=7, **options),
                layers.Dropout(rate=0.2),
                layers.Conv1D(filters=8, kernel_size=7, **options),
                layers.Conv1DTranspose(filters=8, kernel_size=7, **options),
                layers.Dropout(rate=0.2),
                layers.Conv1DTranspose(filters=8, kernel_size=7, **options),
                layers.Conv1DTranspose(
                    filters=1, kernel_size=7, padding="same"
                ),
            ]
        )
        model.compile(optimizer=keras.optimizers.Adam(1e-3), loss="mse")
        return model

    right(
        Example(
            build,
            lambda model, callbacks: model.fit(
                series,
                series,
                epochs=2,
                batch_size=32,
                validation_split=0.1,
                callbacks=callbacks,
                verbose=0,
            ),
            series[:32],
            [
                "conv1d",
                "conv1d_1",
                "conv1d_transpose",
                "conv1d_transpose_1",
                "conv1d_transpose_2",
            ],
        )
    )


class TokenEmbedding(layers.Layer):
    """Letters and their places."""

    def __init__(self, num_vocab, maxlen, num_hid):
        super().__init__()
        self.emb = keras.layers.Embedding(num_vocab, num_hid)
        self.pos_emb = layers.Embedding(input_dim=maxlen, output_dim=num_hid)

    def call(self, x):
        positions = tf.range(start=0, limit=tf.shape(x)[-1], delta=1)
        return self.emb(x) + self.pos_emb(positions)


class SpeechFeatureEmbedding(layers.Layer):
    """Spectra, shortened by strides."""

    def __init__(self, num_hid):
        super().__init__()
        options = {"strides": 2, "padding": "same", "activation": "relu"}
        self.conv1 = keras.layers.Conv1D(num_hid, 11, **options)
        self.conv2 = keras.layers.Conv1D(num_hid, 11, **options)

    def call(self, x):
        return self.conv2(self.conv1(x))


class TransformerEncoder(layers.Layer):
    """Attention and two dense layers."""

    def __init__(self, embed_dim, num_heads, feed_forward_dim, rate=0.1):
        super().__init__()
        self.att = layers.MultiHeadAttention(num_heads, key_dim=embed_dim)
        self.ffn = keras.Sequential(
            [
                layers.Dense(feed_forward_dim, activation="relu"),
                layers.Dense(embed_dim),
            ]
        )
        self.layernorm1 = layers.LayerNormalization(epsilon=1e-6)
        self.layernorm2 = layers.LayerNormalization(epsilon=1e-6)
        self.dropout1 = layers.Dropout(rate)
        self.dropout2 = layers.Dropout(rate)

    def call(self, inputs, training=False):
        attended = self.dropout1(self.att(inputs, inputs), training=training)
        out1 = self.layernorm1(inputs + attended)
        output = self.dropout2(self.ffn(out1), training=training)
        return self.layernorm2(out1 + output)


class TransformerDecoder(layers.Layer):
    """A decoder of letters that attends to the encoded sound."""

    def __init__(self, embed_dim, num_heads, feed_forward_dim):
        super().__init__()
        self.layernorm1 = layers.LayerNormalization(epsilon=1e-6)
        self.enc_att = layers.MultiHeadAttention(num_heads, key_dim=embed_dim)
        self.ffn = layers.Dense(embed_dim)

    def call(self, enc_out, target):
        found = self.layernorm1(self.enc_att(target, enc_out) + target)
        return self.ffn(found) + found


class SpeechTransformer(keras.Model):
    """Takes sound and letters in a list, batches in a dictionary."""

    def __init__(self):
        super().__init__()
        self.loss_metric = keras.metrics.Mean(name="loss")
        self.enc_input = SpeechFeatureEmbedding(num_hid=8)
        self.dec_input = TokenEmbedding(num_vocab=6, maxlen=10, num_hid=8)
        self.encoder = keras.Sequential(
            [self.enc_input, TransformerEncoder(8, 2, 16)]
        )
        self.decoder = TransformerDecoder(8, 2, 16)
        self.classifier = layers.Dense(6)

    def call(self, inputs):
        source, target = inputs
        letters = self.dec_input(target)
        return self.classifier(self.decoder(self.encoder(source), letters))

    @property
    def metrics(self):
        return [self.loss_metric]

    def train_step(self, batch):
        source, target = batch["source"], batch["target"]
        with tf.GradientTape() as tape:
            preds = self([source, target[:, :-1]])
            one_hot = tf.one_hot(target[:, 1:], depth=6)
            loss = tf.reduce_mean(
                keras.losses.categorical_crossentropy(
                    one_hot, preds, from_logits=True
                )
            )
        weights = self.trainable_variables
        self.optimizer.apply_gradients(
            zip(tape.gradient(loss, weights), weights, strict=True)
        )
        self.loss_metric.update_state(loss)
        return {"loss": self.loss_metric.result()}


def test_speech_transformer(right):
    """audio/transformer_asr: a dictionary that `train_step` takes apart."""
    spectra = np.abs(signals(32, 64, 12)[0])
    letters = np.random.default_rng(0).integers(0, 6, (32, 9))

    def dataset():
        sound = tf.data.Dataset.from_tensor_slices(spectra)
        text = tf.data.Dataset.from_tensor_slices(letters)
        found = tf.data.Dataset.zip((sound, text))
        found = found.map(lambda x, y: {"source": x, "target": y})
        return found.batch(8).prefetch(tf.data.AUTOTUNE)

    def build():
        model = SpeechTransformer()
        model.compile(optimizer=keras.optimizers.Adam(1e-3))
        return model

    right(
        Example(
            build,
            lambda model, callbacks: model.fit(
                dataset(), epochs=2, callbacks=callbacks, verbose=0
            ),
            spectra,
            [
                r".*speech_feature_embedding/conv1d",
                r".*speech_feature_embedding/conv1d_1",
            ],
            probe=dataset,
            run=lambda model, x: model.enc_input(x, training=False),
        )
    )
