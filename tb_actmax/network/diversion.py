"""Diverts methods of layer *instances*, in the thread that traces a model.

This works for any model (sequential, functional, nested or subclassed). Nothing
is cloned, weights stay live, and other threads can run the model at the same
time.
"""

import functools
import threading
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple, TypeVar

import keras
import tensorflow as tf

from tb_actmax.compatibility import (
    INPUT_CAST,
    SEED_GENERATOR,
    new_variable,
    thread_state,
)

Method = Callable[..., Any]
Result = TypeVar("Result")

# One thread at a time installs and removes dispatchers. The lock is reentrant
# because a trace may need a second one.
_TRACING = threading.RLock()


class _ThreadActions(threading.local):
    """The methods that a thread diverts while it traces.

    Attributes:
        now: Replacements of methods, by the layer's id and the method's name.
            Empty in a thread that does not trace.
    """

    def __init__(self) -> None:
        self.now: dict[tuple[int, str], Method] = {}


_ACTIONS = _ThreadActions()


class Action(NamedTuple):
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
        before: The method that was set on the layer itself; `None` if the class
            has it.
    """

    def __init__(self, layer: keras.layers.Layer, name: str):
        self.layer = layer
        self.name = name
        self.before: Method | None = layer.__dict__.get(name)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        action = _ACTIONS.now.get((id(self.layer), self.name))
        if action is None:
            action = own_method(self.layer, self.name)
        return action(*args, **kwargs)

    def __getattr__(self, name: str) -> Any:
        """Returns an attribute of the replaced method."""
        if name in ("layer", "name", "before"):  # not set yet in a copy
            raise AttributeError(name)
        method = own_method(self.layer, self.name)
        return method if name == "__wrapped__" else getattr(method, name)

    def __bool__(self) -> bool:
        """Replaces a boolean attribute, which is False during a trace."""
        if (id(self.layer), self.name) in _ACTIONS.now:
            return self.name != INPUT_CAST
        return self.before is None or bool(self.before)


def set_on(layer: keras.layers.Layer, name: str) -> Method | None:
    """Returns the method that the user has set on a layer itself."""
    found: Method | None = layer.__dict__.get(name)
    return found.before if isinstance(found, _Dispatcher) else found


def own_method(layer: keras.layers.Layer, name: str) -> Method:
    """Returns a layer's own method, even behind a dispatcher."""
    found = set_on(layer, name)
    if found is not None:
        return found
    for base in type(layer).__mro__:
        if name in vars(base):
            method: Method = vars(base)[name].__get__(layer, type(layer))
            return method
    raise AttributeError(f"{type(layer).__name__} has no method {name!r}.")


def divert(actions: Iterable[Action], function: Callable[[], Result]) -> Result:
    """Calls a function while methods of layers are diverted in this thread.

    During the call, Keras uses another generator for layers without a seed, so
    that the thread's own is neither created nor advanced.

    Attributes that layers assign during the call are reset afterwards.

    After an error or an interrupt, this thread diverts nothing: the first
    statements of `finally` cannot be interrupted, and the rest only cleans up.
    """
    with _TRACING:
        outer = _ACTIONS.now
        keras_state = thread_state()
        generator = getattr(keras_state, SEED_GENERATOR, None)
        own = own_generator()
        placed: list[_Dispatcher] = []
        actions = list(actions)
        layers = {id(layer): layer for layer, _, _ in actions}.values()
        attributes = [dict(layer.__dict__) for layer in layers]
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
            setattr(keras_state, SEED_GENERATOR, own)
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
            for layer, before in zip(layers, attributes, strict=True):
                _restore(layer, before)


def _restore(layer: keras.layers.Layer, before: dict[str, object]) -> None:
    """Resets attributes that a layer's Python code has assigned.

    A layer may count its calls and depend on the count.
    """
    entries = layer.__dict__
    for name, value in before.items():
        if entries.get(name, value) is value or name in _kept_by_keras():
            continue
        if not isinstance(value, _Dispatcher):
            entries[name] = value


@functools.cache
def _kept_by_keras() -> frozenset[str]:
    """Returns the names of the attributes that hold Keras's own state.

    A layer that Keras builds during a trace stays built, and functions that
    another thread makes for `predict` meanwhile stay with the model.
    """
    # Names of its own, so that Keras counts no other layer.
    inputs = keras.Input((1,), name="actmax")
    model = keras.Sequential([inputs], name="actmax")
    kept = [
        keras.layers.Layer(name="actmax"),
        model,
        keras.Model(inputs, inputs, name="actmax"),
    ]
    return frozenset(name for layer in kept for name in vars(layer))


@functools.cache
def own_generator() -> keras.random.SeedGenerator:
    """Returns the generator to use for layers without a seed during a trace.

    Functions traced with it use its variable, so it is never released.
    """
    # While `fit` is traced, its variable creators forbid new variables.
    with tf.init_scope(), tf.variable_creator_scope(_create):
        return keras.random.SeedGenerator(0, name="actmax_seeds")


def _create(next_creator: Method, **options: Any) -> tf.Variable:
    """Creates a variable without the creators that may forbid it."""
    value = options["initial_value"]
    return new_variable(value() if callable(value) else value)


def call_names(layer: keras.layers.Layer) -> tuple[str, ...]:
    """Returns the names of the methods by which Keras calls a layer."""
    quantized = getattr(layer, "quantization_mode", None) is not None
    return ("quantized_call", "call") if quantized else ("call",)


def present_method(layer: keras.layers.Layer, name: str) -> Method:
    """Returns the function that this thread calls for a layer's method now."""
    action = _ACTIONS.now.get((id(layer), name))
    return own_method(layer, name) if action is None else action


def ignore(*args: object, **kwargs: object) -> None:
    """Does nothing, whatever the arguments."""
