"""Trainings that continue: in a second `fit`, or from a log."""

import sys

import keras
import numpy as np
import pytest
from support.kinds_of_models import one_size
from support.watched import callback, events, fit

from tb_actmax.records.reader import logged_steps


def test_a_second_fit_continues_the_count(tmp_path, digits, network):
    model, watcher = network(), callback(tmp_path, digits)
    fit(model, digits, [watcher], epochs=2)
    fit(model, digits, [watcher], epochs=1)
    assert logged_steps(str(tmp_path / "actmax"))["conv1"] == [0, 1, 2, 3]


def test_a_resumed_training_continues_the_log(tmp_path, digits, network):
    model = network()
    fit(model, digits, [callback(tmp_path, digits)], epochs=2)
    resumed = callback(tmp_path, digits)
    fit(model, digits, [resumed], epochs=3, initial_epoch=2)
    assert logged_steps(str(tmp_path / "actmax"))["conv1"] == [0, 1, 2, 3]


def test_update_freq_counts_batches(tmp_path, digits, network):
    model = network()
    own = callback(tmp_path, digits, update_freq=3)
    fit(model, digits, [own], epochs=2)  # four batches an epoch
    assert logged_steps(str(tmp_path / "actmax"))["conv1"] == [0, 3, 6, 8]
    found = events(tmp_path)
    headers = [found["conv1", step].header for step in (0, 3, 6, 8)]
    assert [h["batches"] for h in headers] == [0, 3, 6, 8]
    assert [h["epoch"] for h in headers] == [0, 0, 1, 2]
    fit(model, digits, [own], epochs=1)  # continues the count
    resumed = callback(tmp_path, digits, update_freq=3)
    fit(model, digits, [resumed], epochs=4, initial_epoch=3)
    assert logged_steps(str(tmp_path / "actmax"))["conv1"] == [
        *(0, 3, 6, 8, 9, 12, 15, 16)
    ]


def test_a_training_that_stops_in_its_first_epoch_cannot_be_continued(
    tmp_path, digits, network, caplog
):
    """Keras does not tell how many batches such a training has done."""

    stop = keras.callbacks.LambdaCallback(
        on_train_batch_end=lambda batch, logs: sys.exit() if batch == 1 else 0
    )
    first = callback(tmp_path, digits, update_freq=1)
    with pytest.raises(SystemExit):
        fit(network(), digits, [first, stop])
    before = logged_steps(str(tmp_path / "actmax"))
    assert before["conv1"] == [0, 1, 2]
    fit(network(), digits, [callback(tmp_path, digits)], epochs=1)
    assert "actmax-2" in caplog.text
    assert logged_steps(str(tmp_path / "actmax")) == before
    assert logged_steps(str(tmp_path / "actmax-2"))["conv1"] == [0, 1]


def test_a_log_on_another_file_system(digits, network):
    fit(network(), digits, [callback("ram://training", digits)], epochs=1)
    resumed = callback("ram://training", digits)
    fit(network(), digits, [resumed], epochs=2, initial_epoch=1)
    assert logged_steps("ram://training/actmax")["conv1"] == [0, 1, 2]


def test_a_resumed_training_starts_from_the_images_in_its_log(
    tmp_path, digits, network
):
    def watcher(name):
        return callback(tmp_path / name, digits, layers=["conv2"])

    fit(network(), digits, [watcher("whole")], epochs=3)
    model = network()
    fit(model, digits, [watcher("parts")], epochs=2)
    resumed = watcher("parts")
    fit(model, digits, [resumed], epochs=3, initial_epoch=2)
    whole = events(tmp_path / "whole")["conv2", 3]
    parts = events(tmp_path / "parts")["conv2", 3]
    assert parts.header["settings"]["cold"] is False
    for one, other in zip(whole.filters, parts.filters, strict=True):
        # The log holds no responses, so there is no steadiness yet.
        assert {"ncc", "overlap"} <= other.keys()
        assert other["score"] > 0.7 * one["score"]


def test_a_network_of_fixed_size_continues_from_its_images(tmp_path):
    """The images have the size of the receptive field, not of inputs."""
    keras.utils.set_random_seed(0)
    model = one_size()
    probe = np.random.default_rng(0).uniform(size=(20, 24, 24, 3))
    for epoch in range(2):
        own = callback(tmp_path, probe, layers=["mlp"])
        own.set_model(model)
        own.on_train_begin()
        own.on_epoch_begin(epoch)
        model.set_weights([1.01 * w for w in model.get_weights()])
        own.on_epoch_end(epoch)
        own.on_train_end()
    logged = events(tmp_path)
    cold = {
        step: e.header["settings"]["cold"] for (_, step), e in logged.items()
    }
    assert cold == {0: True, 1: False, 2: False}
    assert logged["mlp", 2].header["width"] == 6
    for one, other in zip(
        logged["mlp", 1].filters, logged["mlp", 2].filters, strict=True
    ):
        assert other["score"] > 0.8 * one["score"]
        assert other["ncc"] > 0.5
