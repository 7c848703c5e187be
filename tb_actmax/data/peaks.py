"""Finds peaks in heavy-tailed data, such as spectrograms.

Statistics of all pixels, or of random crops, say little about the peaks to
which units respond.
"""

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float32]
Corners = list[npt.NDArray[np.int64]]

# Data are heavy-tailed if a smaller share of the pixels than this holds half of
# the energy. The share is .2 for photographs, .12 for noise, .03 for digits and
# .002 for spectrograms.
_HEAVY = 0.01


def heavy_tailed(centred: npt.NDArray[np.floating]) -> bool:
    """Returns whether centred pixels (n, channels) are heavy-tailed."""
    energy = np.cumsum(np.sort((centred**2).sum(axis=1))[::-1])
    half = np.searchsorted(energy, energy[-1] / 2)
    return bool(half < _HEAVY * len(centred))


def moved_to_peaks(
    images: Array, mean: Array, corners: Corners, size: tuple[int, ...]
) -> Corners:
    """Moves crops as little as needed to show each image's largest peak.

    Takes and returns the first row and column (of volumes slice, row and
    column) of each crop, (n,) each.
    """
    far: npt.NDArray[np.floating] = np.abs(images - mean).sum(axis=-1)
    strongest = far.reshape(len(far), -1).argmax(axis=1)
    peaks = np.unravel_index(strongest, far.shape[1:])
    return [
        corner.clip(peak - length + 1, peak)
        for corner, peak, length in zip(corners, peaks, size, strict=True)
    ]
