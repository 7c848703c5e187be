"""Filters are compared with their last snapshot."""

import numpy as np
import pytest

from tb_actmax.measures.change import Changes


def test_a_filter_settles_after_two_updates_without_change():
    changes, random = Changes(), np.random.default_rng(0)
    image, responses = random.normal(size=(8, 8, 1)), random.normal(size=64)
    assert changes.compare("a", image, responses, [1, 2]) == {}
    again = image + 0.1 * random.normal(size=(8, 8, 1))
    changes.measure_floor([image], [again])
    settled = [
        changes.compare("a", image, responses, [2, 3])["settled"]
        for _ in range(3)
    ]
    assert settled == [0, 1, 1]
    moved = changes.compare("a", image, random.normal(size=64), [4, 5])
    assert moved["settled"] == 0 and moved["overlap"] == 0
    assert moved["ncc"] == pytest.approx(1) and moved["steadiness"] < 0.5


def test_a_settled_filter_of_a_log_stays_settled():
    changes, random = Changes(), np.random.default_rng(0)
    image, responses = random.normal(size=(8, 8, 1)), random.normal(size=64)
    changes.resume("a", image, [1, 2], settled=True)
    first = changes.compare("a", image, responses, [1, 2])
    assert first["overlap"] == 1 and "settled" not in first
    assert changes.compare("a", image, responses, [1, 2])["settled"] == 1
