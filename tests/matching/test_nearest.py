"""The nearest filter of another layer may be matched with another one."""

import time

import numpy as np
import pytest

from tb_actmax.matching import nearest as module
from tb_actmax.matching.assignment import assign
from tb_actmax.matching.nearest import nearest
from tb_actmax.matching.pairing import pair_filters, unit_rows
from tb_actmax.matching.signature import Signatures


def signatures(filters, values):
    return Signatures(filters, np.array(values, np.float64), 0, "probe")


@pytest.mark.parametrize("sizes", [(300, 260), (260, 300), (1, 5)])
def test_the_nearest_has_the_largest_correlation(sizes):
    random = np.random.default_rng(0)
    a, b = (unit_rows(random.normal(size=(size, 16))) for size in sizes)
    for (one, other), found in zip(
        ((a, b), (b, a)), nearest(a, b), strict=True
    ):
        r = one @ other.T
        assert (found.rows == r.argmax(axis=1)).all()
        assert found.r == pytest.approx(r.max(axis=1), abs=1e-5)


def test_a_filter_that_is_matched_with_another_is_still_the_nearest():
    first = signatures([3, 7], [[1, 0, 0], [0.8, 0.6, 0]])
    second = signatures([12, 32], [[1, 0, 0], [0, 0, 1]])
    found = pair_filters(first, second)
    assert found.pairs == [(3, 12, 1.0), (7, 32, 0.0)]
    assert found.nearest == [(3, 12, 1.0), (7, 12, 0.8)]
    assert found.other_nearest == [(12, 3, 1.0), (32, 7, 0.0)]


def test_the_match_is_preferred_among_filters_that_are_as_near():
    copies = np.random.default_rng(0).normal(size=(1, 16)).repeat(9, axis=0)
    first = signatures(list(range(9)), copies)
    second = signatures(list(range(9)), 5 * copies)
    found = pair_filters(first, second)
    assert found.nearest == found.pairs
    back = {(other, filter_) for filter_, other, _ in found.pairs}
    assert {(one, other) for one, other, _ in found.other_nearest} == back


def test_filters_without_responses_have_no_nearest_and_are_none():
    first = signatures([0, 1], [[0, 0, 0], [1, 2, 3]])
    second = signatures([4, 5], [[-1, -2, -3], [0, 0, 0]])
    found = pair_filters(first, second)
    assert found.nearest == [(1, 4, -1.0)]
    assert found.other_nearest == [(4, 1, -1.0)]
    silent = signatures([0, 1], np.zeros((2, 3)))
    found = pair_filters(silent, silent)
    assert (found.nearest, found.other_nearest) == ([], [])


def test_no_match_is_nearer_than_the_nearest():
    random = np.random.default_rng(1)
    a, b = (unit_rows(random.normal(size=(400, 8))) for _ in range(2))
    rows, columns, r = assign(a, b)
    of_a, of_b = nearest(a, b)
    assert (of_a.r[rows] >= r - 1e-6).all()
    assert (of_b.r[columns] >= r - 1e-6).all()


def test_the_largest_layers_take_seconds_and_few_megabytes():
    import tracemalloc

    size = (4096, 1024)
    layer = unit_rows(np.random.default_rng(0).normal(size=size))
    tracemalloc.start()
    began = time.process_time()
    of_first, _ = nearest(layer, layer[::-1])
    passed = time.process_time() - began
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (of_first.rows == np.arange(4096)[::-1]).all()
    assert passed < 10
    # The assignment takes a table of all pairs in double precision.
    assert most < 4096**2 * 8
    assert most < 3 * 4 * np.prod(size) + 4 * module._BLOCK * 4096 * 4
