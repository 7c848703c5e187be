"""Each fault costs a line of the log, and the training nothing at all."""

import os
import shutil
import subprocess
import threading

import keras
import numpy as np
import pytest
import tensorflow as tf
from reliability.conftest import At, assert_same, train, watcher

from tb_actmax.probe.careful import careful
from tb_actmax.probe.sample import take_sample
from tb_actmax.records.existing import logged_steps


@pytest.fixture(scope="module")
def expected(digits, request):
    """The training without the callback."""
    cache = {}

    def plain(make, *callbacks):
        key = (make.__qualname__, *map(id, callbacks))
        if key not in cache:
            cache[key] = train(make(), digits, callbacks)
        return cache[key]

    return plain


def steps(directory):
    return logged_steps(str(directory / "actmax"))


def test_a_disk_that_fills_up(disk, digits, network, expected, lines):
    place = disk("256k")

    def fill(model):
        (place / "ballast").write_bytes(bytes(2**20))

    def try_to(model):
        with pytest.raises(OSError):
            fill(model)

    found = train(network(), digits, [At(2, try_to), watcher(place, digits)])
    assert_same(found, expected(network))
    (line,) = lines()
    assert "the training goes on" in line and str(place) in line
    assert shutil.disk_usage(place).free == 0
    assert steps(place)["conv1"][:2] == [0, 1]  # what was written before


def test_a_disk_that_is_full_from_the_start(
    disk, digits, network, expected, lines
):
    place = disk("64k")
    with pytest.raises(OSError):
        (place / "ballast").write_bytes(bytes(2**20))
    found = train(network(), digits, [watcher(place, digits)])
    assert_same(found, expected(network))
    assert len(lines()) == 1 and "the training goes on" in lines()[0]


def remount(place, how):
    subprocess.run(["mount", "-o", f"remount,{how}", place], check=True)


def test_a_directory_that_is_read_only(disk, digits, network, expected, lines):
    place = disk("1m")
    remount(place, "ro")
    found = train(network(), digits, [watcher(place, digits)])
    assert_same(found, expected(network))
    assert len(lines()) == 1 and "Read-only file system" in lines()[0]


def test_a_directory_that_is_removed(
    tmp_path, digits, network, expected, lines
):
    place = tmp_path / "log"

    def remove(model):
        shutil.rmtree(place)
        place.write_text("in the way")

    found = train(network(), digits, [At(2, remove), watcher(place, digits)])
    assert_same(found, expected(network))
    assert len(lines()) == 1 and "the training goes on" in lines()[0]


def test_a_remote_file_system_that_is_down(
    offline, digits, network, expected, lines
):
    # A real client, of TensorFlow, that finds no network.
    found = train(network(), digits, [watcher("gs://bucket/log", digits)])
    assert_same(found, expected(network))
    assert len(lines()) == 1 and "gs://bucket/log/actmax" in lines()[0]


def test_a_file_system_that_tensorflow_does_not_know(
    digits, network, expected, lines
):
    found = train(network(), digits, [watcher("s3://bucket/log", digits)])
    assert_same(found, expected(network))
    assert len(lines()) == 1 and "'s3' not implemented" in lines()[0]


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_weights_that_are_not_finite(
    tmp_path, digits, network, expected, lines, value
):
    def spoil(model):
        kernel = model.get_layer("conv2").kernel
        kernel.assign(np.full(kernel.shape, value, "float32"))

    spoiling = At(2, spoil)
    found = train(network(), digits, [spoiling, watcher(tmp_path, digits)])
    assert_same(found, train(network(), digits, [spoiling]))
    (line,) = lines()
    assert "Epoch 3" in line and "NaN or infinity" in line
    assert steps(tmp_path)["conv2"] == [0, 1, 2]


@keras.saving.register_keras_serializable("tests")
class Fragile(keras.layers.Layer):
    """Raises where it is told to: when it is traced, or when it runs."""

    when = None

    def call(self, inputs, training=False):
        if training or Fragile.when is None:
            return inputs
        if Fragile.when == "traced":
            raise ValueError("this layer is for training")
        if Fragile.when == "memory":
            # Four terabytes: more than any allocator gives.
            rows = 2**20 * tf.cast(tf.shape(inputs)[0] > 0, tf.int32)
            huge = tf.random.uniform(tf.stack([rows, 2**20]))
            return inputs + 0 * tf.reduce_max(huge)
        output = tf.py_function(self._run, [inputs], inputs.dtype)
        return tf.ensure_shape(output, inputs.shape)

    def _run(self, inputs):
        raise RuntimeError("this layer broke")


