"""One of two processes that train together, and what each of them sees.

    TF_CONFIG=... python tests/distribution/workers.py DIRECTORY [PART]

A program of its own: TensorFlow reads its cluster when it starts. Without
TF_CONFIG it trains alone, which is what the two have to agree with. Prints
what the tests look for. PART is "devices" (two in each worker, of which one
dies in the end) or "chief" (the chief alone has the callback).
"""

import json
import os
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parents[1]))
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import contextlib
import functools
import signal

import keras
import numpy as np
import tensorflow as tf
from support.kinds_of_models import one_size, two_inputs
from tensorflow.python.eager import context

import tb_actmax

directory, part = sys.argv[1], [*sys.argv, ""][2]
alone = {"task": {"index": -1}}
config = json.loads(os.environ.get("TF_CONFIG", json.dumps(alone)))
rank = config["task"]["index"]


def two_devices():
    """What a worker with two GPUs has: of processors TensorFlow takes one."""
    from tensorflow.python.distribute import collective_all_reduce_strategy

    halves = [tf.config.LogicalDeviceConfiguration()] * 2
    cpu = tf.config.list_physical_devices("CPU")[0]
    tf.config.set_logical_device_configuration(cpu, halves)
    kind = collective_all_reduce_strategy.CollectiveAllReduceExtended
    kind._initialize_local_devices = lambda self, resolver, worker: (
        tuple(f"{worker}/device:CPU:{number}" for number in range(2)),
        "CPU",
    )


def patient():
    """Has workers wait for each other where the machine is busy."""
    own = context.context()
    own.configure_coordination_service = functools.partial(
        own.configure_coordination_service, heartbeat_timeout_in_ms=200_000
    )


if part == "devices":
    two_devices()
patient()
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


def under_strategy(make):
    with strategy.scope() if strategy else contextlib.nullcontext():
        keras.utils.set_random_seed(0)
        return make()


def network(rate=0.0):
    layers = keras.layers

    def make():
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
        return model

    model = under_strategy(make)
    if rank == 1:  # moving statistics are each worker's own
        model.get_layer("norm").moving_mean.assign(np.full(7, 3.0))
    return model


def callback(name, **more):
    options = {"filters": "all", "probe": images, "steps": 8, "warm_steps": 4}
    return tb_actmax.ActivationMaximization(
        os.path.join(directory, name), **(options | more)
    )


def train_by_hand(model, own, epochs=range(2)):
    """A training loop, with the callbacks called as `fit` calls them."""
    data = tf.data.Dataset.from_tensor_slices((images, labels)).batch(16)
    if strategy is not None:
        data = strategy.experimental_distribute_dataset(data)

    def step(inputs, wanted):
        with tf.GradientTape() as tape:
            value = loss(wanted, model(inputs, training=True)) / 16
        gradients = tape.gradient(value, model.trainable_variables)
        model.optimizer.apply_gradients(
            zip(gradients, model.trainable_variables, strict=True)
        )

    run = step if strategy is None else lambda *b: strategy.run(step, b)
    train = tf.function(run)
    callbacks = keras.callbacks.CallbackList([own], model=model, verbose=0)
    callbacks.on_train_begin()
    for epoch in epochs:
        callbacks.on_epoch_begin(epoch)
        for batch in data:
            train(*batch)
        callbacks.on_epoch_end(epoch)
    callbacks.on_train_end()


def look(model, own, epoch):
    """An epoch without any training."""
    own.set_model(model)
    own.on_train_begin()
    own.on_epoch_begin(epoch)
    own.on_epoch_end(epoch)
    own.on_train_end()


def same_in_both():
    """What one process and two have to agree in."""
    train_by_hand(network(), callback("trained"))
    for epoch in range(2):  # a new process each, as far as we can tell
        train_by_hand(network(), callback("resumed"), [epoch])
    model = under_strategy(one_size)
    sized = random.uniform(size=(20, 24, 24, 3)).astype("float32")
    for epoch in range(2):
        look(model, callback("one size", layers=["mlp"], probe=sized), epoch)


def refused(what, model=None, **arguments):
    own = callback(what, **arguments)
    own.set_model(model or network())
    try:
        own.on_train_begin()
    except ValueError as error:
        print(f"{what}: {error}")


def mistakes():
    """Those that one process alone has made end all of them."""
    refused("other layers", layers=["conv9"] if rank else ["conv1"])
    refused("other statistics", probe=images + rank)
    refused("other order", probe=images[::-1] if rank else images)
    refused("other schedule", every=1 + rank)
    both = {
        "image": random.uniform(size=(20, 24, 24, 3)).astype("float32"),
        "meta": np.full((20, 5), float(rank)),
    }
    refused("other meta", under_strategy(two_inputs), probe=both)


def failing_share():
    """The layer is left out; the others go on."""
    broken, model = callback("broken"), network()
    broken.set_model(model)
    broken.on_train_begin()
    if rank:
        local = broken._session._views["conv2"].maximizer._local
        done = local.run
        local.run = lambda call, *more: (
            done(call, *more) if call.how == "cold" else 1 / 0
        )
    train_by_hand(model, broken)


def fitted():
    """`fit`, which trains; the filters follow."""
    model = network(rate=0.1)
    own = callback("fitted", filters=1)
    model.fit(images, labels, 16, 2, verbose=0, callbacks=[own])
    print(
        "weights", [round(float(w.sum()), 5) for w in model.get_weights()[:3]]
    )


def dying():
    """A worker is killed while it maximizes its share of the last layer."""
    lost, model = callback("lost"), network()
    lost.set_model(model)
    lost.on_train_begin()
    if rank:
        local = lost._session._views["conv2"].maximizer._local
        local.run = lambda *call: os.kill(os.getpid(), signal.SIGKILL)
    train_by_hand(model, lost)


if part == "chief":
    own = [callback("chief")] if rank == 0 else []
    network().fit(images, labels, 16, verbose=0, callbacks=own)
elif part == "devices":
    train_by_hand(network(), callback("devices"))
    dying()
elif strategy is None:
    same_in_both()
else:
    same_in_both()
    mistakes()
    failing_share()
    fitted()
print("finished", rank)
