"""Sees through `tf.function`.

Layers that are called inside one belong to a graph of its own, and what is
traced stays in its cache. While a model is traced, the Python functions behind
its methods are called instead.
"""

import keras
import tensorflow as tf

from tb_actmax.compatibility import flatten_layers
from tb_actmax.network.diversion import Action, Method, own_method, set_on

_Compiled = tf.types.experimental.PolymorphicFunction
# Set by `fit`, `evaluate` and `predict`; no `call` uses them.
_OF_KERAS = ("train_function", "test_function", "predict_function")


def seen_through(method: Method, branches: bool) -> Method:
    """Returns the Python function behind a method that is a `tf.function`.

    Args:
        method: The method; if it is not a `tf.function`, it is returned as is.
        branches: Whether the Python function needs AutoGraph, because it
            branches or loops on tensors. It is compiled anew then.
    """
    found = method
    while isinstance(found, _Compiled):
        found = found.python_function
    return tf.function(found) if branches and found is not method else found


def seeing_through(model: keras.Model, branches: bool) -> list[Action]:
    """Returns the actions that call what is behind all compiled methods.

    Args:
        model: The model; its layers' methods are seen through, too.
        branches: See `seen_through`.
    """
    return [
        Action(layer, name, seen_through(own_method(layer, name), branches))
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
    """Returns what is set on a layer itself, else what its class has."""
    own: object = set_on(layer, name)
    return getattr(type(layer), name, None) if own is None else own
