"""Takes a sample of inputs and their labels from a probe."""

import contextlib
import dataclasses
import hashlib
import itertools
import logging
import math
from collections.abc import (
    Collection,
    Hashable,
    Iterable,
    Iterator,
    Mapping,
    Sequence,
)
from typing import TYPE_CHECKING, Any, TypeAlias, Union

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from tb_actmax.data.class_names import carried_names
from tb_actmax.data.labels import class_numbers, label_array
from tb_actmax.errors import NotShownError
from tb_actmax.network.input_spec import RANKS

if TYPE_CHECKING:
    import keras

# The inputs of a model: an array or tensor (n, ...), or one for each input.
Inputs: TypeAlias = Union[
    npt.ArrayLike,
    "tf.Tensor",
    Mapping[str, npt.ArrayLike],
    Sequence[npt.ArrayLike],
]
# Inputs, alone or with labels (n,) or (n, classes) and sample weights.
Batch: TypeAlias = Inputs | tuple[Inputs, ...]
# A sample of the data: a batch, or a dataset of batches.
Probe: TypeAlias = Union[
    Batch, "tf.data.Dataset", "keras.utils.PyDataset", Iterable[Batch]
]
# The values of inputs that are not maximized, by name or position, without
# the batch axis.
FixedInputs: TypeAlias = Mapping[Hashable, npt.ArrayLike]

MAX_INPUTS = 1000  # of a sample; more change its measures little
_MIN_INPUTS = 64  # of a sample, whatever their size
_MAX_BYTES = 256 << 20  # of a sample of more than 64 inputs
_MAX_BATCHES = 100  # that are skipped: empty, or not of the first size

_log = logging.getLogger("tb_actmax")


@dataclasses.dataclass(frozen=True)
class Sample:
    """A sample of a network's inputs."""

    # (n, height, width, channels); volumes (n, depth, height, width, channels);
    # signals (n, length, channels). n is at most 1000, and smaller for large
    # inputs: beyond 64 inputs, they take at most 256 MiB.
    images: npt.NDArray[np.float32]
    labels: npt.NDArray[np.int64] | None = None  # class of each input
    # The network's other inputs, by name or position, (n, ...).
    other_inputs: dict[Hashable, npt.NDArray[Any]] = dataclasses.field(
        default_factory=dict
    )
    image_key: Hashable = None  # their name or position; `None` if alone
    class_names: tuple[str, ...] | None = None  # if the probe carries them

    def typical_other_inputs(self) -> dict[Hashable, npt.NDArray[Any]]:
        """Returns the mean of each other input; the first value of integers."""
        return {
            key: value.mean(axis=0)
            if np.issubdtype(value.dtype, np.floating)
            else value[0]
            for key, value in self.other_inputs.items()
        }


def take_sample(
    probe: Probe,
    names: Sequence[Hashable] | None = None,
    fixed: Collection[Hashable] = (),
    warns: bool = True,
) -> Sample:
    """Takes up to 1000 inputs from a probe.

    Args:
        probe: Inputs as the network takes them: an array or tensor (n, ...), a
            pair (inputs, labels), or a dataset (`tf.data.Dataset`,
            `keras.utils.PyDataset`, or any iterable) of batches with or without
            labels. The inputs of a network with several may be a dictionary or
            a list of arrays. A dataset is read from its start, only as far as
            needed.
        names: Names of the network's inputs, in order, if they are known.
        fixed: Names or positions of inputs that are not the images.
        warns: Whether to warn of batches of different input sizes.

    Returns:
        The sample. One-hot labels are converted to class numbers; labels that
        are not classes are dropped.

    Raises:
        ValueError: If the probe holds no inputs.
        NotShownError: If it holds text.
    """
    inputs: dict[Hashable, list[npt.NDArray[Any]]] = {}
    labels: list[npt.NDArray[Any]] = []
    count = batches = passed_over = others = 0
    limit, first = MAX_INPUTS, {}
    for batch_inputs, batch_labels in _batches(probe):
        arrays = _arrays(batch_inputs, names)
        arrays = {key: a for key, a in arrays.items() if len(a.shape)}
        if not arrays:
            raise ValueError(
                f"The probe holds {batch_inputs!r:.60}; give a sample of the "
                "network's inputs."
            )
        shapes = {key: tuple(a.shape[1:]) for key, a in arrays.items()}
        if not batches:
            limit, first = _limit(shapes.values()), shapes
        size = min(len(array) for array in arrays.values())
        if shapes != first or not size:
            passed_over, others = passed_over + 1, others + (shapes != first)
            if passed_over == _MAX_BATCHES:
                break
            continue
        for key, array in arrays.items():
            some = np.asarray(array[: limit - count])
            inputs.setdefault(key, []).append(some)
        some_labels = label_array(batch_labels)
        if some_labels is not None:
            labels.append(some_labels[: limit - count])
        batches += 1
        count += size
        if count >= limit:
            break
    if not count:
        raise ValueError(
            "The probe is empty; give a sample of the network's inputs."
        )
    if others and warns:
        _log.warning(
            "The probe's batches differ in size: only those with inputs of the "
            "first size, %s, are used.",
            " and ".join(str(shape) for shape in first.values()),
        )
    joined = {key: np.concatenate(parts) for key, parts in inputs.items()}
    key = _image_key(joined, fixed)
    images = _floats(joined.pop(key))
    joined = {name: _plain(value) for name, value in joined.items()}
    classes = None
    if len(labels) == batches:
        classes = class_numbers(np.concatenate(labels), len(images))
    return Sample(images, classes, joined, key, carried_names(probe))


