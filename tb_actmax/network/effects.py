"""Tells operations that only compute their outputs from other operations."""

import tensorflow as tf

# Those of kinds that TensorFlow takes for stateful, and calls of functions that
# it does not take for stateful.
_WITHOUT_EFFECT = ("Placeholder", "ReadVariableOp", "PartitionedCall")

_known: dict[str, bool] = {}  # by the kind of operation


def has_effect(operation: tf.Operation) -> bool:
    """Returns whether an operation may do more than compute its outputs.

    Operations that call functions may, but for those that TensorFlow calls as
    functions without state.

    Args:
        operation: The operation.
    """
    kind = operation.type
    if kind not in _known:
        definition = operation.op_def
        calls = any(
            attribute.type in ("func", "list(func)")
            for attribute in definition.attr
        )
        _known[kind] = kind not in _WITHOUT_EFFECT and (
            calls or definition.is_stateful
        )
    return _known[kind]
