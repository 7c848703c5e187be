"""A model as a function of images alone, whatever else it takes.

Images are (n, height, width, channels) throughout this package, and volumes
(n, depth, height, width, channels). A model may want its channels first,
signals without a height, or several inputs, of which all but the image are
held at fixed values.
"""

import copy
from collections.abc import Hashable, Iterable, Mapping
from typing import Any

import keras
import numpy as np
import numpy.typing as npt
import tensorflow as tf

Array = npt.NDArray[Any]

# Axes of an input, its batch counted: images, else volumes, else signals.
RANKS = (4, 5, 3)


class ImageModel:
    """A Keras model that is called with images.

    It stands for the model wherever layers are looked for and run.

    Args:
        model: The model.
        held: What its other inputs are held at, by name or by position,
            without the batch's axis; zeros where nothing is given. An input
            that is held is not the one that is maximized.
        key: Name or position of the input that is maximized, for a model that
            does not declare its inputs; `None` if it is the only one.
        rank: Axes of that input, its batch counted, for such a model.

    Attributes:
        channels_first: Whether images have their channels first.
        maps_first: Whether maps inside the model have.
        signal: Whether the input is a signal (length, channels); as an image
            it is one row high.
        shape: Declared (height, width, channels), of volumes (depth, height,
            width, channels); `None` where left open, `None` in whole where
            the model does not declare its input.

    Raises:
        TypeError: If it is not a model of Keras 3.
        ValueError: If the model takes no image, volume or signal.
    """

    def __init__(
        self,
        model: keras.Model,
        held: Mapping[Hashable, Array] | None = None,
        key: Hashable = None,
        rank: int | None = None,
    ):
        check_model(model)
        self.keras_model = model
        self.name = model.name
        self._held = dict(held or {})
        self._beside: dict[Hashable, tf.Tensor] = {}
        self._declared, self._by_name = _declared(model)
        self._image = key
        self._rank = rank
        declared: tuple[int | None, ...] | None = None
        if self._declared:
            self._image = _image_input(model, self._declared, self._held)
            declared = tuple(self._declared[self._image].shape[1:])
            rank = 1 + len(declared)
        self.signal = rank == 3
        self.maps_first, self.channels_first = _channels_first(model, declared)
        self.shape = declared
        if declared is not None:
            if self.channels_first:
                declared = (*declared[1:], declared[0])
            self.shape = (1, *declared) if self.signal else declared

    def beside(self, others: Mapping[Hashable, tf.Tensor]) -> "ImageModel":
        """The same model with other inputs given for each image.

        Args:
            others: Symbolic values (n, ...), by name or by position; inputs
                that are not among them stay as they are held.
        """
        other = copy.copy(self)
        other._beside = dict(others)
        return other

    @property
    def choices(self) -> dict[str, Any]:
        """Arguments that make the same of another copy of the model."""
        return {"held": self._held, "key": self._image, "rank": self._rank}

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
        return self.keras_model(
            self._structure(inputs, tf.shape(images)[0]), training=training
        )

    def _structure(self, inputs: tf.Tensor, count: tf.Tensor) -> Any:
        """All inputs, as the model takes them."""
        if not self._declared:
            if not self._held:
                return inputs
            values = {
                key: _repeated(value, count)
                for key, value in self._held.items()
            }
            values |= self._beside
            values[self._image] = inputs
            if all(isinstance(key, int) for key in values):
                return [values[place] for place in range(len(values))]
            return values
        values = {
            key: inputs if key == self._image else self._hold(key, count)
            for key in self._declared
        }
        if self._by_name:
            return values
        every = list(values.values())
        return every if len(every) > 1 else inputs

    def _hold(self, key: Hashable, count: tf.Tensor) -> tf.Tensor:
        assert self._declared is not None
        declared = self._declared[key]
        position = list(self._declared).index(key)
        given = self._beside.get(key, self._beside.get(position))
        if given is not None:
            return tf.cast(given, declared.dtype)
        value = self._held.get(key, self._held.get(position))
        if value is None:
            text = declared.dtype == "string"
            sizes = [size or 1 for size in declared.shape[1:]]
            value = np.full(sizes, "" if text else 0)
        return _repeated(value, count, declared.dtype)


