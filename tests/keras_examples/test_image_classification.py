"""Networks that tell pictures apart, with and without convolutions."""

import keras
import numpy as np
from keras_examples.data import pictures, strokes
from keras_examples.harness import Example

layers, ops = keras.layers, keras.ops


def _classified(model, learning_rate=1e-3):
    model.compile(
        optimizer=keras.optimizers.AdamW(learning_rate=learning_rate),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
    )
    return model


class Patches(layers.Layer):
    """Cuts images into patches."""

    def __init__(self, patch_size, **kwargs):
        super().__init__(**kwargs)
        self.patch_size = patch_size

    def call(self, x):
        patches = ops.image.extract_patches(x, self.patch_size)
        count = ops.shape(patches)[1] * ops.shape(patches)[2]
        size = self.patch_size**2 * x.shape[-1]
        return ops.reshape(patches, (-1, count, size))


class MLPMixerLayer(layers.Layer):
    """Mixes first the patches, then the channels."""

    def __init__(self, num_patches, hidden_units, dropout_rate, **kwargs):
        super().__init__(**kwargs)
        self.mlp1 = keras.Sequential(
            [
                layers.Dense(units=num_patches, activation="gelu"),
                layers.Dense(units=num_patches),
                layers.Dropout(rate=dropout_rate),
            ]
        )
        self.mlp2 = keras.Sequential(
            [
                layers.Dense(units=hidden_units, activation="gelu"),
                layers.Dense(units=hidden_units),
                layers.Dropout(rate=dropout_rate),
            ]
        )
        self.normalize = layers.LayerNormalization(epsilon=1e-6)

    def build(self, input_shape):
        return super().build(input_shape)

    def call(self, inputs):
        x = self.normalize(inputs)
        channels = ops.transpose(x, axes=(0, 2, 1))
        mixed = ops.transpose(self.mlp1(channels), axes=(0, 2, 1))
        x = mixed + inputs
        return x + self.mlp2(self.normalize(x))


def test_mlp_mixer(right):
    """vision/mlp_image_classification: dense layers over patches alone."""
    photos, kinds = pictures(64, 16)

    def build():
        augmentation = keras.Sequential(
            [
                layers.Normalization(),
                layers.Resizing(16, 16),
                layers.RandomFlip("horizontal"),
                layers.RandomZoom(height_factor=0.2, width_factor=0.2),
            ],
            name="data_augmentation",
        )
        augmentation.layers[0].adapt(photos)
        inputs = layers.Input(shape=(16, 16, 3))
        patches = Patches(4)(augmentation(inputs))
        x = layers.Dense(units=12)(patches)
        x = keras.Sequential([MLPMixerLayer(16, 12, 0.2) for _ in range(1)])(x)
        representation = layers.GlobalAveragePooling1D()(x)
        representation = layers.Dropout(rate=0.2)(representation)
        logits = layers.Dense(4)(representation)
        return _classified(keras.Model(inputs=inputs, outputs=logits))

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
            # The embedding of patches, the hidden units of the channels' MLP,
            # which act at each patch, and the classes.
            [
                "dense",
                "sequential_2/mlp_mixer_layer/sequential_1/dense_3",
                "dense_5",
            ],
            probe=lambda: photos[:32],
        )
    )


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
        return _classified(keras.Model(inputs=inputs, outputs=logits))

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


def test_convmixer(right):
    """vision/convmixer: patches, depthwise and pointwise convolutions."""
    photos, kinds = pictures(64, 16)

    def block(x):
        return layers.BatchNormalization()(layers.Activation("gelu")(x))

    def build():
        inputs = keras.Input((16, 16, 3))
        x = layers.Rescaling(scale=1.0 / 255)(inputs)
        x = block(layers.Conv2D(16, kernel_size=2, strides=2)(x))
        x0 = x
        x = layers.DepthwiseConv2D(kernel_size=5, padding="same")(x)
        x = layers.Add()([block(x), x0])
        x = block(layers.Conv2D(16, kernel_size=1)(x))
        x = layers.GlobalAvgPool2D()(x)
        outputs = layers.Dense(4, activation="softmax")(x)
        model = keras.Model(inputs, outputs)
        model.compile(
            optimizer=keras.optimizers.AdamW(0.001, weight_decay=0.0001),
            loss="sparse_categorical_crossentropy",
            metrics=["accuracy"],
        )
        return model

    right(
        Example(
            build,
            lambda model, callbacks: model.fit(
                photos[:48],
                kinds[:48],
                validation_data=(photos[48:], kinds[48:]),
                batch_size=16,
                epochs=2,
                callbacks=callbacks,
                verbose=0,
            ),
            photos[:32].astype("float32"),
            ["conv2d", "depthwise_conv2d", "conv2d_1"],
            probe=lambda: photos[:32],
        )
    )


