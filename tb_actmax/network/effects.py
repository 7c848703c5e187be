"""Tells operations that only compute their outputs from other operations."""

import tensorflow as tf

# Those of kinds that TensorFlow takes for stateful.
_WITHOUT_EFFECT = ("Placeholder", "ReadVariableOp")

_known: dict[str, bool] = {}  # by the kind of operation


def has_effect(operation: tf.Operation) -> bool:
    """Returns whether an operation may do more than compute its outputs.

    Operations that call functions may.

    Args:
        operation: The operation.
    """
    kind = operation.type
    if kind not in _known:
        definition = operation.op_def
        _known[kind] = any(
            attribute.type in ("func", "list(func)")
            for attribute in definition.attr
        ) or (definition.is_stateful and kind not in _WITHOUT_EFFECT)
    return _known[kind]
