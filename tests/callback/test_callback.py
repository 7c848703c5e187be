"""The callback in real trainings."""

import logging

import keras
import numpy as np
import pytest
from support.watched import callback, events, fit, lines

import tb_actmax
from tb_actmax.maximizer.layer_maximizer import LayerMaximizer
from tb_actmax.records.reader import logged_steps

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
    assert {key[0] for key in found} == {"conv1", "conv2"}
    assert {key[1] for key in found} == {0, 1, 2}
    first = found["conv2", 0]
    assert first.keys == ["0", "2", "5"]
    assert first.header["settings"]["cold"] is True
    assert found["conv2", 1].header["settings"]["cold"] is False
    assert first.images != found["conv2", 2].images
    for entry in first.filters:
        assert {"score", "status", "data_max", "share"} <= entry.keys()


def test_every_and_the_last_epoch(tmp_path, digits, network):
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
    traces = [
        view.maximizer.traces for view in watcher._session._views.values()
    ]
    assert traces == [1, 1]


def test_beside_keras_own_callback(tmp_path, digits, network):
    own = keras.callbacks.TensorBoard(str(tmp_path), update_freq=2)
    fit(network(), digits, [own, callback(tmp_path, digits)])
    assert logged_steps(str(tmp_path / "actmax"))["conv1"] == [0, 1, 2]


def test_what_fails_is_logged_once_and_the_training_goes_on(
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
    assert record.message.startswith("Layers 'conv1', 'conv2' are left out")


def test_a_log_that_cannot_be_written_costs_one_line(
    tmp_path, digits, network, caplog
):
    (tmp_path / "actmax").write_text("in the way")
    with caplog.at_level(logging.ERROR, "tb_actmax"):
        history = fit(network(), digits, [callback(tmp_path, digits)], epochs=2)
    assert len(history["loss"]) == 2
    (record,) = lines(caplog)
    assert "the training goes on" in record.message


def test_without_a_probe_the_assumptions_are_said_once(
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


def test_the_end_says_how_long_it_took_and_where_to_look(
    tmp_path, digits, network, capsys
):
    model = network()
    model.fit(
        digits,
        np.zeros(len(digits)),
        verbose=2,
        callbacks=[callback(tmp_path, digits)],
    )
    printed = capsys.readouterr().out
    assert f"tensorboard --logdir {tmp_path}" in printed
    assert "of the training" in printed


def test_counting_batches_leaves_the_training_alone(tmp_path, digits, network):
    plain, watched = network(), network()
    keras.utils.set_random_seed(7)
    expected = fit(plain, digits, [])
    keras.utils.set_random_seed(7)
    own = callback(tmp_path, digits, every="1 step")
    assert fit(watched, digits, [own]) == expected
    for a, b in zip(state(plain), state(watched), strict=True):
        assert np.array_equal(a, b)