def check_model(model: Any) -> None:
    """Refuses what is not a model of Keras 3, and says what would work.

    Raises:
        TypeError: If it is not.
    """
    if isinstance(model, keras.Model):
        return
    kind = f"{type(model).__module__}.{type(model).__name__}"
    hint = ""
    if any(
        base.__module__.startswith("tf_keras") for base in type(model).mro()
    ):
        hint = (
            " It was made by tf_keras (Keras 2): build it with the package "
            "keras, without TF_USE_LEGACY_KERAS."
        )
    raise TypeError(f"The model must be a keras.Model, not {kind}.{hint}")


def input_names(model: keras.Model) -> list[Hashable] | None:
    """Names of a model's inputs, in order; `None` where it declares none."""
    declared, _ = _declared(model)
    return list(declared) if declared else None


def _declared(model: keras.Model) -> tuple[dict[Hashable, Any] | None, bool]:
    """Declared inputs by name, and whether the model takes a dictionary."""
    try:
        inputs = model.inputs
    except (AttributeError, ValueError):
        inputs = None
    if not inputs:
        return None, False
    structure = getattr(model, "_inputs_struct", None)
    if isinstance(structure, Mapping):
        return dict(structure), True
    return {tensor.name: tensor for tensor in inputs}, False


def _image_input(
    model: keras.Model,
    declared: Mapping[Hashable, Any],
    held: Iterable[Hashable],
) -> Hashable:
    """The input that is an image; else a volume; else a signal."""
    names = list(declared)
    others = {names[k] if isinstance(k, int) else k for k in held}
    unknown = others - set(names)
    if unknown:
        raise ValueError(
            f"The model {model.name!r} has no input "
            f"{', '.join(map(repr, sorted(map(str, unknown))))}; its inputs "
            f"are {', '.join(map(repr, names))}."
        )
    for rank in RANKS:
        for name, tensor in declared.items():
            floating = keras.backend.is_float_dtype(tensor.dtype)
            taken = name in others or not (floating or rank == 4)
            if len(tensor.shape) == rank and not taken:
                return name
    shapes = ", ".join(f"{n} {t.shape}" for n, t in declared.items())
    raise ValueError(
        "Images (height, width, channels), volumes (depth, height, width, "
        "channels) and signals (length, channels) can be maximized; the model "
        f"{model.name!r} takes {shapes}"
        f"{', and all that are such are held' if others else ''}."
    )


def _repeated(
    value: Any, count: tf.Tensor, dtype: str | None = None
) -> tf.Tensor:
    if dtype is None and np.issubdtype(np.asarray(value).dtype, np.floating):
        dtype = "float32"
    constant = tf.constant(value, dtype)
    return tf.repeat(constant[None], count, axis=0)


def _channels_first(
    model: keras.Model, shape: tuple[int | None, ...] | None
) -> tuple[bool, bool]:
    """Whether maps have their channels first, and whether images have.

    A model may turn its images around itself, before the first convolution:
    what that one's kernel takes tells where the channels are.
    """
    for layer in model._flatten_layers(include_self=False, recursive=True):
        order = getattr(layer, "data_format", None)
        kernel = getattr(layer, "kernel_size", None)
        if kernel is None or order not in ("channels_first", "channels_last"):
            continue
        first = bool(order == "channels_first")
        if shape is None or not layer.built:
            return first, first
        weights = layer.weights[0].shape
        channels = weights[len(kernel)] * getattr(layer, "groups", 1)
        if shape[0] != shape[-1] and channels in (shape[0], shape[-1]):
            return first, channels == shape[0]
        return first, first
    return False, False
