"""The estimates of what updates take, and their correction."""

import pytest

from tb_actmax.measures.shared_responses import Share
from tb_actmax.training.costs import Correction, LayerCost, UpdateCost, Work


def updated(share):
    """Returns the cost of a layer whose pass over the sample took 3 s."""
    cost = LayerCost(Work(probe=30.0, image=0.0, step=1.0), 2.0, speed=10.0)
    cost.note(UpdateCost(1, 32, 2.0, 0.1 + 2.0 + 3.0 + 3.2, share))
    return cost


def test_a_pass_over_the_sample_does_not_count_as_steps():
    cost = updated(Share(3.0, 0.0, 30.0))
    assert cost.seconds(1, 8) == pytest.approx(0.1 + 3.0 + 0.8)
    assert cost.seconds(1, 8, passing=0.0) == pytest.approx(0.1 + 0.8)


def test_later_passes_begin_at_the_layer_before():
    """Measured alone, the layer had to run all of the network before it."""
    cost = updated(Share(3.0, 0.0, 90.0))
    assert cost.seconds(1, 8) == pytest.approx(0.1 + 1.0 + 0.8)


def test_layers_that_share_an_ascent_build_the_gradients_between_them():
    work = Work(probe=0.0, image=0.0, step=1.0)
    half, deepest = (
        LayerCost(work, tracing, speed=10.0, gradients=2.0)
        for tracing in (0.5, 1.0)
    )
    alone = [cost.seconds(1, 10) for cost in (half, deepest)]
    assert alone == pytest.approx([0.1 + 2.5 + 1.0, 0.1 + 3.0 + 1.0])
    for cost in (half, deepest):
        together = cost.seconds_together(1, 10, deepest, 2)
        assert together == pytest.approx(0.1 + 2.0 + 0.5 + 1.0)
        cost.note(UpdateCost(1, 10, 3.0, 4.0))
        assert cost.seconds(1, 10) < 1.2


def test_estimates_are_corrected_for_a_slower_machine():
    correction = Correction()
    before = correction(1.0)
    correction.note(1.0, 2.0)
    correction.note(3.0, 6.0)
    assert before < correction(1.0)
    assert correction(6.0) == pytest.approx(12.0, rel=0.1)


def test_a_small_layer_says_less_than_what_is_assumed():
    correction = Correction()
    before = correction(2.0)
    correction.note(0.2, 0.6)
    assert before < correction(2.0) < 1.1 * before


def test_a_layer_that_is_faster_than_estimated_does_not_lower_the_rest_much():
    correction = Correction()
    correction.note(2.0, 0.5)
    assert correction(1.0) >= 0.7
