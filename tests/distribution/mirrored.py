"""Trains on one device and on two, with equal weights throughout.

    python tests/distribution/mirrored.py DIRECTORY

A program, because logical devices must be configured before TensorFlow is
used. Writes the logs `one` and `two`, and `size one` and `size two` of a network that takes
inputs of one size only; prints how often each layer was traced.
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
from support.kinds_of_models import one_size

import tb_actmax

cpu = tf.config.list_physical_devices("CPU")[0]
halves = [tf.config.LogicalDeviceConfiguration()] * 2
tf.config.set_logical_device_configuration(cpu, halves)


def change(model):
    """Changes all weights a little; otherwise no image would be updated."""
    for weight in model.trainable_weights:
        weight.assign(1.01 * weight)


random = np.random.default_rng(0)
images = random.uniform(size=(32, 28, 28, 1)).astype("float32")


def scope_of(name):
    if name == "one":
        return contextlib.nullcontext()
    return tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"]).scope()


for name in ("one", "two"):
    with scope_of(name):
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
                layers.Dense(3, name="classes"),
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
    changing = keras.callbacks.LambdaCallback(
        on_epoch_begin=lambda epoch, logs, model=model: change(model)
    )
    model.fit(images, labels, epochs=2, verbose=0, callbacks=[changing, own])
    print(name, own.traces)
    # A part of an input is tried first, then whole inputs.
    with scope_of(name):
        keras.utils.set_random_seed(0)
        model = one_size()
    own = tb_actmax.ActivationMaximization(
        os.path.join(sys.argv[1], f"size {name}"),
        layers=["mlp"],
        probe=np.tile(images[:20, :24, :24], (1, 1, 1, 3)),
        steps=4,
        warm_steps=2,
    )
    own.set_model(model)
    own.on_train_begin()
    for epoch in range(2):
        own.on_epoch_begin(epoch)
        change(model)
        own.on_epoch_end(epoch)
    own.on_train_end()
