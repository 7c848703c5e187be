"""Lets models take images of other sizes and types than they declare."""

import keras
import tensorflow as tf
from keras.backend import is_float_dtype

from tb_actmax.compatibility import (
    INPUT_CAST,
    INPUT_CHECK,
    INPUT_CONVERSION,
    flatten_layers,
    graph_of,
)
from tb_actmax.network.diversion import (
    Action,
    Method,
    call_names,
    ignore,
    own_method,
    set_on,
)
from tb_actmax.network.image_model import ImageModel


def any_size(model: ImageModel) -> list[Action]:
    """Returns the actions that let a model take images of any size and type."""
    layers = flatten_layers(model.keras_model, include_self=True)
    models = [layer for layer in layers if isinstance(layer, keras.Model)]
    converting = [m for m in map(graph_of, models) if m is not None]
    casting = [m for m in models if not is_float_dtype(m.input_dtype)]
    return [
        *(Action(m, INPUT_CHECK, ignore) for m in models),
        *(Action(m, INPUT_CONVERSION, _keeping_floats(m)) for m in converting),
        *(Action(m, INPUT_CAST, ignore) for m in casting),
    ]


def builds_the_same(model: ImageModel) -> bool:
    """Returns whether a model builds the same operations for any size.

    Code of the user's own may read the size.

    Args:
        model: The model.
    """
    layers = flatten_layers(model.keras_model, include_self=True)
    return type(model) is ImageModel and all(
        type(layer).__module__.startswith("keras.")
        and not isinstance(layer, keras.layers.Lambda)
        and not any(set_on(layer, name) for name in call_names(layer))
        for layer in layers
    )


def takes_floats(model: ImageModel) -> bool:
    """Returns whether no part of a model converts its inputs to integers.

    Args:
        model: The model.
    """
    layers = flatten_layers(model.keras_model, include_self=True)
    models = [layer for layer in layers if isinstance(layer, keras.Model)]
    return all(
        is_float_dtype(part.input_dtype)
        and all(
            is_float_dtype(one.dtype)
            for one in getattr(graph_of(part), "inputs", ())
        )
        for part in models
    )


def _keeping_floats(model: keras.Model) -> Method:
    """Returns a conversion that keeps floats, which have a gradient."""
    convert = own_method(model, INPUT_CONVERSION)

    def converted(flat: list[tf.Tensor]) -> list[tf.Tensor]:
        return [
            value
            if tf.is_tensor(value)
            and value.dtype.is_floating
            and not is_float_dtype(declared.dtype)
            else new
            for value, new, declared in zip(
                flat, convert(flat), model.inputs, strict=True
            )
        ]

    return converted
