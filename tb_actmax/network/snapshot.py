"""Keeps the current values of variables for a function called later."""

from collections.abc import Iterable

import tensorflow as tf

from tb_actmax.compatibility import new_variable, variable_dtype


class Snapshot:
    """The values of variables, given by handles, at the time of its creation.

    TensorFlow copies a value only when its variable is changed afterwards.
    """

    def __init__(self, handles: Iterable[tf.Tensor]):
        self._values = {
            id(handle): (
                handle,
                tf.raw_ops.ReadVariableOp(
                    resource=handle, dtype=variable_dtype(handle)
                ),
            )
            for handle in handles
        }
        self._variables: list[tf.Variable] = []

    def bind(self, function: tf.types.experimental.ConcreteFunction) -> None:
        """Makes a function read these values instead of the variables."""
        graph = function.graph
        captured = list(graph.external_captures)
        for index, handle in enumerate(captured):
            if id(handle) in self._values:
                _, value = self._values[id(handle)]
                with tf.device(handle.device):
                    self._variables.append(new_variable(value))
                captured[index] = self._variables[-1].handle
        deferred = graph.deferred_external_captures
        function.set_external_captures([*captured, *deferred])
