"""The amplitude of each frequency in images.

Spectra are arrays (height, width // 2 + 1), in the order of `numpy.fft.rfft2`.
Spectra of volumes are (depth, height, width // 2 + 1), as `numpy.fft.rfftn`
returns them.
"""

import functools

import numpy as np
import numpy.typing as npt
from scipy import fft

from tb_actmax.data.parts import in_parts

Array = npt.NDArray[np.float32]

_FLOOR = 0.01  # least amplitude, as a share of the largest


def spectrum_of(
    power: npt.NDArray[np.floating],
    size: tuple[int, ...],
    pictures: bool = True,
) -> Array:
    """Returns root mean square amplitudes of frequencies, from 0.01 to 1.

    They are averaged over the images, the channels, and all directions. Axes
    that do not form a picture have one spectrum each; the spectrum of an image
    is then their product.

    Args:
        power: The power of differences from the mean, as `summed_power` returns
            it, of channels or along directions of colour at right angles.
        size: The size of the images.
        pictures: Whether rows and columns form a picture.
    """
    power = power.mean(axis=-1)
    power = _average_rings(power, size) if pictures else _product(power)
    amplitude = np.sqrt(power)
    return _floored(amplitude / max(float(amplitude.max()), 1e-12))


def summed_power(
    crops: Array, directions: Array | None = None
) -> npt.NDArray[np.float64]:
    """Returns the power, (height, width // 2 + 1, channels), over all images.

    Directions of colour, as columns, can be the channels instead of the
    images'.
    """
    total = 0.0
    axes = tuple(range(2, crops.ndim))
    for part in in_parts(crops):
        coloured = part if directions is None else part @ directions
        channels = np.ascontiguousarray(np.moveaxis(coloured, -1, 1))
        found = fft.rfftn(channels, axes=axes)
        total = total + (found.real**2 + found.imag**2).sum(axis=0)
    return np.moveaxis(np.asarray(total, np.float64), 0, -1)


def assumed_spectrum(size: tuple[int, ...]) -> Array:
    """Returns amplitudes from 0.01 to 1 that fall as 1/f, as in photographs.

    See Field, "Relations between the statistics of natural images and the
    response properties of cortical cells", 1987.
    """
    least = 1.0 / max(size)
    return _floored(least / np.maximum(frequencies(size), least))


def _floored(amplitude: npt.NDArray[np.floating]) -> Array:
    return np.asarray(np.maximum(amplitude, _FLOOR), np.float32)


def frequencies(size: tuple[int, ...]) -> npt.NDArray[np.float64]:
    """Returns the length of each frequency, in cycles per pixel."""
    axes = [np.fft.fftfreq(length) for length in size[:-1]]
    axes.append(np.fft.rfftfreq(size[-1]))
    lengths: npt.NDArray[np.float64] = functools.reduce(
        np.hypot, np.meshgrid(*axes, indexing="ij", sparse=True)
    )
    return lengths


def _product(power: npt.NDArray[np.floating]) -> npt.NDArray[np.floating]:
    """Returns the product of the mean spectra of all axes."""
    found = np.ones_like(power)
    for axis, length in enumerate(power.shape):
        others = tuple(a for a in range(power.ndim) if a != axis)
        shape = [length if a == axis else 1 for a in range(power.ndim)]
        found *= power.mean(axis=others).reshape(shape)
    return found


def multiplicities(size: tuple[int, ...]) -> npt.NDArray[np.float64]:
    """Returns how many frequencies each entry of a spectrum stands for.

    Every column also stands for its negative frequencies, except the first, and
    the last if the width is even.
    """
    counts = np.full((*size[:-1], size[-1] // 2 + 1), 2.0)
    counts[..., 0] = 1
    if size[-1] % 2 == 0:
        counts[..., -1] = 1
    return counts


def _average_rings(
    power: npt.NDArray[np.floating], size: tuple[int, ...]
) -> npt.NDArray[np.floating]:
    """Averages a spectrum over frequencies of similar length.

    A small sample, and the edges of crops, leave a cross in the spectrum,
    which would show as stripes in every image.
    """
    rings = np.rint(frequencies(size) * max(size)).astype(int)
    weights = multiplicities(size)
    sums = np.bincount(rings.ravel(), (power * weights).ravel())
    counts = np.bincount(rings.ravel(), weights.ravel())
    means = sums / np.maximum(counts, 1)
    return np.asarray(means[rings])
