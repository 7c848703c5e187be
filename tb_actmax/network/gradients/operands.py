"""Gradients of sums, products and means with respect to images alone.

TensorFlow also builds the gradient of each weight by which an image is scaled
or shifted, and sums over the axes along which the weight was broadcast. Neither
is ever computed, but a sixth of the operations of a step through MobileNetV2
would be built for them. For the gradient of each sum or mean over axes it
builds some twenty operations that compute shapes, most of which are known.
"""

import math
from collections.abc import Callable
from typing import TypeAlias

import tensorflow as tf

from tb_actmax.network.gradients.dependence import (
    as_many,
    depends,
    summed_axes,
)

_Gradients: TypeAlias = list[tf.Tensor | None]  # of each operand
# Of an upstream gradient, an operand and the other one.
_Part = Callable[[tf.Tensor, tf.Tensor, tf.Tensor], tf.Tensor]


def _of_two(*parts: _Part) -> Callable[[tf.Operation, tf.Tensor], _Gradients]:
    """Makes the gradient of an operation on two broadcast operands.

    Args:
        *parts: The gradient with respect to each, before it is summed over
            the axes along which the operand was broadcast.
    """

    def gradient(operation: tf.Operation, upstream: tf.Tensor) -> _Gradients:
        upstream = tf.convert_to_tensor(upstream)
        first, second = operation.inputs
        found: _Gradients = []
        for part, own, other in zip(
            parts, (first, second), (second, first), strict=True
        ):
            if depends(own):
                whole = part(upstream, own, other)
                found.append(_summed(whole, own, other))
            else:
                found.append(None)
        return found

    return gradient


def _summed(gradient: tf.Tensor, own: tf.Tensor, other: tf.Tensor) -> tf.Tensor:
    """Sums over the axes along which an operand was broadcast."""
    axes = _known_axes(own, other)
    if axes is not None:
        return (
            tf.reduce_sum(gradient, axes, keepdims=True) if axes else gradient
        )
    shape = tf.shape(own)
    found, _ = tf.raw_ops.BroadcastGradientArgs(s0=shape, s1=tf.shape(other))
    return tf.reshape(tf.reduce_sum(gradient, found), shape)


def _known_axes(own: tf.Tensor, other: tf.Tensor) -> list[int] | None:
    """Returns the axes along which an operand was broadcast, if they are known.

    All of them have the length 1, and some may not have been broadcast.
    """
    if own.shape.rank is None or other.shape.rank is None:
        return None
    missing = own.shape.rank - other.shape.rank
    if missing < 0:
        return None
    axes = []
    lengths = zip(own.shape, [1] * missing + list(other.shape), strict=True)
    for axis, (length, others) in enumerate(lengths):
        if others == 1:
            continue
        if length == 1:
            axes.append(axis)
        elif length is None and (axis or not as_many(own, other)):
            return None
    return axes


def _unscaled(upstream: tf.Tensor, *_: tf.Tensor) -> tf.Tensor:
    return upstream


def _negative(upstream: tf.Tensor, *_: tf.Tensor) -> tf.Tensor:
    return -upstream


def _product(upstream: tf.Tensor, _: tf.Tensor, other: tf.Tensor) -> tf.Tensor:
    return upstream * tf.math.conj(other)


def _quotient(
    upstream: tf.Tensor, _: tf.Tensor, divisor: tf.Tensor
) -> tf.Tensor:
    return upstream / tf.math.conj(divisor)


def _inverse(
    upstream: tf.Tensor, own: tf.Tensor, dividend: tf.Tensor
) -> tf.Tensor:
    divisor = tf.math.conj(own)
    return upstream * (-tf.math.conj(dividend) / divisor / divisor)


def _bias(operation: tf.Operation, upstream: tf.Tensor) -> _Gradients:
    if not depends(operation.inputs[1]):
        return [upstream, None]
    form = operation.get_attr("data_format")
    return [
        upstream,
        tf.raw_ops.BiasAddGrad(out_backprop=upstream, data_format=form),
    ]


def _spread(operation: tf.Operation, upstream: tf.Tensor) -> tf.Tensor:
    """Repeats the gradient of a sum along the axes that were summed over."""
    inputs, axes = operation.inputs
    shape, over = tf.shape(inputs), summed_axes(operation)
    if over is not None:
        lengths = [-1, *inputs.shape[1:]]
        kept = [1 if axis in over else n for axis, n in enumerate(lengths)]
    else:
        rank = tf.rank(inputs)
        summed = tf.range(rank)[:, None] == tf.reshape(axes, (1, -1)) % rank
        kept = tf.where(tf.reduce_any(summed, axis=1), 1, shape)
    return tf.broadcast_to(tf.reshape(upstream, kept), shape)


def _sum(operation: tf.Operation, upstream: tf.Tensor) -> _Gradients:
    return [_spread(operation, tf.convert_to_tensor(upstream)), None]


def _mean(operation: tf.Operation, upstream: tf.Tensor) -> _Gradients:
    inputs, outputs = operation.inputs[0], operation.outputs[0]
    upstream, over = tf.convert_to_tensor(upstream), summed_axes(operation)
    if over is not None and 0 not in over:
        count = math.prod(inputs.shape[axis] for axis in over)
    else:
        count = tf.size(inputs) // tf.maximum(tf.size(outputs), 1)
    share = upstream / tf.cast(count, upstream.dtype)
    return [_spread(operation, share), None]


_GRADIENTS = {
    "Mean": _mean,
    "Sum": _sum,
    "Mul": _of_two(_product, _product),
    "AddV2": _of_two(_unscaled, _unscaled),
    "Sub": _of_two(_unscaled, _negative),
    "RealDiv": _of_two(_quotient, _inverse),
    "BiasAdd": _bias,
}
KINDS = tuple(_GRADIENTS)

for _kind, _gradient in _GRADIENTS.items():
    tf.RegisterGradient(f"Actmax{_kind}")(_gradient)
