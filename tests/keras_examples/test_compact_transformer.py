"""The example of a compact convolutional transformer."""

import keras
from keras_examples.data import pictures
from keras_examples.harness import Example, classifier

layers, ops = keras.layers, keras.ops


class CCTTokenizer(layers.Layer):
    """Makes tokens with convolutions and pooling."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.conv_model = keras.Sequential()
        for channels in (8, 16):
            self.conv_model.add(
                layers.Conv2D(
                    channels,
                    3,
                    1,
                    padding="valid",
                    use_bias=False,
                    activation="relu",
                    kernel_initializer="he_normal",
                )
            )
            self.conv_model.add(layers.ZeroPadding2D(1))
            self.conv_model.add(layers.MaxPooling2D(3, 2, "same"))

    def call(self, images):
        outputs = self.conv_model(images)
        return ops.reshape(
            outputs,
            (
                -1,
                ops.shape(outputs)[1] * ops.shape(outputs)[2],
                ops.shape(outputs)[-1],
            ),
        )


class PositionEmbedding(layers.Layer):
    """Adds a weight for each place of a sequence."""

    def __init__(self, sequence_length, **kwargs):
        super().__init__(**kwargs)
        self.sequence_length = sequence_length

    def build(self, input_shape):
        self.position_embeddings = self.add_weight(
            name="embeddings",
            shape=[self.sequence_length, input_shape[-1]],
            initializer="glorot_uniform",
        )

    def call(self, inputs):
        return ops.broadcast_to(self.position_embeddings, ops.shape(inputs))


class StochasticDepth(layers.Layer):
    """Leaves out a branch by chance."""

    def __init__(self, drop_prop, **kwargs):
        super().__init__(**kwargs)
        self.drop_prob = drop_prop
        self.seed_generator = keras.random.SeedGenerator(1337)

    def call(self, x, training=None):
        if training:
            keep_prob = 1 - self.drop_prob
            shape = (ops.shape(x)[0],) + (1,) * (len(x.shape) - 1)
            tensor = keep_prob + keras.random.uniform(
                shape, 0, 1, seed=self.seed_generator
            )
            return (x / keep_prob) * ops.floor(tensor)
        return x


class SequencePooling(layers.Layer):
    """Weights tokens by attention."""

    def __init__(self):
        super().__init__()
        self.attention = layers.Dense(1)

    def call(self, x):
        weights = ops.softmax(self.attention(x), axis=1)
        weights = ops.transpose(weights, axes=(0, 2, 1))
        return ops.squeeze(ops.matmul(weights, x), -2)


def test_compact_convolutional_transformer(right):
    """vision/cct: convolutions as tokenizer, attention over their map."""
    photos, kinds = pictures(64, 16)

    def build():
        inputs = layers.Input((16, 16, 3))
        augmentation = keras.Sequential(
            [
                layers.Rescaling(scale=1.0 / 255),
                layers.RandomCrop(16, 16),
                layers.RandomFlip("horizontal"),
            ],
            name="data_augmentation",
        )
        tokens = CCTTokenizer()(augmentation(inputs))
        length, size = tokens.shape[1:]
        tokens += PositionEmbedding(sequence_length=length)(tokens)
        x1 = layers.LayerNormalization(epsilon=1e-5)(tokens)
        attended = layers.MultiHeadAttention(
            num_heads=2, key_dim=size, dropout=0.1
        )(x1, x1)
        x2 = layers.Add()([StochasticDepth(0.1)(attended), tokens])
        x3 = layers.LayerNormalization(epsilon=1e-5)(x2)
        for units in (2 * size, size):
            x3 = layers.Dense(units, activation=ops.gelu)(x3)
            x3 = layers.Dropout(0.1)(x3)
        tokens = layers.Add()([StochasticDepth(0.1)(x3), x2])
        pooled = SequencePooling()(layers.LayerNormalization()(tokens))
        logits = layers.Dense(4)(pooled)
        return classifier(keras.Model(inputs=inputs, outputs=logits))

    right(
        Example(
            build,
            lambda model, callbacks: model.fit(
                x=photos,
                y=kinds,
                batch_size=16,
                epochs=2,
                validation_split=0.25,
                callbacks=callbacks,
                verbose=0,
            ),
            photos[:32].astype("float32"),
            [f"cct_tokenizer/sequential/conv2d{end}" for end in ("", "_1")],
            probe=lambda: (photos[:32], kinds[:32]),
        )
    )
