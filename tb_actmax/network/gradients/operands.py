"""Gradients of sums, products and means with respect to images alone.

TensorFlow also builds the gradient of each weight by which an image is scaled
or shifted, and sums over the axes along which the weight was broadcast. Neither
is ever computed, but a sixth of the operations of a step through MobileNetV2
would be built for them. For the gradient of each sum or mean over axes it
builds some twenty operations that compute shapes, most of which are known.
"""

import math
import weakref
from collections.abc import Callable
from typing import TypeAlias

import tensorflow as tf

_Gradients: TypeAlias = list[tf.Tensor | None]  # of each operand
# Of an upstream gradient, an operand and the other one.
_Part = Callable[[tf.Tensor, tf.Tensor, tf.Tensor], tf.Tensor]


# Operations with as many results as first inputs, along the first axis.
_AS_MANY = frozenset(
    "Abs AvgPool BiasAdd Cast Conv2D DepthwiseConv2dNative Elu Exp "
    "FusedBatchNormV3 Identity LeakyRelu MaxPool Neg Relu Relu6 Rsqrt Selu "
    "Sigmoid Softplus Sqrt Square StopGradient Tanh".split()
)
_BROADCASTING = frozenset(
    "AddV2 DivNoNan Maximum Minimum Mul RealDiv SelectV2 Sub".split()
)
_OVER_AXES = ("Max", "Mean", "Min", "Sum")


class _Dependent:
    """Tells which tensors of a graph are computed from one.

    Args:
        source: The tensor.
    """

    def __init__(self, source: tf.Tensor):
        # A tensor with as many images, for each tensor computed from it.
        self._found = {id(source): id(source)}
        self._seen: set[str] = set()

    def __call__(self, tensor: tf.Tensor) -> bool:
        """Returns whether a tensor is computed from the source."""
        self._read(tensor)
        return id(tensor) in self._found

    def as_many(self, one: tf.Tensor, other: tf.Tensor) -> bool:
        """Returns whether tensors certainly hold equally many images.

        Args:
            one: A tensor that is computed from the source.
            other: Another.
        """
        self._read(one)
        self._read(other)
        found = self._found.get(id(one))
        return found is not None and found == self._found.get(id(other))

    def _read(self, tensor: tf.Tensor) -> None:
        """Reads the operations up to the one that computes a tensor."""
        if tensor.op.name in self._seen:
            return
        # Operations stand in the order in which they were built.
        for operation in tensor.graph.get_operations()[len(self._seen) :]:
            self._seen.add(operation.name)
            if any(id(one) in self._found for one in operation.inputs):
                origin = self._origin(operation)
                for output in operation.outputs:
                    self._found[id(output)] = origin or id(output)

    def _origin(self, operation: tf.Operation) -> int | None:
        """Returns a tensor with as many images as results, if one is known."""
        inputs = list(operation.inputs)
        if operation.type in _AS_MANY:
            return self._found.get(id(inputs[0]))
        if operation.type in _OVER_AXES:
            axes = _summed_axes(operation)
            kept = axes is not None and 0 not in axes
            return self._found.get(id(inputs[0])) if kept else None
        rank = operation.outputs[0].shape.rank
        if operation.type not in _BROADCASTING or not rank:
            return None
        # The others are repeated for each image.
        whole = [
            one
            for one in inputs
            if one.shape.rank == rank and one.shape[0] != 1
        ]
        origins = {self._found.get(id(one)) for one in whole}
        return origins.pop() if len(origins) == 1 else None


_dependent: weakref.WeakKeyDictionary[tf.Graph, _Dependent]
_dependent = weakref.WeakKeyDictionary()


def leave_out_others(source: tf.Tensor) -> None:
    """Leaves out gradients of what does not depend on a tensor, in its graph.

    Args:
        source: The tensor.
    """
    _dependent[source.graph] = _Dependent(source)


def _depends(tensor: tf.Tensor) -> bool:
    found = _dependent.get(tensor.graph)
    return found is None or found(tensor)


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
            if _depends(own):
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
        elif length is None and (axis or not _as_many(own, other)):
            return None
    return axes


def _as_many(one: tf.Tensor, other: tf.Tensor) -> bool:
    """Returns whether tensors certainly hold equally many images."""
    found = _dependent.get(one.graph)
    return found is not None and found.as_many(one, other)


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
    if not _depends(operation.inputs[1]):
        return [upstream, None]
    form = operation.get_attr("data_format")
    return [
        upstream,
        tf.raw_ops.BiasAddGrad(out_backprop=upstream, data_format=form),
    ]


def _summed_axes(operation: tf.Operation) -> set[int] | None:
    """Returns the axes of a sum, if all other lengths than n are known."""
    shape = operation.inputs[0].shape
    axes = tf.get_static_value(operation.inputs[1])
    if axes is None or not shape.rank or not shape[1:].is_fully_defined():
        return None
    return {int(axis) % shape.rank for axis in axes.ravel()}


def _spread(operation: tf.Operation, upstream: tf.Tensor) -> tf.Tensor:
    """Repeats the gradient of a sum along the axes that were summed over."""
    inputs, axes = operation.inputs
    shape, over = tf.shape(inputs), _summed_axes(operation)
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
    upstream, over = tf.convert_to_tensor(upstream), _summed_axes(operation)
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