def in_content_order(sample: Sample) -> Sample:
    """Returns a sample in an order that depends on its inputs alone.

    Args:
        sample: All inputs of a dataset, in any order.
    """
    labels, others = sample.labels, sample.other_inputs
    # Of equal images, what belongs to them decides.
    parts = [sample.images, *others.values()]
    if labels is not None:
        parts.append(labels)

    def digest(place: int) -> bytes:
        read = hashlib.sha256()
        for part in parts:
            read.update(part[place].tobytes())
        return read.digest()

    order = sorted(range(len(sample.images)), key=digest)
    return dataclasses.replace(
        sample,
        images=sample.images[order],
        labels=None if labels is None else labels[order],
        other_inputs={key: value[order] for key, value in others.items()},
    )


def _floats(images: npt.NDArray[Any]) -> npt.NDArray[np.float32]:
    """Returns images as floats, if they are real numbers."""
    if not np.issubdtype(images.dtype, np.complexfloating):
        with (
            contextlib.suppress(ValueError, TypeError),
            np.errstate(over="ignore"),  # they are then infinite
        ):
            return images.astype(np.float32, copy=False)
    text = isinstance(next(iter(images.flat), None), str | bytes)
    raise (NotShownError if text else ValueError)(
        f"The probe holds values of the type {images.dtype}; give a sample of "
        "real numbers, all of one shape."
    )


def _plain(values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Converts text to NumPy's bytes type, and returns other values as is."""
    if values.dtype.kind not in "OU":
        return values
    texts = [
        v if isinstance(v, bytes) else str(v).encode() for v in values.flat
    ]
    return np.array(texts, np.bytes_).reshape(values.shape)


def _limit(shapes: Iterable[tuple[int, ...]]) -> int:
    """Returns the number of inputs to take, given their shapes."""
    bytes_of_one = sum(4 * math.prod(shape) for shape in shapes)
    fitting = _MAX_BYTES // max(bytes_of_one, 1)
    return max(_MIN_INPUTS, min(MAX_INPUTS, fitting))


def _arrays(
    inputs: Any, names: Sequence[Hashable] | None
) -> dict[Hashable, Any]:
    """Returns arrays by name or position; an only input's is `None`."""
    if isinstance(inputs, Mapping):
        return {key: _array(value) for key, value in inputs.items()}
    if isinstance(inputs, list | tuple) and inputs:
        parts = [_array(part) for part in inputs]
        one = len(parts) == 1 and not _are_batches(parts)  # a list of images
        if names is not None and len(names) == len(parts) and not one:
            return dict(zip(names, parts, strict=True))
        shapes = {tuple(p.shape[1:]) for p in parts if len(p.shape) > 1}
        if len(shapes) > 1 or _are_batches(parts):
            return dict(zip(names or itertools.count(), parts, strict=False))
        ranks = [len(part.shape) for part in parts]
        if ranks[0] > 1 and set(ranks[1:]) == {1}:
            return {None: parts[0]}  # inputs and labels, of zipped datasets
    return {None: _array(inputs)}


def _are_batches(parts: Sequence[Any]) -> bool:
    """Returns whether arrays of one shape are batches, not single images."""
    return len(parts) < 10 and all(len(part.shape) == 4 for part in parts)


def _array(values: Any) -> Any:
    """Returns an object that has a shape and can be sliced before it is read.

    A memory map or an HDF5 dataset may be larger than the memory.
    """
    if isinstance(values, tf.RaggedTensor | tf.SparseTensor):
        raise ValueError(
            f"The probe holds a {type(values).__name__}; give a sample of the "
            "network's inputs, all of one shape: an array, or a dataset of "
            "dense batches (`padded_batch`, `to_tensor`)."
        )
    if hasattr(values, "shape") and hasattr(values, "__getitem__"):
        return values
    try:
        return np.asarray(values)
    except ValueError:
        raise ValueError(
            "The probe's inputs are arrays of different shapes; give a sample "
            "of the network's inputs, such as dataset.map(choose_inputs)."
        ) from None


def _image_key(
    inputs: Mapping[Hashable, npt.NDArray[Any]], fixed: Collection[Hashable]
) -> Hashable:
    """Returns the key of the input that holds images, volumes or signals."""
    for rank in RANKS:
        for key, value in inputs.items():
            if value.ndim == rank and key not in fixed:
                return key
    first: Hashable = next(iter(inputs))
    return first


def _batches(probe: object) -> Iterable[tuple[Any, Any]]:
    """Yields pairs of inputs and labels, or `None` for the labels."""
    if isinstance(probe, tuple) and len(probe) in (2, 3):
        return [(probe[0], probe[1])]
    if isinstance(probe, list | Mapping) or hasattr(probe, "shape"):
        return [(probe, None)]
    if isinstance(probe, Iterable) or hasattr(probe, "__getitem__"):
        return map(_pair, iterate(probe))
    raise ValueError(
        "The probe must be an array (n, height, width, channels), a pair "
        f"(inputs, labels) or a dataset, not {type(probe).__name__}."
    )


def iterate(dataset: Any) -> Iterator[Batch]:
    """Iterates over the batches of an iterable or a `PyDataset`."""
    if hasattr(dataset, "__getitem__") and hasattr(dataset, "__len__"):
        return (dataset[index] for index in range(len(dataset)))
    return iter(dataset)


def _pair(batch: Any) -> tuple[Any, Any]:
    if not isinstance(batch, list | tuple):
        return batch, None
    first = batch[0]
    if isinstance(first, tuple) and first and isinstance(first[0], tuple):
        return _pair(first[0])  # pairs of pairs: the first one
    return first, batch[1] if len(batch) > 1 else None
