"""The measures of a layer whose filters are known."""

import tracemalloc

import keras
import numpy as np
import pytest

from tb_actmax.data.fitting import fit
from tb_actmax.data.sample import Sample
from tb_actmax.maximizer.layer_maximizer import LayerMaximizer
from tb_actmax.measures import image_quality, layer_measures
from tb_actmax.measures.layer_measures import LayerMeasures
from tb_actmax.measures.shared_responses import SharedResponses
from tb_actmax.network import layers
from tb_actmax.network.filter_selection import choose_objectives
from tb_actmax.objectives import neuron

SHAPES = 4


@pytest.fixture(scope="module")
def shapes():
    """Draws a vertical line, a horizontal one, a cross and a ring."""
    rows, columns = np.mgrid[:7, :7] - 3
    ring = np.abs(np.hypot(rows, columns) - 2) < 0.6
    drawn = [columns == 0, rows == 0, (columns == 0) | (rows == 0), ring]
    return np.stack(drawn).astype(np.float32)


@pytest.fixture(scope="module")
def sample(shapes):
    """Puts one drawing into each input, with its index as the class."""
    random = np.random.default_rng(0)
    images = np.zeros((80, 24, 24, 1), np.float32)
    labels = np.arange(80) % SHAPES
    for image, label in zip(images, labels, strict=True):
        y, x = random.integers(0, 17, 2)
        image[y : y + 7, x : x + 7, 0] = shapes[label]
    return Sample(images, labels.astype(np.int64))


@pytest.fixture(scope="module")
def model(shapes):
    """Returns a model of one filter a drawing, and one dead filter."""
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
    measures = LayerMeasures(
        fitted, target, SharedResponses(fitted, [target]), 9
    )
    return measures.measure(dict(zip(chosen, images, strict=True)), {})


def test_exemplars_show_the_drawing_of_the_filter(found):
    for index in range(SHAPES):
        entry = found.exemplars.entries[index]
        exemplars = entry["exemplars"]
        assert exemplars["classes"] == [index] * 9
        assert entry["entropy"] == 0
        assert len(set(exemplars["inputs"])) == 9
        assert exemplars["values"] == sorted(exemplars["values"], reverse=True)


def test_patches_are_stored_once(found):
    sprite = found.exemplars.sprite
    cells = {
        cell
        for entry in found.exemplars.entries.values()
        for cell in entry["exemplars"]["cells"]
    }
    assert cells == set(range(len(sprite)))
    assert (sprite.height, sprite.width) == (7, 7)


def test_only_the_dead_filter_is_dead(found):
    status = [found.responses.status(index) for index in range(5)]
    assert status == ["ok"] * SHAPES + ["dead"]


def test_good_images_have_a_high_lift_and_rank_first(found):
    for index in range(SHAPES):
        entry = found.entries[index]
        assert entry["lift"] > 0.6
        assert entry["lift"] > entry["lift_t"] > 0.3
        assert entry["rank"] == 1
        assert entry["data_mean"] < entry["data_p99"] <= entry["data_max"]


def test_signatures_hold_the_correlations_of_responses(found):
    rows = found.signatures.values[:SHAPES].copy()
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    alike = np.corrcoef(found.responses.at_points[:, :SHAPES].T)
    assert np.allclose(rows @ rows.T, alike, atol=0.03)
    assert (alike - np.eye(SHAPES)).max() < 0.95


def test_filters_are_measured_in_parts(model, sample, found, monkeypatch):
    """Wide layers are measured in parts to bound the memory."""
    monkeypatch.setattr(layer_measures, "AT_ONCE", 2)
    monkeypatch.setattr(image_quality, "BYTES_AT_ONCE", 1)
    fitted = fit(model, (sample.images, sample.labels))
    target = layers.find_targets(fitted.model, fitted.shape)["shapes"]
    chosen = choose_objectives(target, "all")
    images = LayerMaximizer(fitted, target, chosen).cold().images
    measures = LayerMeasures(
        fitted, target, SharedResponses(fitted, [target]), 9
    )
    parts = measures.measure(dict(zip(chosen, images, strict=True)), {})
    for index, entry in found.entries.items():
        assert parts.entries[index] == pytest.approx(entry, abs=1e-3)
    assert parts.exemplars.entries == found.exemplars.entries
    assert parts.signatures.filters == found.signatures.filters
    assert np.allclose(parts.signatures.values, found.signatures.values)
    assert parts.at_points.keys() == found.at_points.keys()


def test_few_filters_of_a_wide_layer():
    units = 20_000
    model = keras.Sequential(
        [
            keras.Input((4, 4, 1)),
            keras.layers.Flatten(),
            keras.layers.Dense(units, name="wide"),
        ]
    )
    probe = np.random.default_rng(0).random((16, 4, 4, 1))
    fitted = fit(model, probe)
    target = layers.find_targets(fitted.model, fitted.shape)["wide"]
    measures = LayerMeasures(
        fitted, target, SharedResponses(fitted, [target]), 3
    )
    images = {neuron(index): probe[index] for index in (3, 7)}
    tracemalloc.start()
    measured = measures.measure(images, {})
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert list(measured.entries) == [3, 7]
    assert peak < 8192 * 4 * units / 8  # an eighth of all their responses
