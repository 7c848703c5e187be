"""Twins within a layer, and its map."""

import dataclasses
import itertools
import time

import numpy as np
import pytest

from tb_actmax.matching.relations import TWINS, relate
from tb_actmax.matching.signature import MatchError, Signatures


def signatures(values, probe="same"):
    values = np.asarray(values, np.float64)
    return Signatures(list(range(len(values))), values, 0, probe)


@pytest.fixture
def layer():
    """Returns ten filters: 3 and 7 do the same, so do 1, 4 and 8; 9 is dead."""
    values = np.random.default_rng(0).normal(size=(10, 64))
    values[7] = 2 * values[3]
    values[4] = values[1] + 0.05 * values[0]
    values[8] = values[1]
    values[9] = 0
    return signatures(values)


def test_twins_are_grouped(layer):
    found = relate(layer, layer)
    assert found.groups == [[1, 4, 8], [3, 7]]
    assert found.nearest[3] == 7 and found.r[3] == pytest.approx(1)
    assert found.r[0] < TWINS


def test_all_of_a_group_are_twins_of_each_other():
    # Each is a twin of the next only.
    angles = np.arange(6) * np.arccos(0.92)
    found = relate(
        *[signatures(np.stack([np.cos(angles), np.sin(angles)], 1))] * 2
    )
    assert all(len(group) == 2 for group in found.groups)


def test_a_dead_filter_has_no_twin(layer):
    found = relate(layer, layer)
    assert found.nearest[9] == -1 and found.r[9] == 0
    assert (found.positions[9] == 0).all()
    assert relate(layer, layer, dead=[3]).groups == [[1, 4, 8]]


def test_twins_are_close_on_the_map(layer):
    positions = relate(layer, layer).positions
    assert np.abs(positions).max() == pytest.approx(1)
    between = np.linalg.norm(positions[:, None] - positions, axis=-1)
    assert between[3, 7] < 0.02
    assert between[3, 1] > 0.2


def test_filters_do_not_jump_from_epoch_to_epoch(layer):
    noise = np.random.default_rng(1).normal(size=layer.values.shape)
    noise[9] = 0
    later = signatures(layer.values + 0.05 * noise)
    first, second = relate(layer, later), relate(later, later)
    assert np.abs(first.positions - second.positions).max() < 0.3


def test_the_map_moves_only_as_far_as_the_responses_change():
    random = np.random.default_rng(3)
    before = random.normal(size=(64, 20)) @ random.normal(size=(20, 256))
    drift = 2 * random.normal(size=before.shape)
    maps = [
        relate(signatures(before + part * drift), signatures(before)).positions
        for part in (2.4, 1.6, 0.8, 0)
    ]
    for first, second in itertools.pairwise(maps):
        moved = np.linalg.norm(first - second, axis=1)
        assert moved.max() < 0.1


def test_filters_do_not_jump_where_other_filters_are_logged():
    random = np.random.default_rng(3)
    values = random.normal(size=(64, 20)) @ random.normal(size=(20, 256))
    newest = relate(signatures(values), signatures(values)).positions
    drifted = values + 0.2 * random.normal(size=values.shape)
    for some in (range(0, 64, 5), range(60)):
        part = dataclasses.replace(
            signatures(drifted[list(some)]), filters=list(some)
        )
        found = relate(part, signatures(values))
        moved = np.linalg.norm(found.positions - newest[list(some)], axis=1)
        assert moved.max() < 0.3
        # And back: those that were not logged find a place.
        whole = relate(signatures(values), part)
        assert len(whole.positions) == 64
        assert np.abs(whole.positions).max() <= 1


def test_the_map_of_a_wide_layer_moves_too():
    random = np.random.default_rng(3)
    newest = signatures(random.normal(size=(1100, 8)))
    first = signatures(random.normal(size=(1100, 8)))
    positions = relate(first, newest).positions
    assert np.abs(positions - relate(newest, newest).positions).max() > 0.1
    assert np.abs(positions).max() == pytest.approx(1)


def test_another_probe_is_rejected(layer):
    with pytest.raises(MatchError, match="probe changed"):
        relate(layer, signatures(layer.values, "other"))


def test_the_largest_layers_are_matched_in_seconds():
    values = np.random.default_rng(0).normal(size=(4096, 256))
    values[:1000] = values[0]
    began = time.monotonic()
    found = relate(*[signatures(values)] * 2)
    assert time.monotonic() - began < 20
    assert len(found.groups[0]) == 1000
