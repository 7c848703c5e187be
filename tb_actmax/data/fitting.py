"""Checks a probe against a model, and says what is assumed without one."""

import dataclasses
from collections.abc import Hashable, Iterator, Mapping, Sequence
from typing import Any

import keras
import numpy as np

from tb_actmax.data import statistics
from tb_actmax.data.sample import Sample, take_sample
from tb_actmax.data.statistics import Statistics
from tb_actmax.network.image_model import ImageModel
from tb_actmax.network.input_spec import check_model, input_names
from tb_actmax.network.partial_run import sublayers

# Pixels of a side that are taken where a model leaves its input size open.
_UNKNOWN, _UNKNOWN_VOLUME = 224, 48


@dataclasses.dataclass(frozen=True)
class FittedModel:
    """A model and a sample of its inputs, as images.

    Attributes:
        model: The model as a function of images.
        sample: Images (n, height, width, channels), or `None`.
        shape: Shape of one image, (height, width, channels); of a volume with
            the slices in front.
        statistics: Statistics of the images, measured or assumed.
    """

    model: ImageModel
    sample: Sample | None
    shape: tuple[int, ...]
    statistics: Statistics


def fit(
    model: keras.Model,
    probe: Any,
    held: Mapping[Hashable, Any] | None = None,
) -> FittedModel:
    """Puts a model and a probe together.

    Args:
        model: The model.
        probe: As `sample.take_sample` takes it, or `None`. Where the model
            has several inputs, those that are no images are held at the
            probe's mean (numbers) or its first value (whole numbers).
        held: What inputs are held at instead, by name or position, without
            the batch's axis. What is held is not maximized.

    Raises:
        TypeError: If it is no model of Keras 3.
        ValueError: If the probe does not fit the model's input.
    """
    check_model(model)
    names = input_names(model)
    given = _by_name(held or {}, names)
    if probe is None:
        sample, seen = None, ImageModel(model, given)
    else:
        sample = take_sample(probe, names, given)
        others = sample.typical_others()
        if names is not None:
            others = _by_name(others, names)
            others = {key: others[key] for key in others if key in names}
        seen = ImageModel(model, others | given, sample.key, sample.images.ndim)
    if sample is not None:
        images = seen.as_images(sample.images)
        # What is given is held for all inputs alike.
        names_of = _by_name({key: key for key in sample.others}, names)
        free = {
            key: sample.others[key]
            for name, key in names_of.items()
            if name not in given
        }
        sample = dataclasses.replace(sample, images=images, others=free)
    shape, measured = _statistics(seen, sample)
    return FittedModel(seen, sample, shape, measured)


def _by_name(
    values: Mapping[Hashable, Any], names: Sequence[Hashable] | None
) -> dict[Hashable, Any]:
    """Values by the names of inputs where they are by position."""
    if names is None:
        return dict(values)
    return {
        names[key] if isinstance(key, int) and key < len(names) else key: value
        for key, value in values.items()
    }


def _statistics(
    model: ImageModel, sample: Sample | None
) -> tuple[tuple[int, ...], Statistics]:
    """Shape of one image, and statistics of all."""
    declared = model.shape
    if sample is None:
        if declared is None or declared[-1] is None:
            raise ValueError(
                f"The model {model.name!r} does not declare the shape of its "
                "input; give a probe: a sample of its inputs."
            )
        unknown = _UNKNOWN if len(declared) == 3 else _UNKNOWN_VOLUME
        channels = declared[-1]
        assumed = statistics.assume_statistics(channels, value_range(model))
        sizes = (size or unknown for size in declared[:-1])
        return (*sizes, channels), assumed
    images = sample.images
    if declared is not None:
        fits = images.ndim == 1 + len(declared) and all(
            wanted in (None, have)
            for wanted, have in zip(declared, images.shape[1:], strict=True)
        )
        if not fits:
            raise ValueError(
                f"The probe has the shape {images.shape}; the model takes "
                f"(n, {', '.join(str(size) for size in declared)})."
            )
    measured = statistics.measure_statistics(images)
    return tuple(images.shape[1:]), measured


def value_range(model: keras.Model | ImageModel) -> tuple[float, float]:
    """Value range of a model's inputs, as its leading layers suggest.

    Args:
        model: The model.

    Returns:
        [0, 255] in front of a rescaling by less than 1/10, two deviations
        around the mean in front of a normalization, else [0, 1].
    """
    for layer in _leaves(model):
        if layer.weights and not isinstance(layer, keras.layers.Normalization):
            break  # what comes later rescales something else
        if isinstance(layer, keras.layers.Rescaling):
            return (0.0, 255.0) if np.max(layer.scale) < 0.1 else (0.0, 1.0)
        if isinstance(layer, keras.layers.Normalization) and layer.built:
            mean = np.asarray(layer.mean, np.float64)
            deviation = np.sqrt(np.asarray(layer.variance, np.float64))
            low = float((mean - 2 * deviation).min())
            return low, float((mean + 2 * deviation).max())
    return 0.0, 1.0


def _leaves(model: keras.Model | ImageModel) -> Iterator[keras.layers.Layer]:
    """Layers that hold no others, in order."""
    for layer in sublayers(model):
        if sublayers(layer):
            yield from _leaves(layer)
        else:
            yield layer
