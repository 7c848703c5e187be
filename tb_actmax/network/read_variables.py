"""Finds the variables that the results of a traced function depend on."""

from collections.abc import Iterable

import tensorflow as tf

from tb_actmax.compatibility import called_functions, variable_dtype
from tb_actmax.network.private_state import READS

# Operations whose results do not depend on TensorFlow's state alone.
_PYTHON = frozenset("PyFunc PyFuncStateless EagerPyFunc".split())


def read_variables(
    function: tf.types.experimental.ConcreteFunction,
    ends: Iterable[tf.Tensor] | None = None,
) -> list[tf.Tensor] | None:
    """Returns the variables that the results of a function depend on.

    Args:
        function: The function.
        ends: Tensors of its graph to look at in place of its results.

    Returns:
        Distinct handles, always in the same order; `None` if the results also
        depend on a table or on Python code, whose changes cannot be detected.
    """
    graph = function.graph
    if graph.deferred_external_captures:
        return None
    outer = {
        id(inner): captured
        for inner, captured in zip(
            graph.internal_captures, graph.external_captures, strict=True
        )
    }
    found: dict[int, tf.Tensor] = {}
    ends = graph.outputs if ends is None else ends
    waiting, seen = [output.op for output in ends], set()
    while waiting:
        operation = waiting.pop()
        if operation.name in seen:
            continue
        seen.add(operation.name)
        if _calls_python(operation):
            return None
        for output in operation.outputs:
            handle = outer.get(id(output))
            if handle is None or handle.dtype != tf.resource:
                continue
            dtype = variable_dtype(handle)
            if dtype is None or dtype == tf.string:
                return None
            found[id(handle)] = handle
        waiting += [tensor.op for tensor in operation.inputs]
        # Earlier writes count. Reads are ordered by control inputs too, but do
        # not count.
        waiting += [o for o in operation.control_inputs if o.type not in READS]
    return sorted(found.values(), key=id)


def _calls_python(operation: tf.Operation) -> bool:
    if operation.type in _PYTHON:
        return True
    return any(
        body is None or any(map(_calls_python, body.get_operations()))
        for body in called_functions(operation)
    )
