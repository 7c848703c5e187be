"""Calls the Python functions behind `tf.function`s.

Layers called inside a `tf.function` belong to its own graph, which stays in its
cache. While a model is traced, the Python functions behind its methods are
called instead.
"""

import contextlib
import inspect
import types

import keras
import tensorflow as tf

from tb_actmax.compatibility import flatten_layers
from tb_actmax.network.diversion import Action, Method, own_method, set_on

_Compiled = tf.types.experimental.PolymorphicFunction
# Set by `fit`, `evaluate` and `predict`; no `call` uses them.
_OF_KERAS = ("train_function", "test_function", "predict_function")


def seen_through(layer: keras.layers.Layer, name: str) -> Method:
    """Returns a layer's method, or the Python function behind a `tf.function`.

    Args:
        layer: The layer.
        name: Name of the method.
    """
    found = _found(layer, name)
    if not isinstance(found, _Compiled):
        return own_method(layer, name)
    function = found
    while isinstance(function, _Compiled):
        function = function.python_function
    if set_on(layer, name) is None:
        return types.MethodType(_converted(function), layer)
    if inspect.ismethod(function):
        converted = _converted(function.__func__)
        return types.MethodType(converted, function.__self__)
    return _converted(function)


def _converted(function: Method) -> Method:
    """Returns a function whose branches are converted to graph operations."""
    with contextlib.suppress(Exception):  # AutoGraph may not find its source
        function = tf.autograph.to_graph(function, recursive=False)
    return function


def seeing_through(model: keras.Model) -> list[Action]:
    """Returns the actions that replace compiled methods by Python functions.

    Args:
        model: The model; methods of its layers are included.
    """
    layers = flatten_layers(model, include_self=True)
    of_class = {kind: _compiled_of(kind) for kind in set(map(type, layers))}
    return [
        Action(layer, name, seen_through(layer, name))
        for layer in layers
        for name in dict.fromkeys([*of_class[type(layer)], *_callable(layer)])
        if name not in _OF_KERAS and isinstance(_found(layer, name), _Compiled)
    ]


def _callable(layer: keras.layers.Layer) -> list[str]:
    """Returns the names of the callables that are set on a layer itself."""
    # Most of its fifty attributes are none, and `isinstance` takes long.
    return [name for name, value in vars(layer).items() if callable(value)]


def _compiled_of(kind: type) -> list[str]:
    """Returns the names of a class's methods that are `tf.function`s."""
    return [
        name
        for base in kind.__mro__
        if not base.__module__.startswith("keras.")
        for name in vars(base)
        if isinstance(getattr(kind, name, None), _Compiled)
    ]


def _found(layer: keras.layers.Layer, name: str) -> object:
    """Returns an attribute of a layer itself, else of its class."""
    own: object = set_on(layer, name)
    return getattr(type(layer), name, None) if own is None else own
