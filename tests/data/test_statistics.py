"""Statistics of a sample: mean, contrast, range, colours and spectrum."""

import numpy as np
import pytest

from tb_actmax.data.statistics import measure_statistics


def test_mean_contrast_and_range_are_those_of_the_data():
    random = np.random.default_rng(0)
    images = random.normal((10, 20, 30), (1, 2, 3), (40, 16, 16, 3))
    found = measure_statistics(images)
    assert np.allclose(found.mean, (10, 20, 30), atol=0.1)
    assert found.contrast == pytest.approx(np.sqrt((1 + 4 + 9) / 3), rel=0.02)
    assert found.value_range == (
        np.float32(images.min()),
        np.float32(images.max()),
    )
    assert (found.low < found.mean).all() and (found.mean < found.high).all()


def spectra():
    """Returns spectra of tones, with one peak each."""
    random = np.random.default_rng(0)
    found = random.exponential(3, (40, 1, 128, 1))
    places = random.integers(10, 118, 40)
    found[np.arange(40), 0, places] = random.uniform(200, 260, (40, 1))
    return found


def test_peaks_of_heavy_tailed_data_are_within_the_range():
    found = measure_statistics(spectra())
    assert found.heavy
    assert 250 < found.high < 260
    # Crops are cut around peaks.
    crops = found.crops((1, 5))
    assert (crops.max(axis=(1, 2, 3)) > 199).all()
    assert len(set(crops.argmax(axis=2).ravel())) == 5
    assert found.contrast_at(1, 5, percentile=50) > 70
    random = np.random.default_rng(0)
    for values in (random.normal(size=4000), random.laplace(size=4000)):
        assert not measure_statistics(values.reshape(10, 20, 20, 1)).heavy


def test_the_first_colour_is_the_direction_of_most_variance():
    random = np.random.default_rng(0)
    direction = np.array([0.6, 0.8, 0.0])
    images = random.normal(size=(20, 8, 8, 1)) * direction
    images += random.normal(scale=0.01, size=images.shape)
    colours = measure_statistics(images).colours
    lengths = np.linalg.norm(colours, axis=0)
    assert lengths.argmax() == 0
    assert abs(colours[:, 0] @ direction) / lengths[0] > 0.99


def test_a_wave_in_the_data_is_the_peak_of_its_spectrum():
    columns = np.arange(32)
    random = np.random.default_rng(0)
    phases = random.uniform(0, 2 * np.pi, (64, 1, 1, 1))
    wave = np.sin(2 * np.pi * columns / 8 + phases[..., 0])
    images = np.repeat(wave[:, :1, :], 32, axis=1)[..., None]
    spectrum = measure_statistics(images).spectrum(32, 32)
    assert spectrum.shape == (32, 17)
    # Four waves fit into the image; the spectrum has no direction.
    assert spectrum[0, 4] == spectrum[4, 0] == 1
    assert spectrum.max() == 1
    assert spectrum.min() == pytest.approx(0.01)


def test_a_spectrum_can_have_any_size():
    images = np.random.default_rng(0).uniform(size=(3, 10, 12, 2))
    found = measure_statistics(images)
    for height, width in ((1, 1), (5, 30), (64, 7)):
        assert found.spectrum(height, width).shape == (height, width // 2 + 1)


@pytest.mark.parametrize(
    ("probe", "message"),
    [
        (np.zeros((4, 8, 8, 1)), "one flat colour"),
        (np.full((4, 8, 8, 1), np.nan), "not finite"),
        (np.zeros((4, 8, 8)), r"\(n, height, width, channels\)"),
        (np.zeros((0, 8, 8, 1)), r"\(n, height, width, channels\)"),
    ],
)
def test_a_constant_empty_or_infinite_probe_is_rejected(probe, message):
    with pytest.raises(ValueError, match=message):
        measure_statistics(probe)