def test_learnable_resizer(right):
    """vision/learnable_resizer: convolutions in front of a resizing."""
    photos, kinds = pictures(48, 24)
    photos = photos.astype("float32")

    def conv_block(x, filters, kernel_size, activation=None):
        x = layers.Conv2D(
            filters, kernel_size, 1, padding="same", use_bias=False
        )(x)
        x = layers.BatchNormalization()(x)
        return activation(x) if activation is not None else x

    def build():
        inputs = layers.Input(shape=(24, 24, 3))
        scaled = layers.Rescaling(1 / 255)(inputs)
        naive = layers.Resizing(16, 16)(scaled)
        x = layers.Conv2D(8, kernel_size=7, strides=1, padding="same")(scaled)
        x = layers.LeakyReLU(0.2)(x)
        bottleneck = layers.Resizing(16, 16, interpolation="bilinear")(x)
        x = conv_block(bottleneck, 8, 3, layers.LeakyReLU(0.2))
        x = layers.Add()([bottleneck, x])
        x = layers.Conv2D(3, kernel_size=7, strides=1, padding="same")(x)
        resizer = keras.Model(
            inputs, layers.Add()([naive, x]), name="learnable_resizer"
        )
        backbone = keras.Sequential(
            [
                keras.Input((16, 16, 3)),
                layers.Conv2D(8, 3, padding="same", activation="relu"),
                layers.GlobalAveragePooling2D(),
            ],
            name="backbone",
        )
        whole = layers.Input((24, 24, 3))
        outputs = layers.Dense(4)(backbone(resizer(whole)))
        return _classified(keras.Model(whole, outputs))

    right(
        Example(
            build,
            lambda model, callbacks: model.fit(
                photos,
                kinds,
                batch_size=16,
                epochs=2,
                callbacks=callbacks,
                verbose=0,
            ),
            photos[:32],
            [
                "learnable_resizer/conv2d",
                "learnable_resizer/conv2d_1",
                "learnable_resizer/conv2d_2",
                "backbone/conv2d_3",
            ],
        )
    )


class MILAttentionLayer(layers.Layer):
    """Weights the instances of a bag by attention."""

    def __init__(self, weight_params_dim, use_gated=False, **kwargs):
        super().__init__(**kwargs)
        self.weight_params_dim = weight_params_dim
        self.use_gated = use_gated

    def build(self, input_shape):
        size = input_shape[0][1], self.weight_params_dim
        self.v_weight_params = self.add_weight(shape=size, name="v")
        self.w_weight_params = self.add_weight(shape=(size[1], 1), name="w")
        self.u_weight_params = self.add_weight(shape=size, name="u")

    def call(self, inputs):
        scores = [self.attention_scores(instance) for instance in inputs]
        stacked = ops.squeeze(ops.stack(scores), axis=-1)
        alpha = ops.transpose(ops.softmax(stacked, axis=0))
        return [alpha[:, i : i + 1] for i in range(len(inputs))]

    def attention_scores(self, instance):
        gate = ops.sigmoid(ops.dot(instance, self.u_weight_params))
        found = ops.tanh(ops.dot(instance, self.v_weight_params)) * gate
        return ops.dot(found, self.w_weight_params)


def test_attention_over_bags(right):
    """vision/attention_mil_classification: lists of pictures, no convolution.

    Each instance is an input of its own; `Flatten` makes a picture a vector,
    so there are only units that see all of one.
    """
    digits, kinds = strokes(96)
    bags = (digits / 255).astype("float32").reshape(32, 3, 28, 28)
    inputs = [bags[:, place] for place in range(3)]
    labels = (kinds.reshape(32, 3) == 1).any(axis=1).astype("int64")

    def build():
        instances, embeddings = [], []
        dense1 = layers.Dense(16, activation="relu")
        dense2 = layers.Dense(8, activation="relu")
        for _ in range(3):
            instance = layers.Input((28, 28))
            embeddings.append(dense2(dense1(layers.Flatten()(instance))))
            instances.append(instance)
        alpha = MILAttentionLayer(8, use_gated=True, name="alpha")(embeddings)
        weighted = [
            layers.multiply([a, e])
            for a, e in zip(alpha, embeddings, strict=True)
        ]
        joined = layers.concatenate(weighted, axis=1)
        outputs = layers.Dense(2, activation="softmax")(joined)
        model = keras.Model(instances, outputs)
        model.compile(
            optimizer="adam",
            loss="sparse_categorical_crossentropy",
            metrics=["accuracy"],
        )
        return model

    right(
        Example(
            build,
            lambda model, callbacks: model.fit(
                inputs,
                labels,
                epochs=2,
                batch_size=8,
                callbacks=callbacks,
                verbose=0,
            ),
            inputs[0],
            # The units of one instance, and the classes.
            [r"dense(_1)?(:\d)?", "dense_2"],
            probe=lambda: inputs,
            run=lambda model, x: model(
                [
                    x,
                    *(
                        np.repeat(held.mean(axis=0)[None], len(x), axis=0)
                        for held in inputs[1:]
                    ),
                ],
                training=False,
            ),
            # The classes see the other instances of their own bag, too.
            unscored="dense_2",
        )
    )
