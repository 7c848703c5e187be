"""Calls a model with images alone, in the form of its own inputs.

Images are (n, height, width, channels) throughout this package, and volumes (n,
depth, height, width, channels). A model may take channels first, signals
without a height, or several inputs, of which all but the image have fixed
values.
"""

import copy
from collections.abc import Hashable, Mapping, Sequence
from typing import Any

import keras
import numpy as np
import numpy.typing as npt
import tensorflow as tf

from tb_actmax.network.input_spec import (
    channels_first,
    check_model,
    declared_inputs,
    has_call,
    image_input,
    repeated,
)
from tb_actmax.network.traced_runs import TracedRuns

Array = npt.NDArray[Any]


class ImageModel:
    """A Keras model that is called with images.

    Args:
        model: The model.
        fixed_inputs: Values of its other inputs, by name, without the batch
            axis; zeros for those that are not given. An input with a fixed
            value is never the maximized one. Inputs that a model does not
            declare are given by position.
        key: Name or position of the input that is maximized, for a model that
            does not declare its inputs; `None` if it is the only one.
        rank: Number of axes of that input, batch included, for such a model.
        pictures: Whether rows and columns of the input form a picture.

    Attributes:
        channels_first: Whether images have their channels first.
        maps_first: Whether maps inside the model have their channels first.
        image_key: Name or position of the input that is maximized.
        signal: Whether the input is a signal (length, channels); as an image,
            its height is 1.
        callable: Whether the model has a `call`. If it has only a `train_step`,
            its sub-models are shown.
        entries: The sub-model to run to reach a layer, by the layer's id, if it
            is not the model itself.
        left_out: Names of sub-models that do not take such images.
        other_inputs: The symbolic values of the inputs that are not maximized,
            at the last call.
        traced: Traced runs on whole inputs.
        framed: Whether images are single frames of the videos that the model
            takes.
        grey: Whether inputs are pictures (height, width) or signals (length,)
            without a channel axis.
        shape: Declared (height, width, channels), of volumes (depth, height,
            width, channels), with `None` for undeclared sizes; `None` if the
            model does not declare its input.

    Raises:
        TypeError: If it is not a Keras 3 model.
        ValueError: If the model takes no image, volume or signal.
    """

    def __init__(
        self,
        model: keras.Model,
        fixed_inputs: Mapping[Hashable, npt.ArrayLike] | None = None,
        key: Hashable = None,
        rank: int | None = None,
        pictures: bool = True,
    ):
        check_model(model)
        self.keras_model = model
        self.name = model.name
        self.callable = has_call(model)
        self.entries: dict[int, ImageModel] = {}
        self.left_out: list[str] = []
        self._fixed = dict(fixed_inputs or {})
        self._beside: dict[Hashable, tf.Tensor] = {}
        self.other_inputs: dict[Hashable, tf.Tensor] = {}
        self._declared, self._by_name = declared_inputs(model)
        self.image_key = key
        self._rank = rank
        self.framed = self.grey = False
        self._raw: tuple[int, ...] | None = None
        self._frames: ImageModel | None = None
        self.traced = TracedRuns()
        self.pictures = pictures
        declared: tuple[int | None, ...] | None = None
        if self._declared:
            self.image_key = image_input(model, self._declared, self._fixed)
            declared = tuple(self._declared[self.image_key].shape[1:])
            rank = 1 + len(declared)
        self.signal = rank == 3
        self.maps_first, self.channels_first = channels_first(model, declared)
        self.shape = declared
        if declared is not None:
            if self.channels_first:
                declared = (*declared[1:], declared[0])
            self.shape = (1, *declared) if self.signal else declared

    def beside(self, others: Mapping[Hashable, tf.Tensor]) -> "ImageModel":
        """Returns the model with symbolic values (n, ...) of other inputs."""
        other = self._copy()
        other._beside = dict(others)
        return other

    def _copy(self) -> "ImageModel":
        """Returns a copy to change, which keeps traces of its own."""
        other = copy.copy(self)
        other.traced = TracedRuns()
        other._frames = None
        return other

    def with_pictures(self, pictures: bool) -> "ImageModel":
        """Returns the model of inputs that are pictures, or are not."""
        other = self._copy()
        other.pictures = pictures and not self.signal
        return other

    @property
    def choices(self) -> dict[str, Any]:
        """Arguments that create an `ImageModel` from a copy of the model."""
        return {
            "fixed_inputs": self._fixed,
            "key": self.image_key,
            "rank": self._rank,
            "pictures": self.pictures,
            "raw": self._raw,
        }

    def as_grey(self, shape: Sequence[int]) -> "ImageModel":
        """Returns a model for inputs without a channel axis, of a shape.

        It is (1, length, channels) for a signal whose axes are the height and
        width of a picture, or (length,) for a row of numbers, which is a
        signal.
        """
        other = self._copy()
        other.grey, other.signal = True, len(shape) == 1
        other._raw = tuple(shape)
        other.shape = (1, *shape, 1) if other.signal else (*shape[1:], 1)
        return other

    def frames(self, signals: bool) -> "ImageModel":
        """Returns a model of videos as a function of single frames.

        Layers that process frames separately do so in a video of one frame.
        """
        if self._frames is None:
            frames = self._copy()
            frames.framed, frames.signal = True, signals
            frames.entries, frames.left_out = {}, []
            frames.pictures = self.pictures and not signals
            self._frames = frames
        return self._frames

    def as_images(self, inputs: Array) -> Array:
        """Returns inputs, as the model takes them, as images or volumes."""
        if self.channels_first and inputs.ndim >= 3:
            inputs = np.moveaxis(inputs, 1, -1)
        return inputs[:, None] if self.signal else inputs

    def from_inputs(self, images: Array) -> Array:
        """Converts images of the inputs to images that show filters."""
        row = None if self.signal else 0
        return images[:, row, ..., None] if self.grey else images

    def __call__(self, images: tf.Tensor, training: bool = False) -> Any:
        """Runs the model on images, as `keras.Model` does."""
        inputs = self._structure(self.as_inputs(images))
        return self.keras_model(inputs, training=training)

    def as_inputs(self, images: tf.Tensor) -> tf.Tensor:
        """Returns symbolic images as the model takes them."""
        inputs = images[:, 0] if self.signal else images
        if self.grey:
            inputs = inputs[..., 0]
        if self.channels_first:
            last = inputs.shape.rank - 1
            inputs = tf.transpose(inputs, (0, last, *range(1, last)))
        return inputs[:, None] if self.framed else inputs

    def _structure(self, inputs: tf.Tensor) -> Any:
        if not self._declared:
            if self.image_key is None:
                return inputs
            count = tf.shape(inputs)[0]
            values = {
                key: repeated(value, count)
                for key, value in self._fixed.items()
            }
            values |= self._beside
            self.other_inputs = dict(values)
            values[self.image_key] = inputs
            if all(isinstance(key, int) for key in values):
                return [values[position] for position in range(len(values))]
            return values
        values = {
            key: inputs if key == self.image_key else self._value(key, inputs)
            for key in self._declared
        }
        self.other_inputs = {
            key: value for key, value in values.items() if key != self.image_key
        }
        if self._by_name:
            return values
        every = list(values.values())
        return every if len(every) > 1 else inputs

    def _value(self, key: Hashable, inputs: tf.Tensor) -> tf.Tensor:
        assert self._declared is not None
        declared = self._declared[key]
        if key in self._beside:
            return tf.cast(self._beside[key], declared.dtype)
        value = self._fixed.get(key)
        if value is None:
            text = declared.dtype == "string"
            sizes = [size or 1 for size in declared.shape[1:]]
            value = np.full(sizes, "" if text else 0)
        return repeated(value, tf.shape(inputs)[0], declared.dtype)
