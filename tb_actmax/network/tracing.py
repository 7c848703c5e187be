"""Traces functions as graphs."""

import contextlib
import gc
from collections.abc import Callable, Iterator
from typing import TypeAlias

import tensorflow as tf

_ConcreteFunction: TypeAlias = tf.types.experimental.ConcreteFunction


def trace(
    function: Callable[..., object], *signature: object
) -> _ConcreteFunction:
    """Traces a function.

    Args:
        function: The function.
        *signature: A `tf.TensorSpec` for each argument, or a structure of them.
    """
    with _without_collection():
        traced = tf.function(function, autograph=False)
        return traced.get_concrete_function(*signature)


@contextlib.contextmanager
def _without_collection() -> Iterator[None]:
    """Lets Python collect no garbage while the body runs.

    The thousands of objects of a graph set off collections that visit all
    objects of the program, and there is next to nothing to collect.
    """
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collects:
            gc.enable()
