"""The styles of images, by the size of their windows."""

import keras
import numpy as np
import pytest

import tb_actmax
from tb_actmax.maximizer.image import defaults
from tb_actmax.maximizer.image.movements import Movements
from tb_actmax.network.layers import find_targets

LAYERS = keras.layers


def styles(*layers, shape):
    """Returns the style of each layer of a network."""
    model = keras.Sequential([keras.Input(shape), *layers])
    return {
        path: defaults.style(target, shape)
        for path, target in find_targets(model, shape).items()
    }


def convolutions(count):
    return [
        LAYERS.Conv2D(4, 5, activation="relu", name=f"conv{i}")
        for i in range(count)
    ]


def test_small_windows_and_small_grey_images_are_as_ever():
    grey = styles(
        *convolutions(3),
        LAYERS.Flatten(),
        LAYERS.Dense(3, name="classes"),
        shape=(28, 28, 1),
    )
    assert set(grey.values()) == {defaults.Style()}
    colour = styles(*convolutions(5), shape=(32, 32, 3))
    assert {colour[f"conv{i}"] for i in range(5)} == {defaults.Style()}
    assert defaults.Style() == defaults.Style(32, False, 1.0, False, 0.0)


def test_templates_of_any_size_are_as_ever():
    large = LAYERS.Conv2D(4, 70, name="large")
    assert styles(large, shape=(96, 96, 3)) == {"large": defaults.Style()}


def test_objects_in_small_colour_images_have_the_energy_of_the_data():
    found = styles(
        *convolutions(6),
        LAYERS.Flatten(),
        LAYERS.Dense(3, name="classes"),
        shape=(32, 32, 3),
    )
    for name in ("conv5", "classes"):  # 25 pixels, and all
        assert found[name].balanced
        assert not found[name].coarse_first
        assert found[name].wide
        assert found[name].muted
        assert not found[name].leak


def test_no_wider_views_if_a_small_network_sees_its_padding():
    layers = [
        LAYERS.Conv2D(4, 5, 2 if i == 0 else 1, "same", name=f"conv{i}")
        for i in range(6)
    ]
    found = styles(*layers, shape=(32, 32, 3))
    assert found["conv5"].balanced
    assert not found["conv5"].wide


@pytest.mark.parametrize("channels", [1, 3])
def test_objects_in_large_images_are_found_coarse_first(channels):
    found = styles(
        LAYERS.Conv2D(2, 9, 4, name="conv0"),
        LAYERS.Conv2D(2, 9, 2, name="conv1"),
        LAYERS.Conv2D(2, 5, name="conv2"),
        LAYERS.GlobalAveragePooling2D(),
        LAYERS.Dense(3, name="classes"),
        shape=(96, 96, channels),
    )
    assert found["conv2"].coarse_first
    assert found["classes"].coarse_first
    assert found["classes"].wide > found["conv2"].wide == 0
    assert found["classes"].leak > found["conv2"].leak == 0


def test_wider_views_hold_the_whole_image():
    size, count = (20, 30), 8
    randoms = [np.random.default_rng(i) for i in range(count)]
    for centred in (True, False):
        wide = Movements(wide=0.6, centred=centred)
        moves = wide.sample(randoms, np.ones(5, np.float32), size)
        across, down = moves[..., 0], moves[..., 4]
        assert (across >= 1).all()
        assert (across <= 1.6).all()
        assert np.allclose(across, down)
        first, last = moves[..., 2], moves[..., 2] + across * (size[1] - 1)
        assert (first <= 1e-4).all()
        assert (last >= size[1] - 1 - 1e-4).all()
        if centred:
            assert np.allclose(first + last, size[1] - 1, atol=1e-3)


def test_as_many_steps_as_the_images_need():
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((32, 32, 3)), *convolutions(6)])
    data = np.random.default_rng(0).random((16, 32, 32, 3), np.float32)
    for layer, steps in (("conv1", 32), ("conv5", 40)):
        default = tb_actmax.maximize(model, layer, 2, data)
        asked = tb_actmax.maximize(model, layer, 2, data, steps=steps)
        assert np.array_equal(default.images, asked.images)
