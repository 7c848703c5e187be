"""What is maximized at once is bounded by memory, and nothing else changes."""

import numpy as np

from tb_actmax.maximizer import ascent, layers, objectives
from tb_actmax.maximizer.layer_maximizer import LayerMaximizer
from tb_actmax.maximizer.step import bytes_per_image
from tb_actmax.probe.statistics import measure_statistics


def maximizer(model, digits):
    target = layers.find_targets(model, (28, 28, 1))["conv2"]
    chosen = [objectives.filter(index) for index in range(target.filters)]
    statistics = measure_statistics(digits)
    return LayerMaximizer(model, target, chosen, statistics, (28, 28, 1))


def test_many_filters_are_maximized_in_several_batches(
    network, digits, monkeypatch
):
    model, steps = network(), []
    whole = maximizer(model, digits).cold(4, on_step=steps.append)
    assert steps == [8] * 4
    # Room for three images.
    few = maximizer(model, digits)
    few.cold(1)
    (built,) = few._ascents.values()
    room = 3 * bytes_per_image(built._step.graph)
    monkeypatch.setattr(ascent, "MEMORY", room)
    steps.clear()
    parts = maximizer(model, digits).cold(4, on_step=steps.append)
    assert steps == [3] * 4 + [3] * 4 + [2] * 4
    assert np.allclose(whole.images, parts.images, atol=1e-3)
    assert np.allclose(whole.scores, parts.scores, rtol=1e-3)
