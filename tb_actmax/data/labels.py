"""Reads the labels of a probe as numbers of classes."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt


def label_array(labels: object) -> npt.NDArray[Any] | None:
    """Returns labels as an array; `None` if the network has several outputs."""
    if labels is None or isinstance(labels, Mapping):
        return None
    try:
        array = np.asarray(labels)
    except ValueError:  # arrays of different shapes
        return None
    return array if array.ndim else None


def class_numbers(
    labels: npt.NDArray[Any], count: int
) -> npt.NDArray[np.int64] | None:
    """Returns class numbers (n,); `None` if the labels are not classes."""
    if labels.ndim not in (1, 2) or len(labels) != count:
        return None
    if labels.dtype != bool and not np.issubdtype(labels.dtype, np.number):
        return None
    if labels.ndim == 2 and labels.shape[1] == 1:
        labels = labels[:, 0]
    if labels.ndim == 2:
        # One-hot, perhaps smoothed. Several classes at once are not a class.
        one = np.allclose(labels.sum(axis=1), 1, atol=1e-3)
        return labels.argmax(axis=1).astype(np.int64) if one else None
    if not np.isfinite(labels).all():
        return None
    classes = labels.astype(np.int64)
    return classes if (classes == labels).all() else None
