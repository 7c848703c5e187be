"""How natural images look: grain, saturation and clipped pixels.

Each is relative to photographs of the same size, as 1, 1 and 0.
"""

import numpy as np


class Natural:
    """Measures images against photographs.

    Args:
        photographs: (n, height, width, 3), as the network takes them.
        size: Rows and columns of the images that are measured.
    """

    def __init__(self, photographs, size):
        rows, columns = (
            (have - want) // 2
            for have, want in zip(photographs.shape[1:3], size, strict=True)
        )
        crops = photographs[
            :, rows : rows + size[0], columns : columns + size[1]
        ]
        flat = photographs.reshape(-1, photographs.shape[-1])
        self._ends = np.percentile(flat, (0.5, 99.5), axis=0)
        self._own = self._measures(crops)

    def __call__(self, images):
        """Returns {"hf", "sat", "clip"}: 1, 1 and 0 are natural."""
        grain, saturation, clipped = self._measures(images)
        return {
            "hf": grain / self._own[0],
            "sat": saturation / self._own[1],
            "clip": clipped - self._own[2],
        }

    def _measures(self, images):
        size = images.shape[1:3]
        fine = np.hypot(*np.meshgrid(*map(np.fft.fftfreq, size))).T > 0.25
        power = np.abs(np.fft.fft2(images, axes=(1, 2))) ** 2
        grain = power[:, fine].sum(axis=(1, 2)) / np.prod(size) ** 2
        saturation = np.ptp(images, axis=-1)
        low, high = self._ends
        reach = 1e-3 * (high - low)
        clipped = (images <= low + reach) | (images >= high - reach)
        return grain.mean(), saturation.mean(), clipped.any(axis=-1).mean()
