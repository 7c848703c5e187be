"""Fits a probe to a model."""

import dataclasses
import functools
import hashlib
from collections.abc import Hashable, Sequence
from typing import TypeAlias

import keras
import numpy as np
import numpy.typing as npt

from tb_actmax.data.class_names import check_class_names, check_labels
from tb_actmax.data.colours import ChannelOrder, find_colours
from tb_actmax.data.dataset import ReadOnceDataset
from tb_actmax.data.sample import (
    FixedInputs,
    Probe,
    Sample,
    in_content_order,
    take_sample,
)
from tb_actmax.data.statistics import (
    Statistics,
    assume_statistics,
    measure_statistics,
)
from tb_actmax.data.value_range import suggest_value_range
from tb_actmax.errors import NotShownError
from tb_actmax.network.entered_model import EnteredModel
from tb_actmax.network.entrance import entered
from tb_actmax.network.image_model import ImageModel
from tb_actmax.network.input_spec import (
    check_model,
    declared_inputs,
    image_input,
    input_names,
)
from tb_actmax.network.picture_axes import are_pictures
from tb_actmax.network.target import Target
from tb_actmax.records.colours import Colours

MeasuredSample: TypeAlias = tuple[Statistics, Colours | None]

_OPEN_SIZE = 224  # pixels of a side that the model leaves open
_OPEN_VOLUME_SIZE = 48  # the same of a volume


@dataclasses.dataclass(frozen=True)
class FittedModel:
    """A model with a sample of its inputs as images."""

    model: ImageModel
    sample: Sample | None  # images (n, *shape), or `None` without a probe
    shape: tuple[int, ...]  # of an image, (height, width, channels), or volume
    statistics: Statistics  # of the images, measured or assumed
    class_names: tuple[str, ...] | None = None
    # How images of three channels are drawn; `None` for red, green and blue
    # within one range of values.
    colours: Colours | None = None
    # The fitted model on whole videos, if the images are single frames.
    videos: "FittedModel | None" = None

    def of(self, target: Target) -> "FittedModel":
        """Returns the model and the sample to use for a layer.

        For a layer that processes each frame of a video separately, the sample
        consists of frames.
        """
        return self._frames if target.framed else self

    @functools.cached_property
    def _frames(self) -> "FittedModel":
        frames, *rest = self.shape
        signals = len(rest) == 2
        shape = (1, *rest) if signals else tuple(rest)
        sample, statistics = self.sample, self.statistics
        if sample is not None:
            images = sample.images.reshape(-1, *shape)
            sample = dataclasses.replace(
                sample,
                images=images,
                labels=None
                if sample.labels is None
                else sample.labels.repeat(frames),
                other_inputs={
                    key: value.repeat(frames, axis=0)
                    for key, value in sample.other_inputs.items()
                },
            )
            statistics = dataclasses.replace(statistics, images=images)
        return dataclasses.replace(
            self,
            model=self.model.frames(signals),
            sample=sample,
            shape=shape,
            statistics=statistics,
            videos=self,
        )


def fit(
    model: keras.Model,
    probe: Probe | None,
    fixed_inputs: FixedInputs | None = None,
    class_names: Sequence[str] | None = None,
    pictures: bool | None = None,
    channel_order: ChannelOrder | None = None,
    measured: dict[bytes, MeasuredSample] | None = None,
) -> FittedModel:
    """Fits a probe to a model.

    If the model has several inputs, those that are not images are fixed at the
    mean of the probe (floats) or at its first value (others).

    Args:
        model: The model.
        probe: See `sample.take_sample`, or `None`.
        fixed_inputs: Other values to fix inputs at. These inputs are not
            maximized.
        class_names: The name of each class; `None` for those that the probe
            carries.
        pictures: Whether rows and columns of the inputs form a picture; `None`
            to judge by the model's kernels.
        channel_order: `None` to judge by the values of the probe.
        measured: Measurements of earlier probes, which take up to a fifth of
            the time of `maximize`; those of this probe are added.

    Raises:
        TypeError: If the model is not a Keras 3 model.
        ValueError: If the probe does not fit the model's inputs, or the names
            do not fit its labels.
    """
    known_names = check_class_names(class_names)
    check_model(model)
    names = input_names(model)
    fixed = {
        _name(key, names): value for key, value in (fixed_inputs or {}).items()
    }
    sample: Sample | None = None
    if probe is None:
        image_model = ImageModel(model, fixed)
        image_model, shape = _entered(image_model, _open_shape(image_model))
    else:
        image_model, sample = _fit_sample(model, probe, names, fixed)
        shape = tuple(sample.images.shape[1:])
    if pictures is None:
        pictures = are_pictures(model, shape[:-1])
    image_model = image_model.with_pictures(pictures)
    if sample is None:
        low, high = suggest_value_range(image_model)
        statistics = assume_statistics(shape[-1], (low, high))
        ends = np.repeat([[low], [high]], shape[-1], axis=1)
        colours = find_colours(ends, channel_order)
    else:
        if known_names is None:
            known_names = sample.class_names
        elif sample.labels is not None:
            check_labels(known_names, int(sample.labels.max()))
        statistics, colours = _measured(
            sample.images,
            image_model.pictures,
            channel_order,
            {} if measured is None else measured,
        )
    return FittedModel(
        image_model, sample, shape, statistics, known_names, colours
    )


