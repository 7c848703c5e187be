"""The example of attention over bags of images."""

import keras
import numpy as np
from keras_examples.data import strokes
from keras_examples.harness import Example

layers, ops = keras.layers, keras.ops


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
