"""Reads which inputs a Keras model declares, and where channels are."""

from collections.abc import Hashable, Iterable, Mapping

import keras
import numpy as np
import numpy.typing as npt
import tensorflow as tf

from tb_actmax import compatibility
from tb_actmax.errors import NotShownError

# Number of axes, batch included, of images, volumes and signals.
RANKS = (4, 5, 3)

_WITHOUT_CALL = (keras.Model.call, keras.layers.Layer.call)


def check_model(model: object) -> None:
    """Raises a `TypeError` for anything but a Keras 3 model."""
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


def has_call(model: keras.Model) -> bool:
    """Returns whether a model has a `call`, and not only a `train_step`."""
    return type(model).call not in _WITHOUT_CALL


def input_names(model: keras.Model) -> list[Hashable] | None:
    """Returns the names of a model's inputs; `None` if it declares none."""
    declared, _ = declared_inputs(model)
    return list(declared) if declared else None


def declared_inputs(
    model: keras.Model,
) -> tuple[dict[Hashable, keras.KerasTensor] | None, bool]:
    """Returns the inputs by name, and whether the model takes a dictionary."""
    try:
        inputs = model.inputs
    except (AttributeError, ValueError):
        inputs = None
    if not inputs:
        return None, False
    structure = compatibility.input_structure(model)
    if isinstance(structure, Mapping):
        return dict(structure), True
    return {tensor.name: tensor for tensor in inputs}, False


def image_input(
    model: keras.Model,
    declared: Mapping[Hashable, keras.KerasTensor],
    fixed: Iterable[Hashable],
) -> Hashable:
    """Returns the name of the input that is an image, volume or signal.

    Raises:
        NotShownError: If all such inputs are `fixed`, or there is none.
        ValueError: If a name in `fixed` is unknown.
    """
    names, others = list(declared), set(fixed)
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
    flat = [
        name
        for name, tensor in declared.items()
        if name not in others and _is_flat(tensor)
    ]
    if flat and _convolves(model):  # it may reshape them
        return max(flat, key=lambda name: declared[name].shape[1])
    shapes = ", ".join(f"{n} {t.shape}" for n, t in declared.items())
    raise NotShownError(
        "Images (height, width, channels), volumes (depth, height, width, "
        "channels) and signals (length, channels) can be maximized; the model "
        f"{model.name!r} takes {shapes}"
        f"{', and those among them have fixed values' if others else ''}."
    )


def _is_flat(tensor: keras.KerasTensor) -> bool:
    shape = tensor.shape
    floating = keras.backend.is_float_dtype(tensor.dtype)
    return floating and len(shape) == 2 and shape[1] is not None


def _convolves(model: keras.Model) -> bool:
    return any(
        getattr(layer, "kernel_size", None) is not None
        for layer in compatibility.flatten_layers(model)
    )


def channels_first(
    model: keras.Model, shape: tuple[int | None, ...] | None
) -> tuple[bool, bool]:
    """Returns whether maps, and whether images, have channels first.

    A model may transpose its images before the first convolution. The number of
    input channels of its kernel shows which axis of images holds channels.
    """
    for layer in compatibility.flatten_layers(model):
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


def repeated(
    value: npt.ArrayLike, count: tf.Tensor, dtype: str | None = None
) -> tf.Tensor:
    """Repeats a value for each image, (count, ...).

    Without a `dtype`, floats become float32, and others keep their type.
    """
    if dtype is None and np.issubdtype(np.asarray(value).dtype, np.floating):
        dtype = "float32"
    constant = tf.constant(value, dtype)
    return tf.repeat(constant[None], count, axis=0)
