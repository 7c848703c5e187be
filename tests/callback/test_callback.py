"""The callback in real trainings."""

import logging
import re

import keras
import numpy as np
import pytest
from support.watched import callback, events, fit, lines
from tensorboard.backend.event_processing.event_accumulator import (
    EventAccumulator,
)

import tb_actmax
from tb_actmax.maximizer.layer_maximizer import LayerMaximizer
from tb_actmax.records.reader import logged_steps
from tb_actmax.training import progress

pytestmark = pytest.mark.slow


def state(model):
    everything = [*model.variables, *model.optimizer.variables]
    return [np.asarray(variable) for variable in everything]


def test_the_training_ends_the_same_bit_for_bit(tmp_path, digits, network):
    plain, watched = network(), network()
    keras.utils.set_random_seed(7)
    expected = fit(plain, digits, [])
    keras.utils.set_random_seed(7)
    found = fit(watched, digits, [callback(tmp_path, digits, layers=None)])
    assert found == expected
    for a, b in zip(state(plain), state(watched), strict=True):
        assert np.array_equal(a, b)
    assert logged_steps(str(tmp_path / "actmax"))["conv1"] == [0, 1, 2]


def test_all_convolutions_are_logged_at_each_epoch(tmp_path, digits, network):
    fit(network(), digits, [callback(tmp_path, digits, layers=None)])
    found = events(tmp_path)
    assert {key[0] for key in found} == {"conv1", "conv2", "classes"}
    assert {key[1] for key in found} == {0, 1, 2}
    first = found["conv2", 0]
    assert first.keys == ["0", "2", "5"]
    assert first.header["settings"]["cold"] is True
    assert found["conv2", 1].header["settings"]["cold"] is False
    assert first.images != found["conv2", 2].images
    for entry in first.filters:
        assert {"score", "status", "data_max", "share"} <= entry.keys()


def test_two_scalars_summarize_the_network(tmp_path, digits, network):
    fit(network(), digits, [callback(tmp_path, digits, layers=None)])
    log = EventAccumulator(str(tmp_path / "actmax"), {"tensors": 0})
    log.Reload()
    layers = events(tmp_path)
    tags = set(log.Tags()["tensors"]) - {tag for tag, _ in layers}
    found = {
        tag: [event.step for event in log.Tensors(tag)]
        for tag in tags
        if tag.startswith("tb_actmax/")
    }
    # Their names sort after "epoch_loss".
    assert found == {"tb_actmax/dead": [0, 1, 2], "tb_actmax/settled": [1, 2]}
    assert not [tag for tag in tags if tag.startswith("actmax/")]
    last = [event for (_, step), event in layers.items() if step == 2]
    statuses = [
        entry["status"] for event in last for entry in event.header["filters"]
    ]
    (value,) = log.Tensors("tb_actmax/dead")[-1].tensor_proto.float_val
    share = statuses.count("dead") / len(statuses)
    assert value == pytest.approx(share)


def test_updates_follow_every_and_the_last_epoch(tmp_path, digits, network):
    fit(network(), digits, [callback(tmp_path, digits, every=2)], epochs=3)
    assert logged_steps(str(tmp_path / "actmax"))["conv1"] == [0, 2, 3]


def test_same_seed_same_images(tmp_path, digits, network):
    for name in ("a", "b"):
        keras.utils.set_random_seed(7)
        fit(network(), digits, [callback(tmp_path / name, digits)], epochs=1)
    first, second = events(tmp_path / "a"), events(tmp_path / "b")
    assert {k: e.images for k, e in first.items()} == {
        k: e.images for k, e in second.items()
    }


def test_each_layer_is_traced_once(tmp_path, digits, network):
    watcher = callback(tmp_path, digits, layers=None)
    fit(network(), digits, [watcher], epochs=4)
    assert watcher.traces == {"conv1": 1, "conv2": 1, "classes": 1}


def test_shares_a_directory_with_the_tensorboard_callback(
    tmp_path, digits, network
):
    own = keras.callbacks.TensorBoard(str(tmp_path), update_freq=2)
    fit(network(), digits, [own, callback(tmp_path, digits)])
    assert logged_steps(str(tmp_path / "actmax"))["conv1"] == [0, 1, 2]


