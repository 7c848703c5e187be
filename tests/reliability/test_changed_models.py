"""The log shows the network that trains, even if the model was changed."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from reliability.conftest import assert_same, steps, train, watcher
from support.watched import events

from tb_actmax.records.reader import read_layer


def small():
    keras.utils.set_random_seed(0)
    layers = keras.layers
    model = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Conv2D(4, 5, strides=2, activation="relu", name="conv1"),
            layers.Conv2D(4, 3, name="conv2"),
            layers.GlobalAveragePooling2D(name="pool"),
            layers.Dense(3, name="classes"),
        ]
    )
    compile(model)
    return model


def compile(model):
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile("adam", loss)


def another_end(model):
    """Takes the last three layers off, and puts others on."""
    for _ in range(3):
        model.pop()
    model.add(keras.layers.Conv2D(4, 3, name="conv3"))
    model.add(keras.layers.GlobalAveragePooling2D())
    model.add(keras.layers.Dense(3))
    compile(model)


def lora(model):
    model.get_layer("conv2").enable_lora(2)
    compile(model)


def another_activation(model):
    model.get_layer("conv1").activation = keras.activations.softplus
    compile(model)


def another_stride(model):
    model.get_layer("conv1").strides = (1, 1)
    compile(model)


def frozen(model):
    model.get_layer("conv1").trainable = False
    compile(model)


CHANGES = {
    another_end: {"conv1": [0, 1, 2], "conv2": [0, 1], "conv3": [1, 2]},
    lora: {"conv1": [0, 1, 2], "conv2": [0, 1, 2]},
    another_activation: {"conv1": [0, 1, 2], "conv2": [0, 1, 2]},
    another_stride: {"conv1": [0, 1, 2], "conv2": [0, 1, 2]},
    frozen: {"conv1": [0, 1, 2], "conv2": [0, 1, 2]},
    compile: {"conv1": [0, 1, 2], "conv2": [0, 1, 2]},
}


@pytest.mark.parametrize("change", CHANGES, ids=lambda c: c.__name__)
def test_a_model_that_changes_between_two_fits(tmp_path, digits, lines, change):
    results = []
    for callbacks in ([], [watcher(tmp_path, digits)]):
        model = small()
        train(model, digits, callbacks, epochs=1)
        change(model)
        results.append(
            train(model, digits, callbacks, epochs=2, initial_epoch=1)
        )
    assert_same(*results)
    logged = steps(tmp_path)
    assert {k: logged[k] for k in logged if "conv" in k} == CHANGES[change]
    assert lines() == []
    # The last images are those of the current weights.
    written = events(tmp_path)
    name = max(name for name in logged if "conv" in name)  # has no activation
    last = written[name, 2].header.get("unchanged_since", 2)
    found = written[name, last].filters[0]
    maps = keras.Model(model.inputs, model.get_layer(name).output)(digits)
    assert found["data_max"] == pytest.approx(
        float(np.max(np.asarray(maps)[..., found["filter"]])), rel=1e-3
    )


def test_a_lora_kernel_is_the_one_that_is_maximized(tmp_path, digits):
    model, own = small(), watcher(tmp_path, digits, layers=["conv2"])
    train(model, digits, [own], epochs=1)
    conv = model.get_layer("conv2")
    conv.enable_lora(2)
    conv.lora_kernel_b.assign(100.0 + conv.lora_kernel_b)
    compile(model)
    model.optimizer.learning_rate.assign(0.0)
    train(model, digits, [own], epochs=2, initial_epoch=1)
    before, after = (
        events(tmp_path)["conv2", step].filters[0]["score"] for step in (1, 2)
    )
    assert abs(after) > 10 * abs(before)


@pytest.mark.parametrize("name", ["run[lr=1]", "a*b? {x} 5% ü"])
def test_directories_are_not_patterns(tmp_path, digits, name, lines):
    for place in (tmp_path, "ram://brackets"):
        path = f"{place}/{name}"
        model = small()
        for epoch in range(2):
            own = watcher(path, digits, layers=["conv1"], filters=1)
            train(model, digits, [own], epochs=epoch + 1, initial_epoch=epoch)
            # A new training gets a directory beside it.
        own = watcher(path, digits, layers=["conv1"], filters=1)
        train(small(), digits, [own], epochs=1)
        found = tf.io.gfile.listdir(path)
        assert sorted(name.rstrip("/") for name in found) == [
            "actmax",
            "actmax-2",
        ]
    assert len(lines()) == 2
    assert [read_layer(tmp_path / name, "conv1", n)[0] for n in range(3)] == [
        *range(3)
    ]


def test_a_process_that_changes_its_directory(
    tmp_path, digits, monkeypatch, lines
):
    (tmp_path / "first").mkdir()
    (tmp_path / "second").mkdir()
    monkeypatch.chdir(tmp_path / "first")

    class Move(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            monkeypatch.chdir(tmp_path / "second")

    own = watcher("log", digits)
    train(small(), digits, [own, Move()], epochs=2)
    train(small(), digits, [own], epochs=1)  # another model: beside it
    assert steps(tmp_path / "first" / "log")["conv1"] == [0, 1, 2]
    assert (tmp_path / "first" / "log" / "actmax-2").is_dir()
    assert list((tmp_path / "second").iterdir()) == []
