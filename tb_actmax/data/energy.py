"""The energy of images by frequency and colour.

Frequencies are measured in cycles per image, along its longest side, and
grouped into rings of a third of an octave.
"""

import dataclasses

import numpy as np
import numpy.typing as npt

from tb_actmax.data.spectrum import (
    assumed_spectrum,
    frequencies,
    multiplicities,
)

Array = npt.NDArray[np.float32]

_STEP = 2 ** (1 / 3)  # from one ring to the next


@dataclasses.dataclass(frozen=True)
class Energy:
    """The energy of images of one size."""

    size: tuple[int, ...]  # (rows, columns) or (slices, rows, columns)
    # Principal directions of colour as columns of length 1, (channels,
    # channels).
    directions: Array
    # Share of the energy in each direction of colour and ring, (channels,
    # rings). The sum is 1.
    shares: Array

    @property
    def rings(self) -> npt.NDArray[np.int64]:
        """The ring of each frequency, as `numpy.fft.rfftn` orders them."""
        return _rings(self.size)


def assumed_energy(
    size: tuple[int, ...],
    directions: Array,
    variances: npt.NDArray[np.floating],
) -> Energy:
    """Returns the energy of images whose amplitudes fall as 1/f.

    `variances` are those of each direction, (channels,).
    """
    power = assumed_spectrum(size)[..., None] ** 2 * variances
    return energy_of(power, size, directions)


def energy_of(
    power: npt.NDArray[np.floating],
    size: tuple[int, ...],
    directions: Array,
) -> Energy:
    """Sums the power of images of a size over rings.

    Args:
        power: The power along the directions, (*frequencies, channels).
        size: The size of the images.
        directions: See `Energy`.
    """
    rings = _rings(size).ravel()
    counted = power * multiplicities(size)[..., None]
    sums = np.stack(
        [
            np.bincount(rings, counted[..., channel].ravel())
            for channel in range(power.shape[-1])
        ]
    )
    shares = sums / max(float(sums.sum()), 1e-12)
    return Energy(size, directions, shares.astype(np.float32))


def _rings(size: tuple[int, ...]) -> npt.NDArray[np.int64]:
    cycles = np.rint(frequencies(size) * max(size)).astype(np.int64)
    first = [0, 1]  # the least cycles of each ring
    while first[-1] < cycles.max():
        first.append(max(first[-1] + 1, round(first[-1] * _STEP)))
    return np.searchsorted(first, cycles, side="right") - 1
