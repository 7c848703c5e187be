"""The energy of data, by frequency and colour."""

import numpy as np
import pytest

from tb_actmax.data.statistics import assume_statistics, measure_statistics


@pytest.mark.parametrize("size", [(32, 32), (24, 30), (1, 40), (8, 12, 16)])
def test_energy_of_noise_is_even_over_frequencies(size):
    random = np.random.default_rng(0)
    noise = random.normal(size=(256, *size, 1)).astype("float32")
    energy = measure_statistics(noise).energy(*size)
    shares = energy.shares[0]
    assert np.isclose(shares.sum(), 1)
    # Each ring has as much as it has frequencies.
    full = np.abs(np.fft.fftn(noise[0, ..., 0])) ** 2
    counts = np.bincount(energy.rings.ravel(), minlength=len(shares))
    assert full.size / counts.sum() < 2.5
    inner = shares[2:] / counts[2:]
    assert inner.max() < 2.5 * inner.min()


def test_coarse_data_has_its_energy_in_the_first_rings(digits):
    energy = measure_statistics(digits).energy(28, 28)
    assert energy.shares[0, :8].sum() > 0.9
    assert energy.rings[0, 0] == 0
    assert energy.rings.max() == energy.shares.shape[1] - 1


def test_energy_of_colours_is_that_of_the_data():
    random = np.random.default_rng(0)
    grey = random.normal(size=(64, 24, 24, 1))
    tint = np.array([0.3, 0, -0.3]) * random.normal(size=(64, 24, 24, 1))
    energy = measure_statistics(grey + tint).energy(24, 24)
    colours = energy.shares.sum(axis=1)
    # 3 of grey, .18 of tint.
    assert np.allclose(colours, [3 / 3.18, 0.18 / 3.18, 0], atol=0.01)
    assert np.allclose(np.abs(energy.directions[:, 0]), 3**-0.5, atol=0.02)


def test_assumed_energy_falls_with_the_frequency():
    energy = assume_statistics(3).energy(64, 64)
    assert np.isclose(energy.shares.sum(), 1)
    grey = energy.shares.sum(axis=1)[0]
    assert grey > 0.9
    octaves = energy.shares[0, 1:]
    assert octaves[:5].sum() > octaves[5:].sum()
