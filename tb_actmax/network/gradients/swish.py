"""The gradient of swish, x * sigmoid(beta x) (Ramachandran et al., 2017).

TensorFlow defines it by a function of the tensors of one graph, so a copy of
the operations would lead back to the graph that was copied. Here it is computed
from what the operation reads.
"""

import tensorflow as tf

GRADIENT = "ActmaxSwish"


def is_swish(operation: tf.Operation) -> bool:
    """Returns whether an operation gives swish its gradient.

    It passes on the values of swish, its features and its beta.
    """
    if operation.type != "IdentityN" or len(operation.inputs) != 3:
        return False
    values, features, beta = operation.inputs
    if values.op.type != "Mul" or not _reads(values.op, features):
        return False
    gate = _gate(values, features).op
    return (
        gate.type == "Sigmoid"
        and gate.inputs[0].op.type == "Mul"
        and _reads(gate.inputs[0].op, features)
        and _reads(gate.inputs[0].op, beta)
    )


def _reads(operation: tf.Operation, tensor: tf.Tensor) -> bool:
    return any(one is tensor for one in operation.inputs)


def _gate(values: tf.Tensor, features: tf.Tensor) -> tf.Tensor:
    """Returns what the features were multiplied by."""
    first, second = values.op.inputs
    return second if first is features else first


@tf.RegisterGradient(GRADIENT)
def _gradient(
    operation: tf.Operation, upstream: tf.Tensor, *_: tf.Tensor
) -> tuple[None, tf.Tensor, None]:
    """Returns the gradient with respect to the features; beta is a constant."""
    values, features, beta = operation.inputs
    gate = _gate(values, features)
    slope = gate + beta * values * (1 - gate)
    return None, upstream * slope, None
