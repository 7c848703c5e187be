"""Keeps values that traced functions write away from the training.

Layers may change variables even with `training=False`: they count calls, draw
random numbers or mask a kernel. Traced functions write copies of these
variables instead, so the training, and other threads that run the model,
continue with the original values.
"""

import tensorflow as tf

from tb_actmax.compatibility import (
    called_functions,
    new_variable,
    variable_dtype,
)

# Operations that read a variable.
READS = frozenset(
    "ReadVariableOp ResourceGather ResourceGatherNd VariableShape"
    " VarIsInitializedOp".split()
)


class PrivateState:
    """Copies of the variables that traced functions write.

    The functions, and functions traced later that call them, read and write the
    copies from now on.
    """

    def __init__(self, *functions: tf.types.experimental.ConcreteFunction):
        self._copies: dict[int, tuple[tf.Tensor, tf.Variable]] = {}
        for function in functions:
            graph = function.graph
            captured = list(graph.external_captures)
            for index, inner in enumerate(graph.internal_captures):
                outer = captured[index]
                if outer.dtype == tf.resource and _is_written(inner):
                    captured[index] = self._copy(outer)
            if self._copies:
                deferred = graph.deferred_external_captures
                function.set_external_captures([*captured, *deferred])

    @property
    def empty(self) -> bool:
        return not self._copies

    def _copy(self, handle: tf.Tensor) -> tf.Tensor:
        dtype = variable_dtype(handle)
        if dtype is None:  # a table or a queue
            return handle
        if id(handle) not in self._copies:
            with tf.device(handle.device):
                copy = new_variable(_read(handle, dtype))
            self._copies[id(handle)] = handle, copy
        return self._copies[id(handle)][1].handle

    def refresh(self) -> None:
        """Sets the copies to the current values of the variables."""
        for handle, copy in self._copies.values():
            copy.assign(_read(handle, copy.dtype))


def _read(handle: tf.Tensor, dtype: tf.DType) -> tf.Tensor:
    return tf.raw_ops.ReadVariableOp(resource=handle, dtype=dtype)


def _is_written(resource: tf.Tensor) -> bool:
    """Returns whether an operation of a graph may write a resource."""
    for operation in resource.consumers():
        if operation.type in READS:
            continue
        if operation.type == "Identity":
            if _is_written(operation.outputs[0]):
                return True
            continue
        functions = called_functions(operation)
        if not functions:
            return True
        # The branches of a conditional do not take its first input.
        first = int(operation.type.endswith(("If", "Case")))
        for index, given in enumerate(operation.inputs):
            if given is not resource:
                continue
            for body in functions:
                if body is None or _is_written(body.inputs[index - first]):
                    return True
    return False
