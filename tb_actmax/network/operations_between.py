"""Finds the operations between tensors of a graph."""

from collections.abc import Iterable

import tensorflow as tf


def operations_between(
    source: tf.Tensor, ends: Iterable[tf.Tensor]
) -> set[tf.Operation]:
    """Returns the operations that compute tensors, back to a source."""
    found: set[tf.Operation] = set()
    waiting = list(ends)
    while waiting:
        tensor = waiting.pop()
        if tensor is not source and tensor.op not in found:
            found.add(tensor.op)
            waiting += tensor.op.inputs
    return found
