"""Memory limits change how much is computed at once, but no result."""

import numpy as np
import pytest

from tb_actmax import objectives
from tb_actmax.data.fitting import fit
from tb_actmax.maximizer.ascent.limits import Limits
from tb_actmax.maximizer.layer_maximizer import LayerMaximizer
from tb_actmax.network import layers


@pytest.fixture
def maximizer(network, digits):
    """Makes maximizers of eight filters of one model."""
    fitted = fit(network(), digits)
    # Noise opens no unit of the first layer: steps that leak are tested too.
    first = fitted.model.keras_model.get_layer("conv1")
    kernel, bias = first.get_weights()
    first.set_weights([kernel, np.full_like(bias, -3)])
    target = layers.find_targets(fitted.model, fitted.shape)["conv2"]
    chosen = [objectives.neuron(index) for index in range(target.filters)]
    return lambda limits: LayerMaximizer(fitted, target, chosen, limits=limits)


@pytest.mark.parametrize("steps", [1, 5, 8, 16, 19])
def test_steps_of_one_call_give_the_images_of_single_steps(maximizer, steps):
    found = []
    for limits in (Limits(before_loop=0), Limits(call=0)):
        seen, taken = maximizer(limits), []
        found.append(seen.cold(steps, on_step=taken.append))
        again = seen.warm(8, on_step=taken.append)
        assert np.isfinite(again.images).all()
        assert taken == [8] * (steps + 8)
    together, one_by_one = found
    np.testing.assert_array_equal(together.images, one_by_one.images)
    assert together.status == one_by_one.status


@pytest.mark.parametrize(("share", "looped"), [(0.02, True), (1.0, False)])
def test_a_loop_is_traced_once_it_may_pay_off(maximizer, share, looped):
    """After steps in proportion to the operations of one, about 250."""
    seen = maximizer(Limits(before_loop=share))
    seen.cold(16)
    before = seen.building
    seen.cold(32)
    assert (seen.building > before) == looped


def test_many_filters_are_maximized_in_several_batches(maximizer):
    steps = []
    seen = maximizer(None)
    whole = seen.cold(4, on_step=steps.append)
    assert steps == [8] * 4
    ascent, _ = seen.ascent(seen.objectives[0])
    each = ascent.bytes_per_image
    steps.clear()
    parts = maximizer(Limits(memory=3 * each)).cold(4, on_step=steps.append)
    assert steps == [3] * 4 + [3] * 4 + [2] * 4
    assert np.allclose(whole.images, parts.images, atol=1e-3)
    assert np.allclose(whole.scores, parts.scores, rtol=1e-3)
