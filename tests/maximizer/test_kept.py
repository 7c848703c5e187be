"""The graphs that `maximize` keeps, and the status that it measures later."""

import copy
import pickle

import keras
import numpy as np
import pytest

import tb_actmax
from tb_actmax.data import fitting
from tb_actmax.maximizer import maximize as module

layers = keras.layers


@pytest.fixture
def model():
    keras.utils.set_random_seed(0)
    return keras.Sequential(
        [
            keras.Input((12, 12, 1)),
            layers.Conv2D(4, 3, activation="relu", name="conv1"),
            layers.Conv2D(4, 3, name="conv2"),
        ]
    )


@pytest.fixture
def probe():
    return np.random.default_rng(0).uniform(size=(8, 12, 12, 1))


@pytest.fixture
def traced(monkeypatch):
    """Returns the layers whose maximizer was made."""
    made = []
    own = module.LayerMaximizer

    def make(fitted, target, *more, **named):
        made.append(target.path)
        return own(fitted, target, *more, **named)

    monkeypatch.setattr(module, "LayerMaximizer", make)
    return made


def find(model, probe, layer="conv2", **more):
    return tb_actmax.maximize(model, layer, probe=probe, steps=4, **more)


def test_a_second_call_traces_nothing_and_finds_the_same(model, probe, traced):
    first, second = find(model, probe), find(model, probe)
    assert traced == ["conv2"]
    assert np.array_equal(first.images, second.images)
    assert np.array_equal(first.scores, second.scores)
    assert first.status == second.status


def test_an_equal_probe_is_measured_once(model, probe, monkeypatch):
    measured = []
    own = fitting.measure_statistics

    def measure(images, pictures):
        measured.append(len(images))
        return own(images, pictures)

    monkeypatch.setattr(fitting, "measure_statistics", measure)
    find(model, probe)
    find(model, probe.copy(), "conv1")
    assert measured == [8]
    found = find(model, probe[:5])
    assert measured == [8, 5]
    alone = find(keras.models.clone_model(model), probe[:5])
    assert found.value_range == alone.value_range


def test_current_weights_are_read(model, probe, traced):
    first = find(model, probe)
    model.set_weights([-w for w in model.get_weights()])
    second = find(model, probe)
    assert traced == ["conv2"]
    assert not np.array_equal(first.images, second.images)


@pytest.mark.parametrize(
    "change",
    [
        lambda model, probe: setattr(
            model.layers[0], "activation", keras.activations.tanh
        ),
        lambda model, probe: probe.__imul__(0.5),
        lambda model, probe: setattr(model.layers[1], "strides", (2, 2)),
    ],
    ids=["activation", "probe", "attribute"],
)
def test_traces_for_other_arguments_are_not_reused(
    model, probe, traced, change
):
    find(model, probe)
    change(model, probe)
    found = find(model, probe)
    assert traced == ["conv2"] * 2
    del model.__dict__["_actmax_kept"]
    assert np.array_equal(found.images, find(model, probe).images)


def test_functions_of_the_users_own_are_traced_again(model, probe, traced):
    shift = [1]

    def moved(images):
        return keras.ops.roll(images, shift[0], axis=1)

    first = find(model, probe, transforms=[moved])
    shift[0] = 4
    second = find(model, probe, transforms=[moved])
    assert len(traced) == 2
    assert not np.array_equal(first.images, second.images)


def test_a_model_can_be_saved_copied_and_deleted(model, probe, tmp_path):
    find(model, probe)
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    assert "_actmax_kept" not in loaded.__dict__
    assert "_actmax_kept" not in copy.deepcopy(model).__dict__
    assert not any("actmax" in v.path for v in model.variables)


def test_the_status_is_that_of_the_weights_at_the_call(model, probe):
    kernel, bias = model.layers[1].get_weights()
    kernel[..., 2] = bias[2] = 0.0
    model.layers[1].set_weights([kernel, bias])
    expected = find(model, probe).status
    assert expected[2] == "dead"
    found = find(model, probe)
    model.layers[1].set_weights([np.roll(kernel, 1, axis=-1), bias])
    assert found.status == expected
    assert find(model, probe).status[3] == "dead"


def test_a_result_can_be_copied_and_changed(model, probe):
    found = find(model, probe)
    again = pickle.loads(pickle.dumps(found))
    assert again.status == found.status
    assert np.array_equal(copy.deepcopy(found).images, found.images)
    found.status = ["ok"]
    assert found.status == ["ok"]
