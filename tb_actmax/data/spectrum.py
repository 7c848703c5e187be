"""How much of each frequency images hold: that of the data, or 1/f.

Arrays of frequencies are (height, width // 2 + 1), as `numpy.fft.rfft2` orders
them, of volumes (depth, height, width // 2 + 1), as `numpy.fft.rfftn` does.
"""

import functools
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float32]

_FLOOR = 0.01  # least amplitude of a frequency, of the largest


def measured_spectrum(crops: Array) -> Array:
    """Amplitude of each frequency in images, on average over them.

    Args:
        crops: Differences from the mean, (n, height, width, channels), or of
            volumes with slices before the rows.

    Returns:
        The root of the mean square, the largest being 1; at least 0.01.
    """
    size = crops.shape[1:-1]
    axes = tuple(range(1, 1 + len(size)))
    power = np.abs(np.fft.rfftn(crops, axes=axes)) ** 2
    amplitude = np.sqrt(_over_rings(power.mean(axis=(0, -1)), size))
    return _floored(amplitude / max(float(amplitude.max()), 1e-12))


def assumed_spectrum(size: tuple[int, ...]) -> Array:
    """Amplitudes that fall as 1/f, as those of photographs do.

    Args:
        size: Rows and columns of the image; of a volume slices before them.

    Returns:
        Amplitudes, the largest being 1; at least 0.01.
    """
    least = 1.0 / max(size)
    return _floored(least / np.maximum(_frequencies(size), least))


def _floored(amplitude: npt.NDArray[Any]) -> Array:
    floored: Array = np.maximum(amplitude, _FLOOR).astype(np.float32)
    return floored


def _frequencies(size: tuple[int, ...]) -> npt.NDArray[np.float64]:
    """Lengths of the frequencies, as `numpy.fft.rfftn` orders them."""
    axes = [np.fft.fftfreq(length) for length in size[:-1]]
    axes.append(np.fft.rfftfreq(size[-1]))
    lengths: npt.NDArray[np.float64] = functools.reduce(
        np.hypot, np.meshgrid(*axes, indexing="ij", sparse=True)
    )
    return lengths


def _over_rings(
    power: npt.NDArray[Any], size: tuple[int, ...]
) -> npt.NDArray[Any]:
    """The mean over all frequencies of about the same length.

    Few photographs, and the edges of crops, leave a cross in the spectrum
    that would show as stripes in every image.

    Args:
        power: (height, width // 2 + 1), as `numpy.fft.rfftn` orders it.
        size: Rows and columns of the image; of a volume slices before them.
    """
    rings = np.rint(_frequencies(size) * max(size)).astype(int)
    # Half of the columns stand for two frequencies each.
    weights = np.full(power.shape, 2.0)
    weights[..., 0] = 1
    if size[-1] % 2 == 0:
        weights[..., -1] = 1
    sums = np.bincount(rings.ravel(), (power * weights).ravel())
    counts = np.bincount(rings.ravel(), weights.ravel())
    means = sums / np.maximum(counts, 1)
    return np.asarray(means[rings])
