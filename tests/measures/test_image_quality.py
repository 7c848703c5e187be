"""Measures of images: rank among filters, and traces that layers share."""

import keras
import numpy as np
import pytest

from tb_actmax.data.fitting import fit
from tb_actmax.measures.image_quality import ImageMeasurer, rank_among
from tb_actmax.network.layers import find_targets
from tb_actmax.network.whole_inputs import trace_whole_inputs

X = np.random.default_rng(0).uniform(size=(12, 16, 16, 3)).astype("float32")


def measurers(names, traced=True):
    """Returns measurers of layers of a model that was traced up to them."""
    keras.utils.set_random_seed(0)
    layers = [
        keras.layers.Conv2D(4, 5, 2, "same", activation="relu", name=name)
        for name in ("one", "two", "three", "four")
    ]
    model = keras.Sequential([keras.Input((16, 16, 3)), *layers])
    fitted = fit(model, X)
    targets = find_targets(fitted.model, fitted.shape)
    chosen = [targets[name] for name in names]
    if traced:
        trace_whole_inputs(fitted.model, chosen, fitted.shape)
    return [ImageMeasurer(fitted, target) for target in chosen]


def measured(some):
    return [
        [
            (one.filters, one.transformed)
            for one in each.responses(X[:3], [0, 1, 3])
        ]
        for each in some
    ]


@pytest.mark.parametrize("names", [("three", "four"), ("one", "four")])
@pytest.mark.parametrize("traced", [True, False])
def test_layers_that_share_a_trace_are_measured_as_alone(names, traced):
    shared, alone = measurers(names, traced), measurers(names, traced)
    *others, deepest = shared
    deepest.share_trace(others, X.shape[1:-1])
    took = [one.tracing.seconds for one in shared]
    for found, expected in zip(measured(shared), measured(alone), strict=True):
        for one, other in zip(found, expected, strict=True):
            np.testing.assert_allclose(one[0], other[0], rtol=1e-5)
            assert one[1] == pytest.approx(other[1], rel=1e-5)
    used = [one.tracing.seconds for one in shared] == took
    # Without a trace up to both layers, each has its own.
    assert used == traced


def test_filters_with_equal_lift_share_their_mean_rank():
    lifts = np.array([[0.0, 0, 0, 0, 0], [0.9, 0.5, 0.1, 0.5, 0.2]])
    own = np.array([0.0, 0.5])
    np.testing.assert_allclose(rank_among(lifts, own), [3, 2.5])
