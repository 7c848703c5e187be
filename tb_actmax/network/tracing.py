"""Traces functions as graphs."""

import contextlib
import gc
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TypeAlias

import tensorflow as tf

from tb_actmax.compatibility import UNORDERED
from tb_actmax.network.effects import has_effect

_ConcreteFunction: TypeAlias = tf.types.experimental.ConcreteFunction


def trace(
    function: Callable[..., object], *signature: object, effects: bool = True
) -> _ConcreteFunction:
    """Traces a function.

    Args:
        function: The function.
        *signature: A `tf.TensorSpec` for each argument, or a structure of them.
        effects: Whether operations may have effects. If they do although none
            is expected, the function is traced a second time. Defaults to
            `True`.
    """
    with _without_collection():
        if not effects:
            found = _traced(function, signature, UNORDERED)
            if not any(map(_needs_order, found.graph.get_operations())):
                return found
        return _traced(function, signature, None)


def read_graph(function: Callable[..., object], *signature: object) -> None:
    """Traces a function that reads the graph, and which is never run.

    Args:
        function: The function.
        *signature: As `trace` takes it.
    """
    with _without_collection():
        _traced(function, signature, UNORDERED)


def _needs_order(operation: tf.Operation) -> bool:
    # A call of a function without state needs none, but it cannot be copied to
    # a graph that does not know the function.
    return operation.type != "PartitionedCall" and has_effect(operation)


def _traced(
    function: Callable[..., object],
    signature: Sequence[object],
    attributes: Mapping[str, bool] | None,
) -> _ConcreteFunction:
    traced = tf.function(
        function, autograph=False, experimental_attributes=attributes
    )
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
