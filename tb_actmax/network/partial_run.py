"""Runs a Keras model up to one of its layers, and records calls of layers.

Both replace the `call` of layer *instances* while the model is traced, and
restore it afterwards. So any model will do (sequential, functional, nested or
subclassed), nothing is cloned, and weights stay live.
"""

import contextlib
import dataclasses
import threading
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

import keras
import tensorflow as tf

from tb_actmax.compatibility import (
    INPUT_CAST,
    INPUT_CHECK,
    INPUT_CONVERSION,
    flatten_layers,
    graph_of,
)
from tb_actmax.errors import NotShownError
from tb_actmax.network.image_model import ImageModel

# Two threads that trace at the same time would see each other's replaced
# `call`. The lock is reentrant because a trace may need a second one.
_TRACING = threading.RLock()


# A layer's `call`, of any arguments.
LayerCall = Callable[..., Any]
Result = TypeVar("Result")


class _Reached(BaseException):
    """Carries a value out of the middle of a model.

    It is a `BaseException`, so that an `except Exception` in a user's `call`
    does not catch it, and Keras does not rewrite its traceback.
    """

    def __init__(self, value: Any):
        super().__init__()
        self.value = value


@dataclasses.dataclass(frozen=True)
class Call:
    """A call of a layer while a model ran.

    Attributes:
        layer: The layer.
        index: Number of the layer's calls before.
        inputs: Its first argument, a symbolic tensor or a structure.
        output: Its return value.
    """

    layer: keras.layers.Layer
    index: int
    inputs: Any
    output: Any


def sublayers(
    layer: keras.layers.Layer | ImageModel,
) -> list[keras.layers.Layer]:
    """Returns the layers directly inside a layer, in creation order."""
    if isinstance(layer, ImageModel):
        layer = layer.keras_model
    return flatten_layers(layer, recursive=False)


@contextlib.contextmanager
def _replaced(
    layers: list[keras.layers.Layer],
    name: str,
    make: Callable[[keras.layers.Layer, LayerCall], LayerCall | bool],
) -> Iterator[None]:
    """Replaces a method of layer instances, and always restores it.

    The instance's `__dict__` is written directly: Keras's own `__setattr__`
    would track the function as state of the layer.
    """
    missing = object()
    before = [layer.__dict__.get(name, missing) for layer in layers]
    try:
        for layer in layers:
            layer.__dict__[name] = make(layer, getattr(layer, name))
        yield
    finally:
        for layer, old in zip(layers, before, strict=True):
            if old is missing:
                layer.__dict__.pop(name, None)
            else:
                layer.__dict__[name] = old


@contextlib.contextmanager
def _any_size(model: ImageModel) -> Iterator[None]:
    """Makes functional models take images of other sizes than declared."""

    def make(layer: keras.layers.Layer, check: LayerCall) -> LayerCall:
        return lambda *args, **kwargs: None

    models = [
        layer
        for layer in flatten_layers(model.keras_model, include_self=True)
        if isinstance(layer, keras.Model)
    ]
    converting = [m for m in map(graph_of, models) if m is not None]
    with (
        _replaced(models, INPUT_CHECK, make),
        _replaced(converting, INPUT_CONVERSION, _keeping_floats),
        _replaced(_taking_whole_numbers(models), INPUT_CAST, lambda *_: False),
    ):
        yield


def _taking_whole_numbers(models: list[keras.Model]) -> list[keras.Model]:
    """Returns the models that cast their inputs to whole numbers."""
    return [
        model
        for model in models
        if not keras.backend.is_float_dtype(model.input_dtype)
    ]


def _keeping_floats(model: keras.Model, convert: LayerCall) -> LayerCall:
    """Returns a conversion that leaves floats alone for the gradient's sake."""

    def converted(flat: list[Any]) -> list[Any]:
        return [
            value
            if tf.is_tensor(value)
            and value.dtype.is_floating
            and not keras.backend.is_float_dtype(declared.dtype)
            else new
            for value, new, declared in zip(
                flat, convert(flat), model.inputs, strict=True
            )
        ]

    return converted


def record_calls(model: ImageModel, inputs: tf.Tensor) -> list[Call]:
    """Runs a model symbolically and returns the calls of all its layers.

    Args:
        model: The model.
        inputs: Symbolic inputs, as the model takes them. Must be called
            while a `tf.function` is being traced.

    Sub-models that the model does not run, or that it holds without a `call`
    of its own, are run by themselves if they take such images; so are those
    behind an error in the model's `call`.

    Returns:
        The calls in the order in which they ended, inner layers before the
        layers that hold them.

    Raises:
        NotShownError: If the model has no `call` and no such sub-model.
    """
    calls: list[Call] = []
    counts: dict[int, int] = {}

    def make(layer: keras.layers.Layer, call: LayerCall) -> LayerCall:
        def listening(*args: Any, **kwargs: Any) -> Any:
            index = counts.get(id(layer), 0)
            counts[id(layer)] = index + 1
            output = call(*args, **kwargs)
            first = args[0] if args else next(iter(kwargs.values()), None)
            calls.append(Call(layer, index, first, output))
            return output

        return listening

    layers = flatten_layers(model.keras_model)
    with _TRACING, _replaced(layers, "call", make):
        error: Exception = NotShownError(
            f"the model {model.name!r} has no `call`, and none of its "
            f"sub-models takes images {tuple(inputs.shape[1:])}."
        )
        whole = False
        if model.callable:
            try:
                model(inputs, training=False)
                whole = True
            except Exception as raised:  # `train_step` may do it otherwise
                error = raised
        reached = {id(call.layer) for call in calls}
        for part in model.parts(inputs.shape[1:]):
            inside = flatten_layers(part.keras_model, include_self=True)
            if any(id(layer) in reached for layer in inside):
                continue
            try:
                part(inputs, training=False)
            except Exception:
                model.left_out.append(part.name)
                continue
            whole = True
            model.entries |= {id(layer): part for layer in inside}
    if not whole:
        raise error
    return calls


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
        reached: Called as `reached(call, *args, **kwargs)` in place of the
            layer, `call` being the layer's own `call`.

    Returns:
        The value that `reached` returned.

    Raises:
        ValueError: If the model ran to its end without calling the layer.
    """
    count = 0

    def make(layer: keras.layers.Layer, call: LayerCall) -> LayerCall:
        def stopping(*args: Any, **kwargs: Any) -> Any:
            nonlocal count
            count += 1
            if count <= index:
                return call(*args, **kwargs)
            raise _Reached(reached(call, *args, **kwargs))

        return stopping

    with _TRACING, _any_size(model), _replaced([layer], "call", make):
        try:
            with tf.name_scope("actmax"):
                entry = model.entries.get(id(layer), model)
                entry(inputs, training=False)
        except _Reached as stop:
            value: Result = stop.value
            return value
    raise ValueError(
        f"Layer {layer.name!r} is not called (call {index}) when the model "
        f"{model.name!r} runs."
    )
