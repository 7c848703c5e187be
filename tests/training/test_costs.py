"""The correction of estimates by what updates took."""

import pytest

from tb_actmax.training.costs import Correction


def test_estimates_are_corrected_for_a_slower_machine():
    correction = Correction()
    before = correction(1.0)
    correction.note(1.0, 2.0)
    correction.note(3.0, 6.0)
    assert before < correction(1.0)
    assert correction(6.0) == pytest.approx(12.0, rel=0.1)


def test_time_that_does_not_grow_with_the_work_does_not_count_as_slowness():
    """Three small layers take four times the estimate, by a constant."""
    correction = Correction()
    for estimate in (0.13, 0.15, 0.2):
        correction.note(estimate, estimate + 0.4)
    assert 2.2 < correction(2.0) < 3.2


def test_a_layer_that_is_faster_than_estimated_does_not_lower_the_rest_much():
    correction = Correction()
    correction.note(2.0, 0.5)
    assert correction(1.0) >= 1.1
