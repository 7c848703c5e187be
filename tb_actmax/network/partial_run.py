"""Runs a Keras model up to one of its layers, and records calls of layers.

Both divert methods of layer *instances* while the model is traced, in the
thread that traces it. So any model will do (sequential, functional, nested or
subclassed), nothing is cloned, weights stay live, and other threads can run
the model meanwhile.
"""

import dataclasses
import functools
import threading
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple, TypeVar

import keras
import tensorflow as tf

from tb_actmax.compatibility import (
    CLEAR_LOSSES,
    INPUT_CAST,
    INPUT_CHECK,
    INPUT_CONVERSION,
    SEED_GENERATOR,
    flatten_layers,
    graph_of,
    thread_state,
)
from tb_actmax.errors import NotShownError
from tb_actmax.network.image_model import ImageModel

Method = Callable[..., Any]
Result = TypeVar("Result")

# One thread at a time puts dispatchers on layers and takes them off. The lock
# is reentrant because a trace may need a second one.
_TRACING = threading.RLock()


class _ThreadActions(threading.local):
    """The methods that a thread diverts while it traces.

    Attributes:
        now: What is called instead, by the layer's id and the method's name.
            Empty in a thread that does not trace.
    """

    def __init__(self) -> None:
        self.now: dict[tuple[int, str], Method] = {}


_ACTIONS = _ThreadActions()


class _Action(NamedTuple):
    """A function called instead of a layer's method during one trace."""

    layer: keras.layers.Layer
    name: str
    function: Method


class _Dispatcher:
    """Stands in for a method of a layer while a thread traces it.

    In any other thread it calls the layer's own method. A dispatcher that an
    interrupt left on a layer is therefore harmless.

    Args:
        layer: The layer.
        name: Name of the method.

    Attributes:
        before: The method that was set on the layer itself; `None` if it is
            its class's.
    """

    def __init__(self, layer: keras.layers.Layer, name: str):
        self.layer = layer
        self.name = name
        self.before: Method | None = layer.__dict__.get(name)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        action = _ACTIONS.now.get((id(self.layer), self.name))
        if action is None:
            action = _own_method(self.layer, self.name)
        return action(*args, **kwargs)

    def __bool__(self) -> bool:
        """Stands in for a boolean attribute, too: off during a trace."""
        if (id(self.layer), self.name) in _ACTIONS.now:
            return self.name != INPUT_CAST
        return self.before is None or bool(self.before)


def _set_on(layer: keras.layers.Layer, name: str) -> Method | None:
    """Returns the method that the user has set on a layer itself."""
    found: Method | None = layer.__dict__.get(name)
    return found.before if isinstance(found, _Dispatcher) else found


def _own_method(layer: keras.layers.Layer, name: str) -> Method:
    """Returns a layer's own method, even behind a dispatcher."""
    found = _set_on(layer, name)
    if found is not None:
        return found
    for base in type(layer).__mro__:
        if name in vars(base):
            method: Method = vars(base)[name].__get__(layer, type(layer))
            return method
    raise AttributeError(f"{type(layer).__name__} has no method {name!r}.")


def _divert(
    actions: Iterable[_Action], function: Callable[[], Result]
) -> Result:
    """Calls a function while methods of layers are diverted in this thread.

    Meanwhile Keras uses another generator for layers without a seed, so that
    the thread's own is neither created nor advanced.

    Whatever the function raises, and whenever an interrupt arrives, this
    thread diverts nothing afterwards: the first statements of `finally` cannot
    be interrupted, and the rest of it only cleans up.
    """
    with _TRACING:
        outer = _ACTIONS.now
        keras_state = thread_state()
        generator = getattr(keras_state, SEED_GENERATOR, None)
        own_generator = _own_generator()
        placed: list[_Dispatcher] = []
        try:
            for layer, name, _ in actions:
                found = layer.__dict__.get(name)
                if not isinstance(found, _Dispatcher):
                    found = _Dispatcher(layer, name)
                    # Keras's `__setattr__` would track it as state.
                    layer.__dict__[name] = found
                elif outer:
                    continue  # the outer trace takes it off
                placed.append(found)
            _ACTIONS.now = outer | {
                (id(layer), name): function for layer, name, function in actions
            }
            setattr(keras_state, SEED_GENERATOR, own_generator)
            return function()
        finally:
            _ACTIONS.now = outer
            setattr(keras_state, SEED_GENERATOR, generator)
            for dispatcher in placed:
                entries, name = dispatcher.layer.__dict__, dispatcher.name
                if entries.get(name) is dispatcher:
                    if dispatcher.before is None:
                        del entries[name]
                    else:
                        entries[name] = dispatcher.before


