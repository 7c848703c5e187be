"""Shared fixtures, and the order and markers of the tests."""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
# Off by default on some processors, which then run no channels-first model.
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")

import keras
import numpy as np
import pytest


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    """Marks the browser tests, and puts slow files first.

    A slow file that came last would keep one process busy while the others
    have nothing left to do.
    """
    for item in items:
        if "chromium" in item.fixturenames:
            item.add_marker("e2e")
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)


@pytest.fixture(scope="session")
def digits():
    """Returns drawings of lines and rings, (64, 28, 28, 1) in [0, 1]."""
    random = np.random.default_rng(0)
    rows, columns = np.mgrid[:28, :28]
    images = []
    for _ in range(64):
        angle = random.uniform(0, np.pi)
        offset = random.uniform(-5, 5)
        across = (columns - 14) * np.cos(angle) + (rows - 14) * np.sin(angle)
        radius = np.hypot(columns - 14, rows - 14)
        line = np.exp(-((across - offset) ** 2) / 3)
        ring = np.exp(-((radius - random.uniform(4, 9)) ** 2) / 3)
        images.append(line if random.random() < 0.5 else ring)
    return np.stack(images)[..., None].astype(np.float32)


@pytest.fixture(scope="session")
def network():
    """Returns a function that makes a network of two convolutions."""

    def make(dropout=0.5, seed=0):
        keras.utils.set_random_seed(seed)
        layers = keras.layers
        model = keras.Sequential(
            [
                keras.Input((28, 28, 1)),
                layers.RandomTranslation(0.1, 0.1),
                layers.Conv2D(
                    6, 5, padding="same", activation="relu", name="conv1"
                ),
                layers.MaxPooling2D(),
                layers.Conv2D(
                    8, 3, padding="same", use_bias=False, name="conv2"
                ),
                layers.BatchNormalization(),
                layers.ReLU(),
                layers.GlobalAveragePooling2D(),
                layers.Dropout(dropout),
                layers.Dense(3, name="classes"),
            ]
        )
        model.compile(
            "adam",
            keras.losses.SparseCategoricalCrossentropy(from_logits=True),
            metrics=["accuracy"],
        )
        return model

    return make
