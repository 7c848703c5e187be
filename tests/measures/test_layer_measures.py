"""Measures of filters whose answer is known."""

import dataclasses

import keras
import numpy as np
import pytest

from tb_actmax.data.fitting import fit
from tb_actmax.data.sample import Sample
from tb_actmax.matching.probe_points import ProbePoints
from tb_actmax.maximizer.layer_maximizer import LayerMaximizer
from tb_actmax.measures.change import Changes
from tb_actmax.measures.image_quality import rank_among
from tb_actmax.measures.layer_measures import LayerMeasures
from tb_actmax.network import layers
from tb_actmax.network.selection import choose_objectives

SHAPES = 4


@pytest.fixture(scope="module")
def shapes():
    """Four 7x7 drawings: up, across, a cross, a ring."""
    rows, columns = np.mgrid[:7, :7] - 3
    ring = np.abs(np.hypot(rows, columns) - 2) < 0.6
    drawn = [columns == 0, rows == 0, (columns == 0) | (rows == 0), ring]
    return np.stack(drawn).astype(np.float32)


@pytest.fixture(scope="module")
def sample(shapes):
    """One drawing on each input, its number as the class."""
    random = np.random.default_rng(0)
    images = np.zeros((80, 24, 24, 1), np.float32)
    labels = np.arange(80) % SHAPES
    for image, label in zip(images, labels, strict=True):
        y, x = random.integers(0, 17, 2)
        image[y : y + 7, x : x + 7, 0] = shapes[label]
    return Sample(images, labels.astype(np.int64))


@pytest.fixture(scope="module")
def model(shapes):
    """Matched filters of the drawings, and one that nothing excites."""
    kernel = shapes - shapes.mean(axis=(1, 2), keepdims=True)
    kernel /= np.sqrt((kernel**2).sum(axis=(1, 2), keepdims=True))
    kernel = np.concatenate([kernel, np.zeros((1, 7, 7))])
    model = keras.Sequential(
        [
            keras.Input((24, 24, 1)),
            keras.layers.Conv2D(5, 7, padding="same", name="shapes"),
        ]
    )
    bias = np.array([0, 0, 0, 0, -1.0])
    model.layers[0].set_weights([np.moveaxis(kernel, 0, -1)[:, :, None], bias])
    return model


@pytest.fixture(scope="module")
def found(model, sample):
    fitted = fit(model, (sample.images, sample.labels))
    target = layers.find_targets(fitted.model, fitted.shape)["shapes"]
    chosen = choose_objectives(target, "all")
    images = LayerMaximizer(fitted, target, chosen).cold().images
    measures = LayerMeasures(fitted, target, ProbePoints(fitted.sample), 9)
    return measures(chosen, images)


def test_exemplars_are_the_filters_own_template(found):
    for index in range(SHAPES):
        exemplars = found.exemplars.entries[index]
        assert exemplars["classes"] == [index] * 9
        assert exemplars["entropy"] == 0
        assert len(set(exemplars["inputs"])) == 9
        assert exemplars["values"] == sorted(exemplars["values"], reverse=True)


def test_patches_are_stored_once(found):
    atlas = found.exemplars.atlas
    cells = {
        cell
        for entry in found.exemplars.entries.values()
        for cell in entry["cells"]
    }
    assert cells == set(range(len(atlas)))
    assert (atlas.height, atlas.width) == (7, 7)


def test_a_dead_filter_is_dead_and_the_others_are_not(found):
    status = [found.measured.status(index) for index in range(5)]
    assert status == ["ok"] * SHAPES + ["dead"]


def test_a_filter_that_the_data_barely_moves_is_weak_and_less_is_dead(found):
    maximum = np.array([1.0, 1.0, 1.0, 0.04, 0.0004, -1.0], np.float32)
    measured = dataclasses.replace(found.measured, maximum=maximum)
    status = [measured.status(index) for index in range(6)]
    assert status == ["ok", "ok", "ok", "weak", "dead", "dead"]


def test_images_that_do_nothing_are_in_the_middle():
    lifts = np.array([[0.0, 0, 0, 0, 0], [0.9, 0.5, 0.1, 0.5, 0.2]])
    # Five filters that are equal; one that is below another, beside a third.
    own = np.array([0.0, 0.5])
    np.testing.assert_allclose(rank_among(lifts, own), [3, 2.5])


def test_good_images_have_lift_and_the_first_rank(found):
    for index in range(SHAPES):
        entry = found.entries[index]
        assert entry["lift"] > 0.6
        assert entry["lift"] > entry["lift_t"] > 0.3
        assert entry["rank"] == 1
        assert entry["data_mean"] < entry["data_p99"] <= entry["data_max"]


def test_signatures_hold_the_correlations_of_responses(found):
    rows = found.signatures.values[:SHAPES].copy()
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    alike = np.corrcoef(found.measured.sampled[:, :SHAPES].T)
    assert np.allclose(rows @ rows.T, alike, atol=0.03)
    assert (alike - np.eye(SHAPES)).max() < 0.95


def test_the_same_probe_has_the_same_fingerprint(sample):
    same, other = sample.images.copy(), sample.images.copy()
    other[0, 0, 0] += 0.5
    prints = [
        ProbePoints(Sample(x)).fingerprint for x in (sample.images, same, other)
    ]
    assert prints[0] == prints[1] != prints[2]


def test_a_filter_settles_when_nothing_changes_for_two_looks():
    changes, random = Changes(), np.random.default_rng(0)
    image, responses = random.normal(size=(8, 8, 1)), random.normal(size=64)
    assert changes.note("a", image, responses, [1, 2]) == {}
    changes.note_floor([image], [image + 0.1 * random.normal(size=(8, 8, 1))])
    settled = [
        changes.note("a", image, responses, [2, 3])["settled"] for _ in range(3)
    ]
    assert settled == [0, 1, 1]
    moved = changes.note("a", image, random.normal(size=64), [4, 5])
    assert moved["settled"] == 0 and moved["overlap"] == 0
    assert moved["ncc"] == pytest.approx(1) and moved["steadiness"] < 0.5


def test_signatures_are_exact_for_what_is_linear_in_the_pixels():
    random = np.random.default_rng(0)
    images = random.uniform(size=(40, 20, 20, 1)).astype("float32")
    points = ProbePoints(Sample(images))
    kernels = random.normal(size=(3, 3, 5)).astype("float32")
    windows = np.lib.stride_tricks.sliding_window_view(
        np.pad(images[..., 0], ((0, 0), (1, 1), (1, 1))), (3, 3), (1, 2)
    )
    maps = np.einsum("nxykl,klf->nxyf", windows, kernels)
    linear = maps[tuple(points.positions((20, 20)).T)]
    rest = np.sin(9 * linear)

    def products(responses):
        values = points.signatures(range(5), responses).values
        return values @ values.T

    over_all = np.cov(maps.reshape(-1, 5).T, bias=True)
    assert np.allclose(products(linear), over_all, atol=0.02 * over_all.max())
    close = np.cov(rest.T, bias=True)
    assert np.allclose(products(rest), close, atol=0.25 * close.max())
    assert not np.allclose(products(rest), close, atol=0.001 * close.max())
