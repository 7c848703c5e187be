"""A layer is not maximized again while its weights are the same."""

import time

import keras
import numpy as np
import pytest
from support.watched import callback, events, fit

from tb_actmax.training import allowance

layers = keras.layers


def shown(directory):
    """Returns the step whose images each event shows: {(tag, step): step}."""
    return {
        (tag, step): event.header.get("unchanged_since", step)
        for (tag, step), event in events(directory).items()
    }


def test_layers_of_a_frozen_base_are_shown_once(tmp_path, digits, network):
    model = network()
    model.get_layer("conv1").trainable = False
    fit(model, digits, [callback(tmp_path, digits, layers=None)], epochs=3)
    found = shown(tmp_path)
    assert [found["conv1", step] for step in range(4)] == [0, 0, 0, 0]
    assert [found["conv2", step] for step in range(4)] == [0, 1, 2, 3]
    assert [found["classes", step] for step in range(4)] == [0, 1, 2, 3]
    repeated = events(tmp_path)["conv1", 2]
    assert repeated.images == [] and repeated.filters == []


def test_the_newest_event_has_its_images(tmp_path, digits, network):
    """Other readers take the newest event only, or ten random ones."""
    model = network()
    model.get_layer("conv1").trainable = False
    fit(model, digits, [callback(tmp_path, digits, layers=None)], epochs=3)
    found = events(tmp_path)
    first, last = found["conv1", 0], found["conv1", 3]
    assert last.header["unchanged_since"] == 0
    assert last.header["epoch"] == 3
    assert last.images == first.images and last.extra == first.extra
    for one, other in zip(first.filters, last.filters, strict=True):
        assert (one["score"], one["status"]) == (
            other["score"],
            other["status"],
        )


def test_moving_statistics_before_the_layer_count(tmp_path, digits):
    """Moving statistics change even if all weights are frozen."""
    model = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Conv2D(3, 3, name="before"),
            layers.ReLU(),
            layers.BatchNormalization(),
            layers.Conv2D(3, 3, name="behind"),
            layers.GlobalAveragePooling2D(),
            layers.Dense(3, name="classes"),
        ]
    )
    for layer in model.layers:
        if layer.name != "classes":
            for variable in layer.trainable_variables:
                variable.trainable = False
    model.compile("sgd", keras.losses.SparseCategoricalCrossentropy(True))
    fit(model, digits, [callback(tmp_path, digits, layers=None)], epochs=2)
    found = shown(tmp_path)
    assert [found["before", step] for step in range(3)] == [0, 0, 0]
    assert [found["behind", step] for step in range(3)] == [0, 1, 2]


def test_a_branch_that_does_not_reach_the_layer_is_ignored(tmp_path, digits):
    inputs = keras.Input((28, 28, 1))
    frozen = layers.Conv2D(3, 3, name="frozen", trainable=False)
    beside = layers.Conv2D(3, 3, name="beside")(inputs)
    joined = layers.Add()([beside, frozen(inputs)])
    pooled = layers.GlobalAveragePooling2D()(joined)
    model = keras.Model(inputs, layers.Dense(3, name="classes")(pooled))
    model.compile("sgd", keras.losses.SparseCategoricalCrossentropy(True))
    fit(model, digits, [callback(tmp_path, digits, layers=None)], epochs=1)
    found = shown(tmp_path)
    assert found["frozen", 1] == 0
    assert found["beside", 1] == 1


class Losses(keras.callbacks.Callback):
    """Makes the first epoch the best one."""

    def on_epoch_end(self, epoch, logs=None):
        logs["own"] = float(epoch)


@pytest.mark.parametrize("first", [True, False])
@pytest.mark.parametrize("own_batches", ["epoch", 2])
def test_the_last_images_are_those_of_the_weights_that_are_kept(
    tmp_path, digits, network, first, own_batches
):
    model = network()
    stopping = keras.callbacks.EarlyStopping(
        "own", patience=2, mode="min", restore_best_weights=True
    )
    own = callback(tmp_path, digits, update_freq=own_batches)
    others = [Losses(), stopping]
    fit(model, digits, [own, *others] if first else [*others, own], epochs=9)
    found = shown(tmp_path)
    last = max(step for _, step in found)
    best = 1 if own_batches == "epoch" else 4
    assert last == 3 * best
    assert found["conv1", last] == best
    # Nobody keeps the callback with the history.
    assert "on_train_end" not in model.history.__dict__


def test_weights_that_were_never_shown_are_shown_at_the_end(
    tmp_path, digits, network
):
    class Setter(keras.callbacks.Callback):
        def on_train_end(self, logs=None):
            kernel, bias = self.model.get_layer("conv1").get_weights()
            flipped = [kernel[::-1].copy(), bias]
            self.model.get_layer("conv1").set_weights(flipped)

    model = network()
    fit(model, digits, [callback(tmp_path, digits), Setter()], epochs=1)
    last = events(tmp_path)["conv1", 1]
    kept = callback(tmp_path / "again", digits)
    fit(model, digits, [kept], epochs=1)
    again = events(tmp_path / "again")["conv1", 0]
    for one, other in zip(last.filters, again.filters, strict=True):
        assert one["data_max"] == pytest.approx(other["data_max"], rel=1e-5)


def test_the_network_before_training_can_be_left_out(tmp_path, digits, network):
    fit(network(), digits, [callback(tmp_path, digits, initial=False)])
    assert sorted(step for _, step in events(tmp_path)) == [1, 2]


def test_a_resumed_training_continues_from_the_images(
    tmp_path, digits, network
):
    model = network()
    model.get_layer("conv1").trainable = False
    fit(model, digits, [callback(tmp_path, digits)])
    fit(model, digits, [callback(tmp_path, digits)], 3, initial_epoch=2)
    found = events(tmp_path)
    assert shown(tmp_path)["conv1", 1] == 0
    resumed = found["conv1", 3]
    assert resumed.header["settings"]["cold"] is False
    assert np.isfinite([entry["ncc"] for entry in resumed.filters]).all()


def test_a_budget_that_is_spent_costs_nothing(
    tmp_path, digits, network, monkeypatch, capsys
):
    monkeypatch.setattr(allowance, "ALLOWANCE", 0.0)
    own = callback(tmp_path, digits, budget=1e-9, update_freq=1)
    own.set_model(network())
    own.set_params({"verbose": 2, "steps": 4})
    own.on_train_begin()
    own.on_epoch_begin(0)
    began = time.process_time()
    for batch in range(4):
        own.on_train_batch_end(batch)
    assert time.process_time() - began < 1
    own.on_train_end()
    assert events(tmp_path) == {}
    assert "15 of 15 images were left out" in capsys.readouterr().out