@functools.cache
def _own_generator() -> keras.random.SeedGenerator:
    """Returns the generator to use for layers without a seed during a trace.

    Functions traced with it use its variable, so it is never released.
    """
    with tf.init_scope():
        return keras.random.SeedGenerator(0, name="actmax_seeds")


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


def _ignore(*args: Any, **kwargs: Any) -> None:
    """Does nothing, whatever the arguments."""


def _losses_kept(model: ImageModel) -> list[_Action]:
    """Returns the actions that keep the losses of a model's layers."""
    return [
        _Action(layer, name, _ignore)
        for layer in flatten_layers(model.keras_model, include_self=True)
        for name in ("add_loss", CLEAR_LOSSES)
    ]


def _any_size(model: ImageModel) -> list[_Action]:
    """Returns the actions that let models take images of any size and type."""
    layers = flatten_layers(model.keras_model, include_self=True)
    models = [layer for layer in layers if isinstance(layer, keras.Model)]
    converting = [m for m in map(graph_of, models) if m is not None]
    return [
        *(_Action(m, INPUT_CHECK, _ignore) for m in models),
        *(_Action(m, INPUT_CONVERSION, _keeping_floats(m)) for m in converting),
        *(
            _Action(m, INPUT_CAST, _ignore)
            for m in _taking_whole_numbers(models)
        ),
    ]


def _taking_whole_numbers(models: list[keras.Model]) -> list[keras.Model]:
    """Returns the models that cast their inputs to whole numbers."""
    return [
        model
        for model in models
        if not keras.backend.is_float_dtype(model.input_dtype)
    ]


def _keeping_floats(model: keras.Model) -> Method:
    """Returns a conversion that keeps floats, which have a gradient."""
    convert = _own_method(model, INPUT_CONVERSION)

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

    def listening(layer: keras.layers.Layer) -> Method:
        call = _own_method(layer, "call")

        def listen(*args: Any, **kwargs: Any) -> Any:
            index = counts.get(id(layer), 0)
            counts[id(layer)] = index + 1
            output = call(*args, **kwargs)
            first = args[0] if args else next(iter(kwargs.values()), None)
            calls.append(Call(layer, index, first, output))
            return output

        return listen

    actions = [
        _Action(layer, "call", listening(layer))
        for layer in flatten_layers(model.keras_model)
    ]
    _divert(
        actions + _losses_kept(model), lambda: _run_all(model, inputs, calls)
    )
    return calls


def _run_all(model: ImageModel, inputs: tf.Tensor, calls: list[Call]) -> None:
    """Runs a model, and the sub-models that it does not call itself.

    Args:
        model: The model.
        inputs: Symbolic inputs.
        calls: The calls so far; those that are run are added meanwhile.
    """
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
        except Exception:  # the part takes no such images; it is named later
            model.left_out.append(part.name)
            continue
        whole = True
        model.entries |= {id(layer): part for layer in inside}
    if not whole:
        raise error


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
    call = _own_method(layer, "call")

    def stop(*args: Any, **kwargs: Any) -> Any:
        nonlocal count
        count += 1
        if count <= index:
            return call(*args, **kwargs)
        raise _Reached(reached(*args, **kwargs))

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

    return _divert(
        [
            _Action(layer, "call", stop),
            *_any_size(model),
            *_losses_kept(model),
        ],
        run,
    )


def call_linear(layer: keras.layers.Layer, *args: Any, **kwargs: Any) -> Any:
    """Calls a layer without its activation.

    A copy of it is called, with a linear activation, because another thread may
    be using the layer. Attributes that its `call` assigns are set on the copy.

    Args:
        layer: The layer, which is being called in this thread.
        *args: Arguments of its `call`.
        **kwargs: Keyword arguments of its `call`.
    """
    method = _own_method(layer, "call")
    if "activation" not in layer.__dict__ or _set_on(layer, "call"):
        return method(*args, **kwargs)
    linear = object.__new__(type(layer))
    entries = dict(layer.__dict__)
    entries.pop("call", None)  # a dispatcher
    entries["activation"] = keras.activations.linear
    linear.__dict__.update(entries)
    return _own_method(linear, "call")(*args, **kwargs)
