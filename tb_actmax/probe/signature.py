"""Signatures: how filters respond at chosen places of the probe.

Two filters are alike when they respond alike to the same data (Li et al.,
"Convergent Learning", 2015). A signature is a filter's response at a few
hundred places; what it was taken on is named by a fingerprint, so that filters
of any two trainings, layers or epochs can be matched from their logs alone.
"""

import hashlib
import math

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float32]

SIZE = 256  # places of a signature


class Places:
    """The places of a sample at which signatures are taken.

    They lie where the inputs differ most from the mean, in shares of height
    and width, so that they mean the same in maps of any size.

    Args:
        images: The sample, (n, height, width, channels), or volumes (n,
            depth, height, width, channels).
    """

    def __init__(self, images: Array):
        random = np.random.default_rng(0)
        count, *sizes, _ = images.shape
        inputs = np.sort(random.integers(0, count, SIZE))
        pixels = np.empty(SIZE, int)
        mean = images.mean(axis=tuple(range(images.ndim - 1)))
        for place, index in enumerate(inputs):
            unlike = np.abs(images[index] - mean).sum(axis=-1).ravel()
            total = float(unlike.sum())
            chance = unlike / total if total > 0 else None
            pixels[place] = random.choice(math.prod(sizes), p=chance)
        self._inputs = inputs
        self._shares = [
            (index + 0.5) / length
            for index, length in zip(
                np.unravel_index(pixels, sizes), sizes, strict=True
            )
        ]
        # Samples that differ in the last bits are the same.
        rounded = np.round(images.astype(np.float64), 4) + 0.0
        digest = hashlib.sha256(rounded.astype(np.float32).tobytes())
        digest.update(repr((images.shape, SIZE)).encode())
        self.fingerprint = digest.hexdigest()[:16]

    def positions(self, size: tuple[int, ...]) -> npt.NDArray[np.int32]:
        """The places in a map, (places, 3): input, row, column.

        Args:
            size: Rows and columns of the map; of a volume slices before them,
                which then follow the input.
        """
        places = [
            np.minimum(share * length, length - 1)
            for share, length in zip(self._shares, size, strict=True)
        ]
        return np.stack([self._inputs, *places], axis=1).astype(np.int32)


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
