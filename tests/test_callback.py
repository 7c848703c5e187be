"""The callback in real trainings."""

import logging

import keras
import numpy as np
import pytest
import tensorflow as tf

import tb_actmax
from tb_actmax.records import event
from tb_actmax.records.existing import logged_steps


def fit(model, digits, callbacks, epochs=2, **more):
    labels = np.arange(len(digits)) % 3
    history = model.fit(
        digits,
        labels,
        batch_size=16,
        epochs=epochs,
        verbose=0,
        callbacks=callbacks,
        **more,
    )
    return history.history


def callback(directory, digits, **more):
    """The callback, at one layer if no others are named."""
    more = {"filters": 3, "layers": ["conv1"]} | more
    return tb_actmax.ActivationMaximization(
        directory, probe=digits, steps=4, warm_steps=2, **more
    )


def events(directory):
    """All events of a log: {(tag, step): Event}."""
    from tensorflow.core.util import event_pb2

    found = {}
    for path in sorted((directory / "actmax").iterdir()):
        for record in tf.data.TFRecordDataset(str(path)).as_numpy_iterator():
            message = event_pb2.Event.FromString(record)
            for value in message.summary.value:
                if value.tag.startswith("actmax/"):
                    continue  # scalars
                blobs = list(value.tensor.string_val)
                found[value.tag, message.step] = event.decode(blobs)
    return found


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


def test_a_second_fit_goes_on_counting(tmp_path, digits, network):
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


def test_another_training_is_not_written_into_the_log(
    tmp_path, digits, network
):
    fit(network(), digits, [callback(tmp_path, digits)], epochs=2)
    before = events(tmp_path)
    with pytest.raises(ValueError, match=r"up to epoch 2.*initial_epoch=2"):
        fit(network(), digits, [callback(tmp_path, digits)])
    assert events(tmp_path).keys() == before.keys()


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ({"layers": ["conv9"]}, "no layer 'conv9'.*Did you mean.*conv1"),
        ({"layers": ["conv1"], "filters": [6]}, "has 6: 0 ... 5"),
        ({"layers": {"conv1": [-7]}}, "has 6: 0 ... 5"),
        ({"layers": None, "filters": {"conv9": 3}}, "no layer 'conv9'"),
        ({"filters": "some"}, 'an int, "all" or a list'),
    ],
)
def test_a_mistake_is_an_error_at_the_start(
    tmp_path, digits, network, arguments, complaint
):
    with pytest.raises(ValueError, match=complaint):
        fit(network(), digits, [callback(tmp_path, digits, **arguments)])
    assert not (tmp_path / "actmax").exists()


def test_a_probe_that_does_not_fit_is_an_error(tmp_path, digits, network):
    with pytest.raises(ValueError, match=r"takes\s+\(n, 28, 28, 1\)"):
        fit(network(), digits, [callback(tmp_path, digits[:, :14])])


@pytest.mark.parametrize(
    "arguments",
    [
        {"every": 0},
        {"every": "5 minutes"},
        {"steps": 0},
        {"warm_steps": 1.5},
        {"budget": 5},
    ],
)
def test_impossible_settings_are_refused_at_once(tmp_path, arguments):
    with pytest.raises(ValueError, match=next(iter(arguments))):
        tb_actmax.ActivationMaximization(tmp_path, **arguments)


def test_what_fails_is_logged_once_and_the_training_goes_on(
    tmp_path, digits, network, caplog
):
    watcher = callback(tmp_path, digits, layers=None)

    class Vandal(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            for view in watcher._session._views.values():
                view.maximizer._ascents.clear()
                view.maximizer._model = None

    with caplog.at_level(logging.ERROR, "tb_actmax"):
        history = fit(network(), digits, [watcher, Vandal()], epochs=3)
    assert len(history["loss"]) == 3
    (record,) = caplog.records
    assert record.message.startswith("Layers 'conv1', 'conv2' are left out")


def test_a_log_that_cannot_be_written_costs_one_line(
    tmp_path, digits, network, caplog
):
    (tmp_path / "actmax").write_text("in the way")
    with caplog.at_level(logging.ERROR, "tb_actmax"):
        history = fit(network(), digits, [callback(tmp_path, digits)], epochs=2)
    assert len(history["loss"]) == 2
    assert len(caplog.records) == 1
    assert "the training goes on" in caplog.records[0].message


def test_without_a_probe_the_assumptions_are_said_once(
    tmp_path, digits, network, caplog
):
    watcher = tb_actmax.ActivationMaximization(
        tmp_path, layers=["conv1"], filters=2, steps=2
    )
    with caplog.at_level(logging.WARNING, "tb_actmax"):
        fit(network(), digits, [watcher], epochs=2)
    (record,) = caplog.records
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


def test_every_so_many_batches(tmp_path, digits, network):
    model = network()
    own = callback(tmp_path, digits, every="3 steps")
    fit(model, digits, [own], epochs=2)  # four batches an epoch
    assert logged_steps(str(tmp_path / "actmax"))["conv1"] == [0, 3, 6, 8]
    found = events(tmp_path)
    headers = [found["conv1", step].header for step in (0, 3, 6, 8)]
    assert [h["batches"] for h in headers] == [0, 3, 6, 8]
    assert [h["epoch"] for h in headers] == [0, 0, 1, 2]
    fit(model, digits, [own], epochs=1)  # goes on counting
    resumed = callback(tmp_path, digits, every="3 steps")
    fit(model, digits, [resumed], epochs=4, initial_epoch=3)
    assert logged_steps(str(tmp_path / "actmax"))["conv1"] == [
        *(0, 3, 6, 8, 9, 12, 15, 16)
    ]


def test_counting_batches_leaves_the_training_alone(tmp_path, digits, network):
    plain, watched = network(), network()
    keras.utils.set_random_seed(7)
    expected = fit(plain, digits, [])
    keras.utils.set_random_seed(7)
    own = callback(tmp_path, digits, every="1 step")
    assert fit(watched, digits, [own]) == expected
    for a, b in zip(state(plain), state(watched), strict=True):
        assert np.array_equal(a, b)


def test_a_log_in_memory(digits, network):
    """Any file system that TensorFlow knows; this one is its own."""
    fit(network(), digits, [callback("ram://training", digits)], epochs=1)
    resumed = callback("ram://training", digits)
    fit(network(), digits, [resumed], epochs=2, initial_epoch=1)
    assert logged_steps("ram://training/actmax")["conv1"] == [0, 1, 2]


def test_a_resumed_training_goes_on_from_the_images_in_its_log(
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
        # The log holds no responses: those are compared from the next look on.
        assert {"ncc", "overlap"} <= other.keys()
        assert other["score"] == pytest.approx(one["score"], rel=0.3)
