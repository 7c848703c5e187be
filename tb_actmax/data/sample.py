"""Takes a sample of inputs, and their labels, from whatever holds the data."""

import dataclasses
from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

MOST = 1000  # inputs of a sample; more say little new and cost time
_FEWEST = 64  # taken however large they are
_BYTES = 256 << 20  # of a sample; of larger inputs fewer are taken


@dataclasses.dataclass(frozen=True)
class Sample:
    """Inputs of a network.

    Attributes:
        images: (n, height, width, channels) float32; or volumes (n, depth,
            height, width, channels); or signals (n, length, channels). Up to
            1000; of inputs larger than 256 KiB fewer, so that all take no
            more than 256 MiB, but not under 64.
        labels: (n,) class of each input, or `None`.
        others: What the network takes beside images, (n, ...) each, by name
            or by position.
        key: Name or position of the images among the inputs, `None` where
            there is but one.
    """

    images: npt.NDArray[np.float32]
    labels: npt.NDArray[np.int64] | None = None
    others: dict[Hashable, npt.NDArray[Any]] = dataclasses.field(
        default_factory=dict
    )
    key: Hashable = None

    def typical_others(self) -> dict[Hashable, npt.NDArray[Any]]:
        """Means of the other inputs; of whole numbers the first."""
        return {
            key: value.mean(axis=0)
            if np.issubdtype(value.dtype, np.floating)
            else value[0]
            for key, value in self.others.items()
        }


def take_sample(
    probe: Any,
    names: Sequence[Hashable] | None = None,
    held: Collection[Hashable] = (),
) -> Sample:
    """Takes up to 1000 inputs.

    Args:
        probe: Inputs as the network takes them: an array or tensor (n, ...),
            a pair (inputs, labels) of them, or a dataset (`tf.data`, Keras's
            `PyDataset`, any iterable) of batches, with or without labels.
            A dataset is read from its start, no further than needed. Inputs
            of a network with several may be a dictionary or a list of arrays.
        names: Names of the network's inputs, in order, where they are known.
        held: Names or positions of inputs that are not the images.

    Returns:
        The sample. Labels that are one-hot become class numbers; labels that
        are neither are left out.

    Raises:
        ValueError: If there are no inputs in it.
    """
    inputs: dict[Hashable, list[Any]] = {}
    labels: list[Any] = []
    count = batches = 0
    limit = MOST
    for batch in _batches(probe):
        first, second = batch if isinstance(batch, tuple) else (batch, None)
        arrays = _arrays(first, names)
        if not batches:
            limit = _limit(arrays.values())
        for key, array in arrays.items():
            inputs.setdefault(key, []).append(array[: limit - count])
        some = _as_labels(second)
        if some is not None:
            labels.append(some[: limit - count])
        batches += 1
        count += min(len(array) for array in arrays.values())
        if count >= limit:
            break
    if not count:
        raise ValueError(
            "The probe is empty; give a sample of the network's inputs."
        )
    every = {key: np.concatenate(parts) for key, parts in inputs.items()}
    key = _image_key(every, held)
    images = every.pop(key).astype(np.float32, copy=False)
    classes = np.concatenate(labels) if len(labels) == batches else None
    return Sample(images, _classes(classes, len(images)), every, key)


def _limit(arrays: Iterable[npt.NDArray[Any]]) -> int:
    """How many inputs to take, so that memory stays bounded."""
    each = sum(4 * array[:1].size for array in arrays)
    return max(_FEWEST, min(MOST, _BYTES // max(each, 1)))


def _arrays(
    inputs: Any, names: Sequence[Hashable] | None
) -> dict[Hashable, npt.NDArray[Any]]:
    """Inputs by name or position; `None` where there is but one."""
    if isinstance(inputs, Mapping):
        return {key: np.asarray(value) for key, value in inputs.items()}
    if isinstance(inputs, list | tuple) and inputs:
        parts = [np.asarray(part) for part in inputs]
        if names is not None and len(names) == len(parts) > 1:
            return dict(zip(names, parts, strict=True))
        if len({part.shape[1:] for part in parts if part.ndim > 1}) > 1:
            return dict(enumerate(parts))
    return {None: np.asarray(inputs, np.float32)}


def _image_key(
    inputs: Mapping[Hashable, npt.NDArray[Any]], held: Collection[Hashable]
) -> Hashable:
    """The input that holds images; else volumes; else signals."""
    for rank in (4, 5, 3):
        for key, value in inputs.items():
            if value.ndim == rank and key not in held:
                return key
    first: Hashable = next(iter(inputs))
    return first


def _batches(probe: Any) -> Iterable[Any]:
    if isinstance(probe, tuple) and len(probe) in (2, 3):
        return [(probe[0], probe[1])]
    if isinstance(probe, list | Mapping) or hasattr(probe, "shape"):
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


def _as_labels(labels: Any) -> npt.NDArray[Any] | None:
    """Labels as an array; `None` for those of several outputs, or none."""
    if labels is None or isinstance(labels, Mapping):
        return None
    try:
        array = np.asarray(labels)
    except ValueError:  # of several shapes
        return None
    return array if array.ndim else None


def _classes(labels: Any, count: int) -> npt.NDArray[np.int64] | None:
    """Class numbers (n,); `None` for what are no classes."""
    if labels is None or labels.ndim not in (1, 2) or len(labels) != count:
        return None
    if labels.dtype != bool and not np.issubdtype(labels.dtype, np.number):
        return None
    if labels.ndim == 2 and labels.shape[1] == 1:
        labels = labels[:, 0]
    if labels.ndim == 2:
        # One-hot, smoothed or not; several classes at once are no class.
        one = np.allclose(labels.sum(axis=1), 1, atol=1e-3)
        return labels.argmax(axis=1).astype(np.int64) if one else None
    if not np.isfinite(labels).all():
        return None
    classes = labels.astype(np.int64)
    return classes if (classes == labels).all() else None
