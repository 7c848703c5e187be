"""One of two processes that train together, and what each of them sees.

    TF_CONFIG=... python tests/distribution/workers.py DIRECTORY

A program of its own: TensorFlow reads its cluster when it starts. Without
TF_CONFIG it trains alone, which is what the two have to agree with. Prints
what the tests look for.
"""

import json
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

directory = sys.argv[1]
alone = {"task": {"index": -1}}
config = json.loads(os.environ.get("TF_CONFIG", json.dumps(alone)))
rank = config["task"]["index"]
strategy = tf.distribute.MultiWorkerMirroredStrategy() if rank >= 0 else None
random = np.random.default_rng(0)
images = random.uniform(size=(32, 28, 28, 1)).astype("float32")
labels = np.arange(32) % 3
loss = keras.losses.SparseCategoricalCrossentropy(
    from_logits=True, reduction="sum"
)


class Fitted(keras.Sequential):
    """Under several workers, what `fit` of Keras 3.15 needs to run."""

    def _maybe_symbolic_build(self, iterator=None, data_batch=None):
        """It would average a tuple, which TensorFlow refuses."""

    def train_step(self, data):
        logs = super().train_step(data)
        return {name: value[None] for name, value in logs.items()}


def network(rate=0.0):
    layers = keras.layers
    with strategy.scope() if strategy else contextlib.nullcontext():
        keras.utils.set_random_seed(0)
        model = Fitted(
            [
                keras.Input((28, 28, 1)),
                layers.Conv2D(6, 5, activation="relu", name="conv1"),
                layers.MaxPooling2D(),
                layers.Conv2D(7, 3, use_bias=False, name="conv2"),
                layers.BatchNormalization(momentum=1.0, name="norm"),
                layers.ReLU(),
                layers.GlobalAveragePooling2D(),
                layers.Dense(3),
            ]
        )
        model.compile(keras.optimizers.SGD(rate), loss)
        model.optimizer.build(model.trainable_variables)
    if rank == 1:  # moving statistics are each worker's own
        model.get_layer("norm").moving_mean.assign(np.full(7, 3.0))
    return model


def callback(name, **more):
    options = {"filters": "all", "probe": images, "steps": 8, "warm_steps": 4}
    return tb_actmax.ActivationMaximization(
        os.path.join(directory, name), **(options | more)
    )


def train_by_hand(model, own, epochs=2):
    """A training loop, with the callbacks called as `fit` calls them."""
    data = tf.data.Dataset.from_tensor_slices((images, labels)).batch(16)
    data = strategy.experimental_distribute_dataset(data)

    def step(inputs, wanted):
        with tf.GradientTape() as tape:
            value = loss(wanted, model(inputs, training=True)) / 16
        gradients = tape.gradient(value, model.trainable_variables)
        model.optimizer.apply_gradients(
            zip(gradients, model.trainable_variables, strict=True)
        )

    train = tf.function(lambda *batch: strategy.run(step, batch))
    callbacks = keras.callbacks.CallbackList([own], model=model, verbose=0)
    callbacks.on_train_begin()
    for epoch in range(epochs):
        callbacks.on_epoch_begin(epoch)
        for batch in data:
            train(*batch)
        callbacks.on_epoch_end(epoch)
    callbacks.on_train_end()


def refused(what, **arguments):
    own = callback(what, **arguments)
    own.set_model(network())
    try:
        own.on_train_begin()
    except ValueError as error:
        print(f"{what}: {error}")


if strategy is None:
    network().fit(
        images, labels, 16, 2, verbose=0, callbacks=[callback("alone")]
    )
    sys.exit()
train_by_hand(network(), callback("shared"))
# A mistake that one process alone has made ends all of them.
refused("other layers", layers=["conv9"] if rank else ["conv1"])
refused("other probe", probe=images + rank)
# Where a share fails, the layer is left out; the others go on.
broken = callback("broken")
model = network()
broken.set_model(model)
broken.on_train_begin()
if rank:
    part = broken._session._views["conv2"].maximizer._local
    done = part.run
    part.run = lambda call, *more: (
        done(call, *more) if call.how == "cold" else 1 / 0
    )
train_by_hand(model, broken)
# `fit`, which trains; the filters follow.
model = network(rate=0.1)
model.fit(
    images,
    labels,
    batch_size=16,
    epochs=2,
    verbose=0,
    callbacks=[callback("fitted", filters=1)],
)
print("weights", [round(float(w.sum()), 5) for w in model.get_weights()[:3]])
print("finished", rank)
