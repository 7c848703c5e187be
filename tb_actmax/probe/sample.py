"""Takes a sample of inputs, and their labels, from whatever holds the data."""

import dataclasses
from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt

MOST = 1000  # inputs of a sample; more say little new and cost time


@dataclasses.dataclass(frozen=True)
class Sample:
    """Inputs of a network.

    Attributes:
        images: (n, height, width, channels) float32, n <= 1000.
        labels: (n,) class of each input, or `None`.
    """

    images: npt.NDArray[np.float32]
    labels: npt.NDArray[np.int64] | None = None


def take_sample(probe: Any) -> Sample:
    """Takes up to 1000 inputs.

    Args:
        probe: Inputs as the network takes them: an array or tensor (n, ...),
            a pair (inputs, labels) of them, or a dataset (`tf.data`, Keras's
            `PyDataset`, any iterable) of batches, with or without labels.
            A dataset is read from its start, no further than needed.

    Returns:
        The sample. Labels that are one-hot become class numbers; labels that
        are neither are left out.

    Raises:
        ValueError: If there are no inputs in it.
    """
    inputs: list[Any] = []
    labels: list[Any] = []
    count = 0
    for batch in _batches(probe):
        first, second = batch if isinstance(batch, tuple) else (batch, None)
        images = np.asarray(first, np.float32)
        inputs.append(images[: MOST - count])
        if second is not None:
            labels.append(np.asarray(second)[: MOST - count])
        count += len(images)
        if count >= MOST:
            break
    if not count:
        raise ValueError(
            "The probe is empty; give a sample of the network's inputs."
        )
    images = np.concatenate(inputs)
    classes = np.concatenate(labels) if len(labels) == len(inputs) else None
    return Sample(images, _classes(classes, len(images)))


def _batches(probe: Any) -> Iterable[Any]:
    if isinstance(probe, tuple) and len(probe) in (2, 3):
        return [(probe[0], probe[1])]
    if isinstance(probe, list) or hasattr(probe, "shape"):
        return [probe]
    if hasattr(probe, "__getitem__") and hasattr(probe, "__len__"):
        return (_pair(probe[index]) for index in range(len(probe)))
    if isinstance(probe, Iterable):
        return (_pair(element) for element in probe)
    raise ValueError(
        "The probe must be an array (n, height, width, channels), a pair "
        f"(inputs, labels) or a dataset, not {type(probe).__name__}."
    )


def _pair(element: Any) -> Any:
    if isinstance(element, list | tuple):
        return (element[0], element[1] if len(element) > 1 else None)
    return element


def _classes(labels: Any, count: int) -> npt.NDArray[np.int64] | None:
    if labels is None or len(labels) != count:
        return None
    if labels.ndim == 2 and labels.shape[1] == 1:
        labels = labels[:, 0]
    if labels.ndim == 2:
        labels = labels.argmax(axis=1)
    whole = labels.ndim == 1 and np.issubdtype(labels.dtype, np.number)
    return labels.astype(np.int64) if whole else None
