"""A small network and random data, for benchmarks of the training alone."""

import keras
import numpy as np


def data(count=256):
    """Returns random inputs (count, 28, 28, 1) in [0, 1], and classes."""
    inputs = np.random.default_rng(0).uniform(size=(count, 28, 28, 1))
    return inputs.astype("float32"), np.arange(count) % 3


def network(first=6, second=8):
    """Returns a network of two convolutions and three classes."""
    keras.utils.set_random_seed(0)
    layers = keras.layers
    model = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Conv2D(first, 5, activation="relu", name="conv1"),
            layers.MaxPooling2D(),
            layers.Conv2D(second, 3, activation="relu", name="conv2"),
            layers.GlobalAveragePooling2D(),
            layers.Dense(3),
        ]
    )
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile("adam", loss)
    return model
