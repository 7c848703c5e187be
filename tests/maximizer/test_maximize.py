"""Images of networks whose filters are known."""

import keras
import numpy as np
import pytest

import tb_actmax
from tb_actmax.network import layers
from tb_actmax.network.filter_selection import choose_filters

ANGLES = np.arange(8) * np.pi / 8


def gabor(angle, wavelength=5.0, size=9):
    rows, columns = np.mgrid[:size, :size] - size // 2
    along = columns * np.cos(angle) + rows * np.sin(angle)
    envelope = np.exp(-(rows**2 + columns**2) / 8)
    wave = envelope * np.cos(2 * np.pi * along / wavelength)
    wave -= envelope * wave.sum() / envelope.sum()
    return (wave / np.linalg.norm(wave)).astype(np.float32)


@pytest.fixture(scope="module")
def planted():
    """Returns a network whose first filters are eight Gabors."""
    model = keras.Sequential(
        [
            keras.Input((32, 32, 1)),
            keras.layers.Conv2D(8, 9, activation="relu", name="gabors"),
        ]
    )
    kernel = np.stack([gabor(angle) for angle in ANGLES], axis=-1)
    model.layers[0].set_weights([kernel[:, :, None], np.full(8, -0.1, "f")])
    return model


@pytest.fixture(scope="module")
def probe():
    """Returns smooth random images around .5."""
    random = np.random.default_rng(0)
    noise = np.fft.rfft2(random.normal(size=(64, 32, 32)))
    frequency = np.hypot(np.fft.fftfreq(32)[:, None], np.fft.rfftfreq(32))
    images = np.fft.irfft2(noise / (frequency + 0.05))
    images = 0.5 + 0.15 * images / images.std()
    return np.clip(images, 0, 1)[..., None].astype(np.float32)


def cosine(a, b):
    a, b = a - a.mean(), b - b.mean()
    return float((a * b).sum() / np.sqrt((a**2).sum() * (b**2).sum()))


def test_planted_filters_are_found(planted, probe):
    found = tb_actmax.maximize(planted, "gabors", "all", probe)
    shown = found.images[..., 0]
    likeness = np.array(
        [[cosine(image, gabor(angle)) for angle in ANGLES] for image in shown]
    )
    assert likeness.argmax(axis=1).tolist() == list(range(8))
    assert likeness.diagonal().min() > 0.9
    assert found.status == ["ok"] * 8


def test_a_score_is_the_network_s_output(planted, probe):
    found = tb_actmax.maximize(planted, "gabors", [2, 5], probe)
    for image, score, index in zip(
        found.images, found.scores, found.filters, strict=True
    ):
        answer = (image[..., 0] * gabor(ANGLES[index])).sum() - 0.1
        assert score == pytest.approx(answer, abs=1e-4)


def test_images_stay_in_the_range_of_the_data(planted, probe):
    shifted = probe * 255 - 100
    found = tb_actmax.maximize(planted, "gabors", 4, shifted)
    assert found.images.dtype == np.float32
    assert found.images.min() >= shifted.min()
    assert found.images.max() <= shifted.max()
    assert abs(found.images.mean() - shifted.mean()) < 40


def test_an_image_does_not_depend_on_other_filters(planted, probe):
    alone = tb_actmax.maximize(planted, "gabors", [3], probe)
    among = tb_actmax.maximize(planted, "gabors", [0, 3, 7], probe)
    assert np.allclose(alone.images[0], among.images[1], atol=1e-3)


def test_the_seed_determines_the_images(network, digits):
    model = network()
    first, again, other = (
        tb_actmax.maximize(model, "conv2", 4, digits, steps=4, seed=seed).images
        for seed in (0, 0, 1)
    )
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_a_filter_without_weights_is_dead(network, digits):
    model = network()
    kernel, bias = model.get_layer("conv1").get_weights()
    kernel[..., 2], bias[2] = 0, -1
    model.get_layer("conv1").set_weights([kernel, bias])
    found = tb_actmax.maximize(model, "conv1", [1, 2], digits)
    assert found.status[1] == "dead"
    assert found.images.shape[0] == 2


def test_units_after_closed_relus_are_maximized(probe):
    """Gradients vanish at the start, until leaky steps open a ReLU."""
    model = keras.Sequential(
        [
            keras.Input((32, 32, 1)),
            keras.layers.Conv2D(8, 9, activation="relu", name="gabors"),
            keras.layers.Conv2D(8, 1, name="copies"),
        ]
    )
    kernel = np.stack([gabor(angle) for angle in ANGLES], axis=-1)
    model.layers[0].set_weights([kernel[:, :, None], np.full(8, -1.0, "f")])
    model.layers[1].set_weights([np.eye(8)[None, None], np.zeros(8)])
    found = tb_actmax.maximize(model, "copies", "all", probe)
    assert (found.scores > 0.1).all()


def test_scores_include_the_batch_normalization(network, digits):
    """A negative gamma reverses the sign of a filter."""
    model = network()
    norm = next(
        la for la in model.layers if type(la).__name__ == "BatchNormalization"
    )
    upright = tb_actmax.maximize(model, "conv2", [4], digits)
    norm.gamma.assign(-norm.gamma)
    turned = tb_actmax.maximize(model, "conv2", [4], digits)
    assert turned.scores[0] > 0
    assert cosine(upright.images, turned.images) < 0


def test_nested_and_shared_layers_of_subclassed_models(digits):
    inner = keras.Sequential(
        [keras.Input((28, 28, 4)), keras.layers.Conv2D(5, 3, name="deep")],
        name="inner",
    )

    class Twice(keras.Model):
        def __init__(self):
            super().__init__()
            self.first = keras.layers.Conv2D(4, 3, padding="same", name="first")
            self.inner = inner
            self.shared = keras.layers.Conv2D(
                5, 3, padding="same", name="shared"
            )

        def call(self, inputs):
            maps = self.inner(self.first(inputs))
            return self.shared(self.shared(maps))

    model = Twice()
    model(digits[:1])
    for path in ("first", "inner/deep", "deep", "shared", "shared:1"):
        found = tb_actmax.maximize(model, path, 2, digits, steps=4)
        assert np.isfinite(found.images).all()
        assert found.images.std() > 0.01


def test_the_model_is_not_changed(network, digits):
    model = network()
    before = [np.array(v) for v in model.variables]
    marks = {la.name: set(vars(la)) for la in model.layers}
    tb_actmax.maximize(model, "conv2", 2, digits, steps=2)
    assert {la.name: set(vars(la)) for la in model.layers} == marks
    for old, new in zip(before, model.variables, strict=True):
        assert np.array_equal(old, new)


def test_unknown_and_ambiguous_names_are_errors(network, digits):
    model = network()
    with pytest.raises(ValueError, match=r"Did you mean 'conv1'|'conv2'"):
        tb_actmax.maximize(model, "conv3", probe=digits)
    targets = layers.find_targets(model, (28, 28, 1))
    assert list(targets)[:2] == ["random_translation", "conv1"] or (
        "conv1" in targets
    )
    with pytest.raises(ValueError, match="has 6: 0"):
        tb_actmax.maximize(model, "conv1", [6], digits)


def test_filters_are_evenly_spread(network):
    target = layers.find_targets(network(), (28, 28, 1))["conv2"]
    assert choose_filters(target, 4) == [0, 2, 4, 6]
    assert choose_filters(target, 99) == list(range(8))
    assert choose_filters(target, "all") == list(range(8))
    assert choose_filters(target, [-1, 0]) == [7, 0]
