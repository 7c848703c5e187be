"""Inputs that are not pictures are neither rotated nor scaled."""

import keras
import numpy as np
import pytest

import tb_actmax
from tb_actmax.data.spectrum import spectrum_of, summed_power
from tb_actmax.measures.robustness import transformed
from tb_actmax.network.picture_axes import are_pictures

L = keras.layers


def network(shape, *stack):
    return keras.Sequential([keras.Input(shape), *stack])


@pytest.mark.parametrize(
    ("size", "kernels", "expected"),
    [
        ((32, 32), [(3, 3), (3, 3)], True),
        ((50, 200), [(3, 3)], True),  # a line of writing
        ((32, 32), [(1, 1)], True),
        ((32, 32), [(7, 1), (1, 7), (3, 3)], True),  # parts of a picture's
        ((16, 128), [(1, 64), (16, 1)], False),
        ((64, 64), [(1, 16), (64, 1), (1, 8)], False),  # as EEGNet's
        ((64, 64), [(64, 3), (3, 3)], False),  # all bands at once
        ((32, 32), [(32, 32)], True),  # a dense layer
        ((22, 1000), [(3, 3)], False),
        ((1, 300), [(1, 5)], False),
    ],
)
def test_sizes_and_kernels_decide(size, kernels, expected):
    stack = [L.Conv2D(2, kernel, padding="same") for kernel in kernels]
    model = network((*size, 1), *stack)
    assert are_pictures(model, size) == expected


def planted(channels=12, length=64):
    """Returns a network for electrodes by time, with a filter along each."""
    model = network(
        (channels, length, 1),
        L.Conv2D(1, (1, 32), padding="same", use_bias=False, name="temporal"),
        L.DepthwiseConv2D((channels, 1), use_bias=False, name="spatial"),
    )
    wave = np.sin(np.arange(32) * 1.2) * np.hanning(32)
    where = np.zeros(channels)
    where[[2, 5, 9]] = 1, -1, 1
    model.set_weights(
        [wave.reshape(1, 32, 1, 1), where.reshape(channels, 1, 1, 1)]
    )
    return model


def test_electrodes_are_found_one_by_one():
    """The data are smooth in time, but not across electrodes."""
    random = np.random.default_rng(0)
    probe = random.normal(size=(64, 12, 64, 1)).cumsum(axis=2)
    probe = (probe - probe.mean(axis=2, keepdims=True)).astype("float32")
    found = tb_actmax.maximize(planted(), "spatial", [0], probe=probe)
    power = (found.images[0, ..., 0] ** 2).sum(axis=1)
    power /= power.sum()
    assert power[[2, 5, 9]].sum() > 0.8, power.round(2)
    turned = tb_actmax.maximize(
        planted(), "spatial", [0], probe=probe, pictures=True
    )
    assert turned.scores[0] < found.scores[0]


def test_a_spectrum_of_other_axes_has_directions():
    crops = np.random.default_rng(0).normal(size=(64, 16, 16, 1)).cumsum(2)
    crops -= crops.mean()
    power = summed_power(crops.astype("float32"))
    alike = spectrum_of(power, (16, 16))
    apart = spectrum_of(power, (16, 16), pictures=False)
    assert alike[4, 0] == pytest.approx(alike[0, 4], rel=1e-3)
    assert apart[4, 0] > 3 * apart[0, 4]


@pytest.mark.parametrize(("shape", "count"), [((1, 30, 2), 5), ((8, 30, 1), 2)])
def test_inputs_that_are_no_pictures_are_not_turned(shape, count):
    images = np.random.default_rng(0).uniform(-1, 1, (2, *shape))
    images = images.astype("float32")
    mean = images.mean(axis=(0, 1, 2))
    found = list(transformed(images, mean, (-1.0, 1.0), pictures=False))
    assert len(found) == count