def _measured(
    images: npt.NDArray[np.float32],
    pictures: bool,
    order: ChannelOrder | None,
    measured: dict[bytes, MeasuredSample],
) -> MeasuredSample:
    """Measures a sample, unless an equal one is among the `measured` ones."""
    key = hashlib.blake2b(repr((images.shape, pictures, order)).encode())
    key.update(images.tobytes())
    if key.digest() not in measured:
        statistics = measure_statistics(images, pictures)
        measured[key.digest()] = statistics, find_colours(images, order)
    return measured[key.digest()]


def _fit_sample(
    model: keras.Model,
    probe: Probe,
    names: Sequence[Hashable] | None,
    fixed: FixedInputs,
) -> tuple[ImageModel, Sample]:
    """Takes a sample of a probe, as images of the model."""
    declared, _ = declared_inputs(model)
    if declared:
        image_input(model, declared, fixed)  # else there is nothing to sample
    try:
        sample = take_sample(probe, names, fixed)
    except NotShownError as error:
        if declared:  # it takes numbers
            raise ValueError(str(error)) from None
        raise
    if isinstance(probe, ReadOnceDataset):
        if probe.in_random_order:
            # So that trainings that shuffle it differently can be compared.
            sample = in_content_order(sample)
        probe.let_go(sample)
    sample = _of_declared_rank(sample, model)
    others = {
        name: value
        for name, value in sample.typical_other_inputs().items()
        if names is None or name in names
    }
    image_model = ImageModel(
        model, {**others, **fixed}, sample.image_key, sample.images.ndim
    )
    images = image_model.as_images(sample.images)
    _check_shape(image_model, images.shape)
    image_model, _ = _entered(image_model, images.shape[1:])
    return image_model, dataclasses.replace(
        sample,
        images=image_model.from_inputs(images),
        other_inputs={
            name: value
            for name, value in sample.other_inputs.items()
            if name not in fixed
        },
    )


def _entered(
    model: ImageModel, shape: tuple[int, ...]
) -> tuple[ImageModel, tuple[int, ...]]:
    """Returns a model, and the shape of the images that show its filters.

    Raises a `NotShownError` if its inputs are rows of numbers, and no layer
    turns them into images.
    """
    found = entered(model, shape)
    if isinstance(found, EnteredModel):
        return found, found.image_shape
    if found.grey:
        signal = (1, *shape) if found.signal else shape[1:]
        return found, (*signal, 1)
    if len(shape) < 2:
        raise NotShownError(
            f"the model {model.name!r} takes rows of {shape[0]} numbers, and "
            "no convolution sees them as an image or signal."
        )
    return found, shape


def _of_declared_rank(sample: Sample, model: keras.Model) -> Sample:
    """Adds a channel axis where Keras adds it."""
    declared, _ = declared_inputs(model)
    images = sample.images
    if not declared or len(declared) > 1:
        return sample
    (tensor,) = declared.values()
    if len(tensor.shape) == images.ndim + 1 and tensor.shape[-1] == 1:
        return dataclasses.replace(sample, images=images[..., None])
    if len(tensor.shape) == images.ndim - 1 and images.shape[-1] == 1:
        return dataclasses.replace(sample, images=images[..., 0])
    return sample


def _name(key: Hashable, names: Sequence[Hashable] | None) -> Hashable:
    """Returns the name of an input that is given by name or position."""
    if names is not None and isinstance(key, int) and key < len(names):
        return names[key]
    return key


def _open_shape(model: ImageModel) -> tuple[int, ...]:
    """Returns the shape of an image, with sizes for axes that are left open."""
    declared = model.shape
    if declared is None or declared[-1] is None:
        raise NotShownError(
            f"The model {model.name!r} does not declare the shape of its "
            "input; give a probe: a sample of its inputs."
        )
    size = _OPEN_SIZE if len(declared) == 3 else _OPEN_VOLUME_SIZE
    return tuple(length or size for length in declared)


def _check_shape(model: ImageModel, shape: tuple[int, ...]) -> None:
    declared = model.shape
    if declared is None:
        return
    if len(shape) != 1 + len(declared) or any(
        wanted not in (None, length)
        for wanted, length in zip(declared, shape[1:], strict=True)
    ):
        raise ValueError(
            f"The probe has the shape {shape}; the model takes "
            f"(n, {', '.join(map(str, declared))})."
        )
