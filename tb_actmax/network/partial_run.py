"""Runs a Keras model up to one of its layers."""

from collections.abc import Callable
from typing import Any, TypeVar

import keras
import tensorflow as tf

from tb_actmax.network.any_size import any_size
from tb_actmax.network.compiled_functions import seeing_through, seen_through
from tb_actmax.network.diversion import (
    Action,
    Method,
    call_names,
    divert,
    set_on,
)
from tb_actmax.network.image_model import ImageModel
from tb_actmax.network.recorded_calls import losses_kept

Result = TypeVar("Result")


class _Reached(BaseException):
    """Carries a value out of the middle of a model.

    It is a `BaseException`, so that an `except Exception` in a user's `call`
    does not catch it, and Keras does not rewrite its traceback.
    """

    def __init__(self, value: Any):
        super().__init__()
        self.value = value


def run_until(
    model: ImageModel,
    inputs: tf.Tensor,
    layer: keras.layers.Layer,
    index: int,
    reached: Callable[..., Result],
) -> Result:
    """Runs a model up to one call of one layer, and no further.

    Args:
        model: The model.
        inputs: Symbolic inputs; spatial sizes may differ from the declared.
        layer: The layer at which to stop.
        index: Number of the layer's calls before that one.
        reached: Called in place of the layer, with its arguments.

    Returns:
        The value that `reached` returned.

    Raises:
        ValueError: If the model ran to its end without calling the layer.
    """
    count = 0

    def stopping(name: str) -> Method:
        call = seen_through(layer, name, model.branches)

        def stop(*args: Any, **kwargs: Any) -> Any:
            nonlocal count
            count += 1
            if count <= index:
                return call(*args, **kwargs)
            raise _Reached(reached(*args, **kwargs))

        return stop

    def run() -> Result:
        try:
            with tf.name_scope("actmax"):
                entry = model.entries.get(id(layer), model)
                entry(inputs, training=False)
        except _Reached as found:
            value: Result = found.value
            return value
        raise ValueError(
            f"Layer {layer.name!r} is not called (call {index}) when the model "
            f"{model.name!r} runs."
        )

    return divert(
        [
            *seeing_through(model.keras_model, model.branches),
            *(
                Action(layer, name, stopping(name))
                for name in call_names(layer)
            ),
            *any_size(model),
            *losses_kept(model),
        ],
        run,
    )


def call_linear(
    model: ImageModel, layer: keras.layers.Layer, *args: Any, **kwargs: Any
) -> Any:
    """Calls a layer without its activation.

    A copy of it is called, with a linear activation, because another thread may
    be using the layer. Attributes that its `call` assigns are set on the copy.

    Args:
        model: The model, which is being run.
        layer: The layer, which is being called in this thread.
        *args: Arguments of its `call`.
        **kwargs: Keyword arguments of its `call`.
    """
    name = call_names(layer)[0]
    call = seen_through(layer, name, model.branches)
    if "activation" not in layer.__dict__ or set_on(layer, name):
        return call(*args, **kwargs)
    linear = object.__new__(type(layer))
    entries = dict(layer.__dict__)
    for diverted in call_names(layer):
        entries.pop(diverted, None)  # a dispatcher
    entries["activation"] = keras.activations.linear
    linear.__dict__.update(entries)
    call = seen_through(linear, name, model.branches)
    return call(*args, **kwargs)
