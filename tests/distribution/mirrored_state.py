"""Trains on two devices a network whose layers assign variables when called.

    python tests/distribution/mirrored_state.py DIRECTORY

A program, because logical devices must be configured before TensorFlow is
used. Trains without the callback and with it, and fails if the variables
differ afterwards.
"""

import os
import sys

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import keras
import numpy as np
import tensorflow as tf

import tb_actmax

cpu = tf.config.list_physical_devices("CPU")[0]
halves = [tf.config.LogicalDeviceConfiguration()] * 2
tf.config.set_logical_device_configuration(cpu, halves)


class Restless(keras.layers.Layer):
    """Counts its calls and draws numbers, whatever `training` is."""

    def build(self, shape):
        self.seed = keras.random.SeedGenerator(5)
        self.calls = self.add_weight(
            shape=(), trainable=False, aggregation="mean"
        )

    def call(self, inputs):
        self.calls.assign(self.calls + 1.0)
        noise = keras.random.normal(keras.ops.shape(inputs), seed=self.seed)
        return inputs + 0.01 * noise + 0.001 * self.calls


def train(*callbacks):
    keras.utils.clear_session()
    keras.utils.set_random_seed(0)
    random = np.random.default_rng(0)
    images = random.uniform(size=(32, 12, 12, 1)).astype("float32")
    with tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"]).scope():
        layers = keras.layers
        model = keras.Sequential(
            [
                keras.Input((12, 12, 1)),
                Restless(),
                layers.Conv2D(3, 3, name="conv1"),
                layers.BatchNormalization(),
                layers.GlobalAveragePooling2D(),
                layers.Dense(3),
            ]
        )
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        model.compile("adam", loss)
    labels = np.arange(32) % 3
    model.fit(images, labels, epochs=2, verbose=0, callbacks=list(callbacks))
    variables = [*model.variables, *model.optimizer.variables]
    return [np.asarray(variable) for variable in variables], images


plain, probe = train()
own = tb_actmax.ActivationMaximization(
    sys.argv[1], filters=2, probe=probe, steps=4, warm_steps=2
)
watched, _ = train(own)
for one, other in zip(plain, watched, strict=True):
    assert np.array_equal(one, other), (one, other)
print("equal")
