"""Calls the Python functions behind `tf.function`s.

Layers called inside a `tf.function` belong to its own graph, which stays in its
cache. While a model is traced, the Python functions behind its methods are
called instead.
"""

import inspect
import types

import keras
import tensorflow as tf

from tb_actmax.compatibility import flatten_layers
from tb_actmax.network.diversion import Action, Method, own_method, set_on

_Compiled = tf.types.experimental.PolymorphicFunction
# Set by `fit`, `evaluate` and `predict`; no `call` uses them.
_OF_KERAS = ("train_function", "test_function", "predict_function")


def seen_through(
    layer: keras.layers.Layer, name: str, branches: bool
) -> Method:
    """Returns a layer's method, or the Python function behind a `tf.function`.

    Args:
        layer: The layer.
        name: Name of the method.
        branches: Whether the Python functions need AutoGraph, because they
            branch or loop on tensors.
    """
    found = _found(layer, name)
    if not isinstance(found, _Compiled):
        return own_method(layer, name)
    function = found
    while isinstance(function, _Compiled):
        function = function.python_function
    if set_on(layer, name) is None:
        return types.MethodType(_converted(function, branches), layer)
    if inspect.ismethod(function):
        converted = _converted(function.__func__, branches)
        return types.MethodType(converted, function.__self__)
    behind: Method = _converted(function, branches)
    return behind


def _converted(function: Method, branches: bool) -> Method:
    """Returns a function whose branches are converted to graph operations."""
    if not branches:
        return function
    try:
        converted: Method = tf.autograph.to_graph(function, recursive=False)
    except Exception:  # AutoGraph has no source of it, for instance
        compiled: Method = tf.function(function)
        return compiled
    return converted


def seeing_through(model: keras.Model, branches: bool) -> list[Action]:
    """Returns the actions that replace compiled methods by Python functions.

    Args:
        model: The model; methods of its layers are included.
        branches: See `seen_through`.
    """
    return [
        Action(layer, name, seen_through(layer, name, branches))
        for layer in flatten_layers(model, include_self=True)
        for name in _compiled_methods(layer)
    ]


def has_compiled(model: keras.Model) -> bool:
    """Returns whether a method of a model or its layers is compiled."""
    layers = flatten_layers(model, include_self=True)
    return any(_compiled_methods(layer) for layer in layers)


def _compiled_methods(layer: keras.layers.Layer) -> list[str]:
    """Returns the names of a layer's methods that are `tf.function`s."""
    of_class = [
        name
        for base in type(layer).__mro__
        if not base.__module__.startswith("keras.")
        for name in vars(base)
    ]
    return [
        name
        for name in dict.fromkeys([*of_class, *layer.__dict__])
        if name not in _OF_KERAS and isinstance(_found(layer, name), _Compiled)
    ]


def _found(layer: keras.layers.Layer, name: str) -> object:
    """Returns an attribute of a layer itself, else of its class."""
    own: object = set_on(layer, name)
    return getattr(type(layer), name, None) if own is None else own