def fragile():
    keras.utils.set_random_seed(0)
    model = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            keras.layers.Conv2D(4, 5, activation="relu", name="conv1"),
            Fragile(),
            keras.layers.Conv2D(4, 3, activation="relu", name="conv2"),
            keras.layers.Conv2D(4, 3, name="conv3"),
            keras.layers.GlobalAveragePooling2D(),
            keras.layers.Dense(3),
        ]
    )
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile("adam", loss)
    return model


@pytest.mark.parametrize("when", ["traced", "run", "memory"])
def test_a_layer_that_raises_or_takes_all_memory(
    tmp_path, digits, monkeypatch, lines, expected, when
):
    plain = expected(fragile)
    model = fragile()
    monkeypatch.setattr(Fragile, "when", when)
    found = train(model, digits, [watcher(tmp_path, digits)])
    assert_same(found, plain)
    (line,) = lines()
    if when == "traced":
        assert "this layer is for training" in line
        return
    assert "Layers 'conv2', 'conv3' are left out" in line
    said = {"run": "this layer broke", "memory": "OOM when allocating"}
    assert said[when] in line
    assert steps(tmp_path) == {"conv1": [0, 1, 2, 3, 4]}


def test_a_probe_that_raises(tmp_path, digits, network, expected, lines):
    def probe():
        yield digits[:16], np.arange(16)
        np.random.random(5)
        raise KeyError("the next file")

    found = train(network(), digits, [watcher(tmp_path, probe())])
    assert_same(found, expected(network))
    (line,) = lines()
    assert line.startswith("The probe failed after 1 batches, which are used")
    assert steps(tmp_path)["conv1"] == [0, 1, 2, 3, 4]


def test_a_probe_that_ends_is_read_once(digits):
    probe = careful(iter([digits[:16], digits[16:20]]))
    first, again = take_sample(probe), take_sample(probe)
    assert np.array_equal(first.images, digits[:20])
    assert np.array_equal(first.images, again.images)


def test_a_probe_that_gives_nothing(tmp_path, digits, network, expected, lines):
    found = train(network(), digits, [watcher(tmp_path, iter([]))])
    assert_same(found, expected(network))
    assert len(lines()) == 1 and "has ended already" in lines()[0]


def test_a_dataset_that_is_both_probe_and_training(tmp_path, digits, network):
    def data():
        keras.utils.set_random_seed(3)
        labels = np.arange(len(digits)) % 3
        found = tf.data.Dataset.from_tensor_slices((digits, labels))
        return found.shuffle(64).batch(16)

    def run(callbacks, probe):
        model = network()
        keras.utils.set_random_seed(7)
        own = [watcher(tmp_path, probe)] if callbacks else []
        history = model.fit(probe, epochs=3, verbose=0, callbacks=own)
        return history.history, [np.asarray(v) for v in model.variables]

    assert_same(run(True, data()), run(False, data()))


@keras.saving.register_keras_serializable("tests")
class Restless(keras.layers.Layer):
    """Draws random numbers and counts its calls, training or not."""

    def build(self, shape):
        self.seed = keras.random.SeedGenerator(5)
        self.calls = self.add_weight(shape=(), trainable=False)

    def call(self, inputs):
        self.calls.assign_add(1.0)
        noise = keras.random.normal(keras.ops.shape(inputs), seed=self.seed)
        return inputs + 0.01 * noise


def restless():
    keras.utils.set_random_seed(0)
    model = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            Restless(),
            keras.layers.Conv2D(4, 5, activity_regularizer="l2", name="conv1"),
            keras.layers.GlobalAveragePooling2D(),
            keras.layers.Dense(3),
        ]
    )
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile("adam", loss)
    return model


def test_layers_that_draw_and_count_are_left_as_they_were(
    tmp_path, digits, expected, lines
):
    found = train(restless(), digits, [watcher(tmp_path, digits)])
    assert_same(found, expected(restless))
    assert lines() == []
    assert steps(tmp_path)["conv1"] == [0, 1, 2, 3, 4]


def test_nothing_is_left_of_trainings_that_are_done(tmp_path, digits, network):
    """Several callbacks in one training, and several trainings with each."""
    own = [
        watcher(tmp_path / name, digits, layers=[layer])
        for name, layer in (("a", "conv1"), ("b", "conv2"))
    ]
    model = network()
    train(model, digits, own, epochs=1)
    files = len(os.listdir("/proc/self/fd"))
    threads = threading.active_count()
    for _ in range(2):
        train(model, digits, own, epochs=1)
    assert len(os.listdir("/proc/self/fd")) <= files
    assert threading.active_count() <= threads
    for callback in own:
        (view,) = callback._session._views.values()
        assert view.maximizer.traces == 1
    assert steps(tmp_path / "a") == {"conv1": [0, 1, 2, 3]}
    assert steps(tmp_path / "b") == {"conv2": [0, 1, 2, 3]}
