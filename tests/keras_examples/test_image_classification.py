"""Networks that tell pictures apart, with and without convolutions."""

import keras
from keras_examples.data import pictures
from keras_examples.harness import Example, classifier

layers, ops = keras.layers, keras.ops


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
        return classifier(keras.Model(whole, outputs))

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
