"""Runs a Keras model up to some of its layers."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, TypeVar

import keras
import tensorflow as tf

from tb_actmax.compatibility import autocast_scope
from tb_actmax.network.any_size import any_size
from tb_actmax.network.compiled_functions import seeing_through, seen_through
from tb_actmax.network.diversion import (
    Action,
    Method,
    call_names,
    divert,
    set_on,
)
from tb_actmax.network.grouped_convolutions import uncompiled
from tb_actmax.network.image_model import ImageModel
from tb_actmax.network.reached import Reached
from tb_actmax.network.recorded_calls import losses_kept

Result = TypeVar("Result")


class _Reached(BaseException):
    """Stops the run of a model midway.

    It is a `BaseException`, so that an `except Exception` in a user's `call`
    does not catch it, and Keras does not rewrite its traceback.
    """


class Stop(NamedTuple):
    """A call of a layer at which something is computed.

    Attributes:
        layer: The layer.
        call: Index of the layer's call.
        reached: Called in place of the layer, with its arguments. Returns the
            computed value, and the layer's output, with which the model
            continues.
    """

    layer: keras.layers.Layer
    call: int
    reached: Callable[..., tuple[Any, Any]]


def run_until(
    model: ImageModel,
    inputs: tf.Tensor,
    layer: keras.layers.Layer,
    index: int,
    reached: Callable[..., Result],
) -> Result:
    """Runs a model up to one call of one layer.

    Args:
        model: The model.
        inputs: Symbolic inputs; spatial sizes may differ from the declared
            sizes.
        layer: The layer at which to stop.
        index: Index of the layer's call.
        reached: Called in place of the layer, with its arguments.

    Returns:
        The value that `reached` returned.

    Raises:
        ValueError: If the model ran to its end without calling the layer.
    """

    def last(*args: Any, **kwargs: Any) -> tuple[Result, None]:
        return reached(*args, **kwargs), None

    found: list[Result] = run_through(model, inputs, [Stop(layer, index, last)])
    return found[0]


def run_through(
    model: ImageModel, inputs: tf.Tensor, stops: Sequence[Stop]
) -> list[Any]:
    """Runs a model up to the last of several calls of layers.

    Args:
        model: The model.
        inputs: Symbolic inputs; spatial sizes may differ from the declared
            sizes.
        stops: The calls, in any order. The layers run in the same sub-model,
            and none is inside another.

    Returns:
        The value that each of them computed.

    Raises:
        ValueError: If the model ran to its end without all of the calls.
    """
    found: dict[int, Any] = {}
    computing = False  # calls that are no part of the model's run
    layers = {id(stop.layer): stop.layer for stop in stops}
    counts = dict.fromkeys(layers, -1)
    places = {(id(s.layer), s.call): place for place, s in enumerate(stops)}

    def stopping(layer: keras.layers.Layer, name: str) -> Method:
        call = seen_through(layer, name)

        def stop(*args: Any, **kwargs: Any) -> Any:
            nonlocal computing
            if computing:
                return call(*args, **kwargs)
            counts[id(layer)] += 1
            place = places.get((id(layer), counts[id(layer)]))
            if place is None:
                return call(*args, **kwargs)
            computing = True
            found[place], output = stops[place].reached(*args, **kwargs)
            computing = False
            if len(found) == len(stops):
                raise _Reached
            return output

        return stop

    def run() -> list[Any]:
        entry = model.entries.get(id(stops[0].layer), model)
        try:
            with tf.name_scope("actmax"):
                entry(inputs, training=False)
        except _Reached:
            return [found[place] for place in range(len(stops))]
        stop = next(s for n, s in enumerate(stops) if n not in found)
        raise ValueError(
            f"Layer {stop.layer.name!r} is not called (call {stop.call}) when "
            f"the model {model.name!r} runs."
        )

    stopped = [
        Action(layer, name, stopping(layer, name))
        for layer in layers.values()
        for name in call_names(layer)
    ]
    return divert(_actions(model, stopped), run)


def _actions(model: ImageModel, stopped: Sequence[Action] = ()) -> list[Action]:
    """Returns the actions that divert a model's methods during a run."""
    return [
        *seeing_through(model.keras_model),
        *stopped,
        *any_size(model),
        *uncompiled(model.keras_model),
        *losses_kept(model),
    ]


def again(
    model: ImageModel,
    layer: keras.layers.Layer,
    call: Reached,
    reached: Callable[..., Result],
) -> Result:
    """Calls a function in place of a layer in a run that was traced before.

    Args:
        model: The model.
        layer: The layer.
        call: Its call.
        reached: Called in place of the layer, with its arguments.
    """

    def run() -> Result:
        with tf.name_scope("actmax"), autocast_scope(layer):
            return reached(*call.args, **call.kwargs)

    return divert(_actions(model), run)


def call_linear(
    model: ImageModel, layer: keras.layers.Layer, *args: Any, **kwargs: Any
) -> Any:
    """Calls a layer without its activation.

    A copy of the layer with a linear activation is called, because another
    thread may be using the layer. Attributes that its `call` assigns are set on
    the copy.

    Args:
        model: The model, which is being run.
        layer: The layer, which is being called in this thread.
        *args: Arguments of its `call`.
        **kwargs: Keyword arguments of its `call`.
    """
    name = call_names(layer)[0]
    if not _activates(layer, name):
        call = seen_through(layer, name)
        return call(*args, **kwargs)
    linear = _with_activation(layer, keras.activations.linear)
    call = seen_through(linear, name)
    return call(*args, **kwargs)


def call_both(
    model: ImageModel, layer: keras.layers.Layer, *args: Any, **kwargs: Any
) -> tuple[Any, Any]:
    """Calls a layer without and with its activation.

    Keras layers whose last operation is the activation are called once.

    Args:
        model: The model, which is being run.
        layer: The layer, which is being called in this thread.
        *args: Arguments of its `call`.
        **kwargs: Keyword arguments of its `call`.
    """
    name = call_names(layer)[0]
    call = seen_through(layer, name)
    if not _activates(layer, name):
        output = call(*args, **kwargs)
        return output, output
    if type(layer).__module__.startswith("keras."):
        activate, seen = layer.activation, []

        def noted(before: Any) -> Any:
            seen.append((before, activate(before)))
            return seen[-1][1]

        copied = _with_activation(layer, noted)
        output = seen_through(copied, name)(*args, **kwargs)
        if len(seen) == 1 and output is seen[0][1]:
            return seen[0]
    return call_linear(model, layer, *args, **kwargs), call(*args, **kwargs)


def _activates(layer: keras.layers.Layer, name: str) -> bool:
    """Returns whether a layer has an activation that can be left out."""
    return "activation" in layer.__dict__ and not set_on(layer, name)


def _with_activation(
    layer: keras.layers.Layer, activation: Callable[[Any], Any]
) -> keras.layers.Layer:
    """Returns a copy of a layer with another activation."""
    copied = object.__new__(type(layer))
    entries = dict(layer.__dict__)
    for diverted in call_names(layer):
        entries.pop(diverted, None)  # a dispatcher
    entries["activation"] = activation
    copied.__dict__.update(entries)
    return copied
