"""Layers whose first images one ascent finds."""

import dataclasses
import warnings

import keras
import numpy as np
import tensorflow as tf
from support.watched import callback, events, fit

from tb_actmax.data.fitting import fit as fit_probe
from tb_actmax.maximizer.base import Call
from tb_actmax.maximizer.layer_maximizer import LayerMaximizer
from tb_actmax.maximizer.shared_ascent import (
    can_share,
    maximize_together,
    what_is_shared,
)
from tb_actmax.measures.exemplars import strongest_inputs
from tb_actmax.measures.shared_responses import SharedResponses
from tb_actmax.network.layers import find_targets
from tb_actmax.objectives import channel, neuron

layers = keras.layers
X = np.random.default_rng(0).uniform(size=(24, 32, 32, 3)).astype("float32")
DEEP = ["four", "five", "six", "seven"]


def linear():
    """Four layers without activations; none is on the way to the first."""
    keras.utils.set_random_seed(1)
    image = maps = keras.Input((32, 32, 3))
    for name in ["one", *DEEP]:
        stride = 4 if name == "one" else 1
        maps = layers.Conv2D(6, 9, stride, "same", name=name)(maps)
    return keras.Model(image, layers.GlobalAveragePooling2D()(maps))


def network(frozen=False):
    """Four of its layers see whole inputs."""
    keras.utils.set_random_seed(1)
    names = ["one", "two", "three", *DEEP]
    image = maps = keras.Input((32, 32, 3))
    for place, name in enumerate(names):
        stride = 2 if place < 3 else 1
        maps = layers.Conv2D(6, 5, stride, "same", name=name)(maps)
        maps = layers.ReLU()(layers.BatchNormalization()(maps))
    base = keras.Model(image, maps)
    base.trainable = not frozen
    pooled = layers.GlobalAveragePooling2D()(maps)
    model = keras.Model(
        image, layers.Dense(3, "softmax", name="classes")(pooled)
    )
    model.compile("sgd", "sparse_categorical_crossentropy")
    return model


def prepared(model):
    """Returns the maximizers of the deep layers, and their calls."""
    fitted = fit_probe(model, X)
    targets = find_targets(fitted.model, fitted.shape)
    shared = SharedResponses(fitted, list(targets.values()))
    maximizers, calls = [], []
    for place, name in enumerate(DEEP):
        objectives = [neuron(number) for number in (place, place + 1, 5)]
        numbers = [one.filter for one in objectives]
        responses = shared.measure(targets[name], numbers)
        maximizers.append(LayerMaximizer(fitted, targets[name], objectives))
        pull = strongest_inputs(responses, objectives)
        # After more steps, images may differ by the processor's rounding.
        calls.append(Call("cold", 4, objectives, exemplars=pull))
    return fitted, targets, maximizers, calls


def test_layers_whose_images_are_made_alike_share_an_ascent():
    fitted, targets, _, _ = prepared(network())
    shared = {name: what_is_shared(fitted, targets[name]) for name in targets}
    assert shared["one"] is None
    assert shared["five"] is not None
    assert len({shared[name] for name in DEEP}) == 1
    assert shared["two"] != shared["five"]
    assert shared["classes"] not in (shared["two"], shared["five"])


def test_images_are_those_of_each_layers_own_ascent():
    model = network()
    _, _, maximizers, calls = prepared(model)
    assert maximizers[0].pulled
    found = maximize_together(maximizers, calls)
    _, _, alone, _ = prepared(model)
    for first, shared, own, call in zip(
        found, maximizers, alone, calls, strict=True
    ):
        expected = own.run(call)
        assert np.allclose(first.images, expected.images, atol=2e-3)
        assert np.allclose(first.scores, expected.scores, rtol=1e-2)
        assert first.status == expected.status
        assert first.labels == expected.labels
        assert first.labels == [o.label for o in call.objectives]
        for one, other in zip(shared.variables, own.variables, strict=True):
            assert one is other
        # Later ascents of the layer need no other trace.
        warm = dataclasses.replace(call, how="warm")
        again, expected = shared.run(warm), own.run(warm)
        assert np.allclose(again.scores, expected.scores, rtol=2e-2)
        assert shared.traces == (shared is maximizers[-1])


def test_a_layer_says_whether_its_own_images_are_pulled():
    model = linear()
    _, _, maximizers, calls = prepared(model)
    _, _, alone, _ = prepared(model)
    with warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)
        found = maximize_together(maximizers, calls)
        expected = [one.run(c) for one, c in zip(alone, calls, strict=True)]
    pulled = [one.pulled for one in maximizers]
    assert pulled == [one.pulled for one in alone]
    assert len(set(pulled)) == 2
    for shared, own in zip(found, expected, strict=True):
        assert np.allclose(shared.scores, own.scores, rtol=1e-2)
        assert shared.status == own.status


def test_a_layer_depends_on_no_variable_behind_it():
    model = network()
    _, _, maximizers, calls = prepared(model)
    maximize_together(maximizers, calls)
    behind = model.get_layer("seven").kernel.handle
    assert all(one is not behind for one in maximizers[0].variables)
    assert any(one is behind for one in maximizers[-1].variables)


def test_steps_are_reported_for_all_images():
    _, _, maximizers, calls = prepared(network())
    steps = []
    maximize_together(maximizers, calls, steps.append)
    assert steps == [3 * len(DEEP)] * calls[0].steps


def test_only_single_filters_share_an_ascent():
    assert can_share([neuron(1), neuron(2)])
    assert not can_share([neuron(1), channel(2)])
    assert not can_share([neuron(1).diverse(2)])


def test_a_training_shows_what_one_ascent_found(tmp_path, monkeypatch):
    together = []

    def noted(maximizers, *args):
        together.append([one.target.path for one in maximizers])
        return maximize_together(maximizers, *args)

    monkeypatch.setattr(
        "tb_actmax.training.first_images.maximize_together", noted
    )
    own = callback(tmp_path, X, layers=None, filters=1)
    fit(network(), X, [own], epochs=2)
    assert together == [DEEP]
    found = events(tmp_path)
    for name in DEEP:
        assert {step for tag, step in found if tag == name} == {0, 1, 2}
        (entry,) = found[name, 0].filters
        assert np.isfinite(entry["score"])
        assert len(entry["exemplars"]["inputs"]) > 0


def test_layers_that_do_not_change_are_not_maximized_again(tmp_path):
    model = network(frozen=True)
    own = callback(tmp_path, X, layers=None, filters=1)
    fit(model, X, [own], epochs=2)
    found = events(tmp_path)
    for name in DEEP:
        assert found[name, 2].header["unchanged_since"] == 0


def test_layers_are_shown_one_by_one_if_an_ascent_of_all_fails(
    tmp_path, monkeypatch
):
    def failing(*args):
        raise tf.errors.ResourceExhaustedError(None, None, "too large")

    monkeypatch.setattr(
        "tb_actmax.training.first_images.maximize_together", failing
    )
    own = callback(tmp_path, X, layers=None, filters=1)
    fit(network(), X, [own], epochs=1)
    assert {tag for tag, _ in events(tmp_path)} >= set(DEEP)
