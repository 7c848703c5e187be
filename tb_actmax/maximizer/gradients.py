"""Gradients of our own for operations of the network.

ReLUs can let a little gradient through where they are closed: a filter all of
whose inputs are closed has none to start with. And the gradients of a pooling
without overlap and of a convolution of few channels are several times faster
than TensorFlow's.
"""

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

import tensorflow as tf

from tb_actmax.maximizer import thin

LEAK = 0.1  # share of the gradient that a closed ReLU lets through

_FAST = {"MaxPool": "ActmaxMaxPool", "Conv2D": "ActmaxConv2D"}
_LEAKY = {"Relu": "ActmaxRelu", "Relu6": "ActmaxRelu6"}


def _leaky(closed: Callable[[tf.Operation], tf.Tensor]) -> Any:
    def gradient(operation: tf.Operation, upstream: tf.Tensor) -> tf.Tensor:
        return tf.where(closed(operation), LEAK * upstream, upstream)

    return gradient


tf.RegisterGradient("ActmaxRelu")(_leaky(lambda op: op.outputs[0] <= 0))
tf.RegisterGradient("ActmaxRelu6")(
    _leaky(lambda op: (op.outputs[0] <= 0) | (op.outputs[0] >= 6))
)


@tf.RegisterGradient("ActmaxMaxPool")
def _max_pool(operation: tf.Operation, upstream: tf.Tensor) -> tf.Tensor:
    """The upstream gradient where the maximum is; all of it for each equal.

    Equals are closed ReLUs or pixels at the end of the range, through which
    nothing passes in any case.
    """
    inputs, pooled = operation.inputs[0], operation.outputs[0]
    window = list(operation.get_attr("ksize"))
    height, width = inputs.shape[1:3]
    if not (
        operation.get_attr("data_format") == b"NHWC"
        and window == list(operation.get_attr("strides"))
        and window[0] == window[3] == 1
        and height == window[1] * pooled.shape[1]
        and width == window[2] * pooled.shape[2]
    ):
        return tf.raw_ops.MaxPoolGrad(
            orig_input=inputs,
            orig_output=pooled,
            grad=upstream,
            ksize=window,
            strides=operation.get_attr("strides"),
            padding=operation.get_attr("padding"),
            data_format=operation.get_attr("data_format"),
        )
    rows, columns, channels = pooled.shape[1:]
    wide = (-1, rows, window[1], columns, window[2], channels)
    narrow = (-1, rows, 1, columns, 1, channels)
    highest = tf.equal(tf.reshape(inputs, wide), tf.reshape(pooled, narrow))
    each = tf.cast(highest, upstream.dtype) * tf.reshape(upstream, narrow)
    return tf.reshape(each, (-1, height, width, channels))


@tf.RegisterGradient("ActmaxConv2D")
def _convolution(
    operation: tf.Operation, upstream: tf.Tensor
) -> tuple[tf.Tensor, None]:
    """With respect to the input alone: no kernel is trained here."""
    if thin.applies(operation):
        return thin.gradient(operation, upstream), None
    names = ("strides", "padding", "explicit_paddings", "data_format")
    gradient = tf.raw_ops.Conv2DBackpropInput(
        input_sizes=tf.shape(operation.inputs[0]),
        filter=operation.inputs[1],
        out_backprop=upstream,
        dilations=operation.get_attr("dilations"),
        **{name: operation.get_attr(name) for name in names},
    )
    return gradient, None


@contextlib.contextmanager
def gradients(leak: bool) -> Iterator[None]:
    """Operations of the default graph that are built inside use these.

    Args:
        leak: Whether closed ReLUs let a little through.
    """
    graph = tf.compat.v1.get_default_graph()
    with graph.gradient_override_map(_FAST | (_LEAKY if leak else {})):
        yield
