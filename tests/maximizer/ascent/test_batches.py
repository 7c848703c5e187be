"""What is maximized at once is bounded by memory, and nothing else changes."""

import numpy as np
import pytest

from tb_actmax import objectives
from tb_actmax.data.fitting import fit
from tb_actmax.maximizer.ascent import stepper
from tb_actmax.maximizer.ascent.step import bytes_per_image
from tb_actmax.maximizer.layer_maximizer import LayerMaximizer
from tb_actmax.network import layers


def maximizer(model, digits):
    fitted = fit(model, digits)
    target = layers.find_targets(fitted.model, fitted.shape)["conv2"]
    chosen = [objectives.filter(index) for index in range(target.filters)]
    return LayerMaximizer(fitted, target, chosen)


def room_for_three_images(monkeypatch):
    def measured(graph):
        each = bytes_per_image(graph)
        monkeypatch.setattr(stepper, "MEMORY", 3 * each)
        return each

    monkeypatch.setattr(stepper, "bytes_per_image", measured)


@pytest.mark.parametrize("steps", [1, 5, 8, 16, 19])
def test_steps_are_the_same_one_by_one(network, digits, monkeypatch, steps):
    model, calls = network(), {"together": [], "one by one": []}
    kernel, bias = model.get_layer("conv1").get_weights()
    bias[:] = -3  # noise opens nothing: steps that leak are tested too
    model.get_layer("conv1").set_weights([kernel, bias])
    found = {}
    monkeypatch.setattr(stepper, "_ALONE", 0)
    for name, taken in calls.items():
        seen = maximizer(model, digits)
        found[name] = seen.cold(steps, on_step=taken.append)
        again = seen.warm(8, on_step=taken.append)
        assert np.isfinite(again.images).all()
        assert taken == [8] * (steps + 8)
        monkeypatch.setattr(stepper, "_CALL", 0)
    together, one_by_one = found.values()
    np.testing.assert_array_equal(together.images, one_by_one.images)
    assert together.status == one_by_one.status


def test_many_filters_are_maximized_in_several_batches(
    network, digits, monkeypatch
):
    model, steps = network(), []
    whole = maximizer(model, digits).cold(4, on_step=steps.append)
    assert steps == [8] * 4
    room_for_three_images(monkeypatch)
    steps.clear()
    parts = maximizer(model, digits).cold(4, on_step=steps.append)
    assert steps == [3] * 4 + [3] * 4 + [2] * 4
    assert np.allclose(whole.images, parts.images, atol=1e-3)
    assert np.allclose(whole.scores, parts.scores, rtol=1e-3)