def test_an_error_is_logged_once_and_the_training_continues(
    tmp_path, digits, network, caplog, monkeypatch
):
    def broken(maximizer, call, on_step=None):
        raise RuntimeError("broken")

    class Vandal(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            monkeypatch.setattr(LayerMaximizer, "run", broken)

    watched = [callback(tmp_path, digits, layers=None), Vandal()]
    with caplog.at_level(logging.ERROR, "tb_actmax"):
        history = fit(network(), digits, watched, epochs=3)
    assert len(history["loss"]) == 3
    (record,) = lines(caplog)
    assert record.message.startswith(
        "Layers 'conv1', 'conv2', 'classes' are left out"
    )


def test_an_unwritable_log_is_one_error(tmp_path, digits, network, caplog):
    (tmp_path / "actmax").write_text("a file, not a directory")
    with caplog.at_level(logging.ERROR, "tb_actmax"):
        history = fit(network(), digits, [callback(tmp_path, digits)], epochs=2)
    assert len(history["loss"]) == 2
    (record,) = lines(caplog)
    assert "the training continues" in record.message


def test_assumptions_without_a_probe_are_logged_once(
    tmp_path, digits, network, caplog
):
    watcher = tb_actmax.ActivationMaximization(
        tmp_path, layers=["conv1"], filters=2, steps=2
    )
    with caplog.at_level(logging.WARNING, "tb_actmax"):
        fit(network(), digits, [watcher], epochs=2)
    (record,) = lines(caplog)
    assert "[0, 1]" in record.message
    assert "data_max" not in events(tmp_path)["conv1", 1].filters[0]


def fit_verbosely(model, digits, own, verbose):
    model.fit(digits, np.zeros(len(digits)), verbose=verbose, callbacks=[own])


def test_progress_and_a_summary_are_printed(
    tmp_path, digits, network, capsys, monkeypatch
):
    monkeypatch.setattr(progress, "SHORT", -1.0)
    fit_verbosely(network(), digits, callback(tmp_path, digits), verbose=2)
    printed = capsys.readouterr().out
    assert "3 filters of conv1; about" in printed
    assert "Before training: maximizing filters" in printed
    assert "Epoch 1: maximizing filters" in printed
    assert f"tensorboard --logdir {tmp_path}" in printed
    # The share is left out if updates took longer than the training, as they
    # do on a busy machine.
    assert re.search(r"in \d+\.\d s(, \d+\.\d% of the training)?\.", printed)


def test_transforms_are_applied_in_each_step(tmp_path, digits, network):
    shapes = []

    def spy(images):
        shapes.append(tuple(images.shape[1:]))
        return images

    own = callback(tmp_path, digits, transforms=[spy])
    fit(network(), digits, [own], epochs=1)
    assert shapes and {shape[-1] for shape in shapes} == {1}


def test_verbose_0_prints_nothing(tmp_path, digits, network, capsys):
    fit_verbosely(network(), digits, callback(tmp_path, digits), verbose=0)
    assert capsys.readouterr().out == ""


def test_nothing_is_printed_without_interactive_logging(
    tmp_path, digits, network, capsys, caplog, monkeypatch
):
    monkeypatch.setattr(progress, "SHORT", -1.0)
    keras.config.disable_interactive_logging()
    try:
        with caplog.at_level(logging.INFO, "tb_actmax"):
            own = callback(tmp_path, digits)
            fit_verbosely(network(), digits, own, verbose="auto")
    finally:
        keras.config.enable_interactive_logging()
    assert capsys.readouterr().out == ""
    said = [record.message for record in lines(caplog)]
    assert "Epoch 1: maximizing filters" in said
    assert f"tensorboard --logdir {tmp_path}" in said[-1]


def test_counting_batches_does_not_change_the_training(
    tmp_path, digits, network
):
    plain, watched = network(), network()
    keras.utils.set_random_seed(7)
    expected = fit(plain, digits, [])
    keras.utils.set_random_seed(7)
    own = callback(tmp_path, digits, update_freq=1)
    assert fit(watched, digits, [own]) == expected
    for a, b in zip(state(plain), state(watched), strict=True):
        assert np.array_equal(a, b)
