"""A model as a function of images alone, whatever else it takes.

Images are (n, height, width, channels) throughout this package, and volumes
(n, depth, height, width, channels). A model may want its channels first,
signals without a height, or several inputs, of which all but the image are
held at fixed values.
"""

from collections.abc import Hashable, Mapping
from typing import Any

import keras
import numpy as np
import numpy.typing as npt
import tensorflow as tf

Array = npt.NDArray[Any]


class ImageModel:
    """A Keras model that is called with images.

    It stands for the model wherever layers are looked for and run.

    Args:
        model: The model.
        held: What its other inputs are held at, by name or by position,
            without the batch's axis; zeros where nothing is given.

    Attributes:
        channels_first: Whether maps and images have their channels first.
        signal: Whether the input is a signal (length, channels); as an image
            it is one row high.
        shape: Declared (height, width, channels), of volumes (depth, height,
            width, channels); `None` where left open, `None` in whole where
            the model does not declare its input.

    Raises:
        ValueError: If the model takes no image, volume or signal.
    """

    def __init__(
        self,
        model: keras.Model,
        held: Mapping[Hashable, Array] | None = None,
    ):
        self.keras_model = model
        self.name = model.name
        self._held = dict(held or {})
        self._structure, names = _declared(model)
        self._image: Hashable = None
        declared: tuple[int | None, ...] | None = None
        if self._structure is not None:
            self._image = _image_input(model, self._structure)
            declared = tuple(self._structure[self._image].shape[1:])
        self._names = names
        self.signal = declared is not None and len(declared) == 2
        self.channels_first = _channels_first(model)
        self.shape = declared
        if declared is not None:
            if self.channels_first:
                declared = (*declared[1:], declared[0])
            self.shape = (1, *declared) if self.signal else declared

    def _flatten_layers(self, **options: Any) -> Any:
        return self.keras_model._flatten_layers(**options)

    def as_images(self, inputs: Array) -> Array:
        """Inputs as the model takes them, as images.

        Args:
            inputs: (n, ...), the input that is an image, volume or signal.

        Returns:
            (n, height, width, channels), or volumes.
        """
        if self.channels_first and inputs.ndim >= 3:
            inputs = np.moveaxis(inputs, 1, -1)
        return inputs[:, None] if self.signal else inputs

    def __call__(self, images: tf.Tensor, training: bool = False) -> Any:
        """Runs the model on images, as `keras.Model` does."""
        inputs = images[:, 0] if self.signal else images
        if self.channels_first:
            last = inputs.shape.rank - 1
            inputs = tf.transpose(inputs, (0, last, *range(1, last)))
        if self._structure is None or len(self._structure) == 1:
            wrapped: Any = inputs
            if self._names is not None:
                wrapped = {name: inputs for name in self._names}
            return self.keras_model(wrapped, training=training)
        count = tf.shape(images)[0]
        values = {
            key: inputs if key == self._image else self._hold(key, count)
            for key in self._structure
        }
        every: Any = list(values.values())
        if self._names is not None:
            every = dict(zip(self._names, every, strict=True))
        return self.keras_model(every, training=training)

    def _hold(self, key: Hashable, count: tf.Tensor) -> tf.Tensor:
        assert self._structure is not None
        declared = self._structure[key]
        name = list(self._structure).index(key)
        value = self._held.get(key, self._held.get(name))
        if value is None:
            value = np.zeros([size or 1 for size in declared.shape[1:]])
        constant = tf.constant(value, declared.dtype)
        return tf.repeat(constant[None], count, axis=0)


def _declared(
    model: keras.Model,
) -> tuple[dict[Hashable, Any] | None, list[str] | None]:
    """Declared inputs by name, and the names where they are a dictionary."""
    try:
        inputs = model.inputs
    except (AttributeError, ValueError):
        inputs = None
    if not inputs:
        return None, None
    by_name = {tensor.name: tensor for tensor in inputs}
    structure = getattr(model, "_inputs_struct", None)
    if isinstance(structure, Mapping):
        return {name: structure[name] for name in structure}, list(structure)
    return by_name, None


def _image_input(
    model: keras.Model, structure: Mapping[Hashable, Any]
) -> Hashable:
    """The input that is an image; else a volume; else a signal."""
    for rank in (4, 5, 3):
        for name, tensor in structure.items():
            if len(tensor.shape) == rank:
                return name
    shapes = ", ".join(str(t.shape) for t in structure.values())
    raise ValueError(
        "Images (height, width, channels), volumes (depth, height, width, "
        "channels) and signals (length, channels) can be maximized; the model "
        f"{model.name!r} takes {shapes}."
    )


def _channels_first(model: keras.Model) -> bool:
    for layer in model._flatten_layers(include_self=False, recursive=True):
        order = getattr(layer, "data_format", None)
        if order in ("channels_first", "channels_last"):
            return bool(order == "channels_first")
    return False
