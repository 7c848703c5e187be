"""Signatures: how filters respond at chosen places of the probe.

Two filters are alike when they respond alike to the same data (Li et al.,
"Convergent Learning", 2015). A signature is a filter's response at a few
hundred places; what it was taken on is named by a fingerprint, so that filters
of any two trainings, layers or epochs can be matched from their logs alone.
"""

import hashlib

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float32]

SIZE = 256  # places of a signature


class Places:
    """The places of a sample at which signatures are taken.

    They lie where the inputs differ most from the mean, in shares of height
    and width, so that they mean the same in maps of any size.

    Args:
        images: The sample, (n, height, width, channels).
    """

    def __init__(self, images: Array):
        random = np.random.default_rng(0)
        count, height, width = images.shape[:3]
        inputs = np.sort(random.integers(0, count, SIZE))
        rows, columns = np.empty(SIZE), np.empty(SIZE)
        mean = images.mean(axis=(0, 1, 2))
        for place, index in enumerate(inputs):
            unlike = np.abs(images[index] - mean).sum(axis=-1).ravel()
            total = float(unlike.sum())
            chance = unlike / total if total > 0 else None
            pixel = random.choice(height * width, p=chance)
            rows[place], columns[place] = divmod(pixel, width)
        self._inputs = inputs
        self._rows = (rows + 0.5) / height
        self._columns = (columns + 0.5) / width
        # Samples that differ in the last bits are the same.
        rounded = np.round(images.astype(np.float64), 4) + 0.0
        digest = hashlib.sha256(rounded.astype(np.float32).tobytes())
        digest.update(repr((images.shape, SIZE)).encode())
        self.fingerprint = digest.hexdigest()[:16]

    def positions(self, size: tuple[int, int]) -> npt.NDArray[np.int32]:
        """The places in a map, (places, 3): input, row, column.

        Args:
            size: Rows and columns of the map.
        """
        rows = np.minimum(self._rows * size[0], size[0] - 1)
        columns = np.minimum(self._columns * size[1], size[1] - 1)
        return np.stack([self._inputs, rows, columns], axis=1).astype(np.int32)


def quantize(signature: Array) -> npt.NDArray[np.uint8]:
    """A signature for each row, in 255 steps around 128.

    Args:
        signature: Responses, (places, filters).

    Returns:
        (filters, places), each filter's responses minus their mean, the
        largest deviation being 127 steps.
    """
    centred = np.nan_to_num(signature - signature.mean(axis=0)).T
    largest = np.abs(centred).max(axis=1, keepdims=True)
    scaled = centred / np.maximum(largest, 1e-12) * 127
    return np.asarray(np.rint(scaled) + 128, np.uint8)
