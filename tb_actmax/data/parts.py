"""Measures crops in parts that fit into the processor's cache."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float32]

_VALUES = 2**18  # of one part


def in_parts(crops: Array) -> Iterator[Array]:
    """Yields a few crops (n, ...) after the other.

    Results of the size of all crops take up to five times as long to compute.
    """
    count = max(1, _VALUES // max(crops[0].size, 1))
    for first in range(0, len(crops), count):
        yield crops[first : first + count]


def deviations(crops: Array, mean: Array | None) -> Array:
    """Returns each crop's standard deviation, (n,), from a mean or its own."""
    axes = tuple(range(1, crops.ndim - 1))
    found = []
    for part in in_parts(crops):
        middle = part.mean(axis=axes, keepdims=True) if mean is None else mean
        found.append(np.sqrt(((part - middle) ** 2).mean(axis=(*axes, -1))))
    return np.concatenate(found)
