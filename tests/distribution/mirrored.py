"""A training on two devices and one on one, with the same weights throughout.

    python tests/distribution/mirrored.py DIRECTORY

A program of its own: devices are made before TensorFlow is used. Writes the
logs `one` and `two`, and prints the devices that maximized.
"""

import os
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parents[1]))
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import contextlib

import keras
import numpy as np
import tensorflow as tf

import tb_actmax

cpu = tf.config.list_physical_devices("CPU")[0]
halves = [tf.config.LogicalDeviceConfiguration()] * 2
tf.config.set_logical_device_configuration(cpu, halves)
random = np.random.default_rng(0)
images = random.uniform(size=(32, 28, 28, 1)).astype("float32")
for name in ("one", "two"):
    scope = contextlib.nullcontext()
    if name == "two":
        scope = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"]).scope()
    with scope:
        keras.utils.set_random_seed(0)
        layers = keras.layers
        model = keras.Sequential(
            [
                keras.Input((28, 28, 1)),
                layers.Conv2D(6, 5, activation="relu", name="conv1"),
                layers.MaxPooling2D(),
                layers.Conv2D(8, 3, use_bias=False, name="conv2"),
                layers.BatchNormalization(momentum=1.0),
                layers.ReLU(),
                layers.GlobalAveragePooling2D(),
                layers.Dense(3),
            ]
        )
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        model.compile(keras.optimizers.SGD(0.0), loss)
    own = tb_actmax.ActivationMaximization(
        os.path.join(sys.argv[1], name),
        filters="all",
        probe=images,
        steps=8,
        warm_steps=4,
    )
    labels = np.arange(32) % 3
    model.fit(images, labels, epochs=2, verbose=0, callbacks=[own])
    for view in own._session._views.values():
        parts = getattr(view.maximizer, "_parts", [])
        print(name, view.target.path, [len(p.carried) for p in parts])
