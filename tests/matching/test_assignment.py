"""The filters of large layers are assigned about as those of small ones."""

import time

import numpy as np
import pytest

from tb_actmax.matching import assignment
from tb_actmax.matching.assignment import assign
from tb_actmax.matching.pairing import pair_filters, unit_rows
from tb_actmax.matching.signature import Signatures

COUNT = 300


def noisy(random, values):
    """Returns shuffled filters of which a part has changed."""
    noise = random.uniform(0, 3, size=(len(values), 1))
    mixed = values / values.std() + noise * random.normal(size=values.shape)
    return mixed[random.permutation(len(mixed))]


def layers(kind):
    """Returns the signatures of two layers."""
    random = np.random.default_rng(0)
    values = random.normal(size=(COUNT, 64))
    if kind == "low-dimensional":
        values = values[:, :3] @ random.normal(size=(3, 64))
    if kind == "with duplicates and dead filters":
        values = values[random.integers(COUNT // 3, size=COUNT)]
        values[:20] = 0
    if kind == "all alike":
        values += 3 * np.abs(values[:, :1])
    if kind == "products":
        first, second = np.zeros((2, COUNT, 64))
        first[:, 0], second[:, 0] = random.uniform(size=(2, COUNT))
        first[:, 1] = np.sqrt(1 - first[:, 0] ** 2)
        second[:, 2] = np.sqrt(1 - second[:, 0] ** 2)
        return first, second
    if kind == "unrelated":
        return values, random.normal(size=values.shape)
    return values, noisy(random, values)


def bands(r):
    """Returns how many filters are lost, changed and kept."""
    return np.bincount(np.digitize(r, [0.5, 0.9]), minlength=3)


@pytest.mark.parametrize(
    "kind",
    [
        "ordinary",
        "low-dimensional",
        "with duplicates and dead filters",
        "all alike",
        "products",
        "unrelated",
    ],
)
@pytest.mark.parametrize("size", [COUNT, COUNT - 40])
def test_large_layers_are_assigned_as_small_ones(kind, size, monkeypatch):
    first, second = map(unit_rows, layers(kind))
    for a, b in ((first[:size], second), (first, second[:size])):
        _, _, exact = assign(a, b)
        monkeypatch.setattr(assignment, "_MOST_EXACT", 0)
        rows, columns, r = assign(a, b)
        monkeypatch.undo()
        assert len(set(rows)) == len(set(columns)) == size
        assert (np.diff(rows) > 0).all()
        assert r == pytest.approx((a[rows] * b[columns]).sum(1), abs=1e-5)
        assert np.abs(bands(r) - bands(exact)).max() <= 0.01 * size
        assert r.mean() > exact.mean() - 0.02


def test_filters_that_are_alike_are_matched_before_the_others_are_improved():
    # The matrix of the correlations is theirs: the first layer is a basis.
    correlations = np.array([[0.55, 0.48, 0], [0.45, 0, 0], [0, 0, 0.2]])
    rows, columns, r = assign(np.eye(3), correlations.T)
    assert correlations[0, 1] + correlations[1, 0] > correlations[0, 0]
    assert dict(zip(rows, columns, strict=True)) == {0: 0, 1: 1, 2: 2}
    assert r.tolist() == [0.55, 0, 0.2]


@pytest.mark.parametrize("most_exact", [assignment._MOST_EXACT, 0])
def test_no_two_filters_that_are_alike_stay_without_a_match(
    most_exact, monkeypatch
):
    first, second = map(unit_rows, layers("low-dimensional"))
    monkeypatch.setattr(assignment, "_MOST_EXACT", most_exact)
    rows, columns, r = assign(first, second)
    unlike = r < 0.5
    assert unlike.any()
    between = first[rows[unlike]] @ second[columns[unlike]].T
    assert between.max() < 0.5


def test_the_largest_layers_are_assigned_in_seconds():
    values = np.random.default_rng(0).uniform(size=(4096, 2))
    layer = Signatures(list(range(4096)), values, 0, "probe")
    turned = Signatures(list(range(4096)), values[::-1], 0, "probe")
    began = time.process_time()
    pairs = pair_filters(layer, turned).pairs
    assert time.process_time() - began < 30
    assert len({other for _, other, _ in pairs}) == 4096
    assert min(r for _, _, r in pairs) > 0.99
