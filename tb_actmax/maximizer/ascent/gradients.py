"""Gradients of our own for operations of the network.

ReLUs can let a little gradient through where they are closed: a filter all of
whose inputs are closed has none to start with. And the gradients of a pooling
without overlap and of a convolution of few channels are several times faster
than TensorFlow's.
"""

import contextlib
import contextvars
from collections.abc import Callable, Iterator
from typing import Any

import tensorflow as tf

from tb_actmax.maximizer.ascent import thin

_OURS = {
    "Relu": "ActmaxRelu",
    "Relu6": "ActmaxRelu6",
    "MaxPool": "ActmaxMaxPool",
    "Conv2D": "ActmaxConv2D",
    "StridedSlice": "ActmaxStridedSlice",
}

_leak: contextvars.ContextVar[tf.Tensor | None]
_leak = contextvars.ContextVar("leak", default=None)


def _relu(tight: Callable[[tf.Tensor, tf.Tensor], tf.Tensor]) -> Any:
    """The gradient of a kind of ReLU, which may leak.

    Args:
        tight: The gradient of one that does not, of what comes back to it and
            of its outputs.
    """

    def gradient(operation: tf.Operation, upstream: tf.Tensor) -> tf.Tensor:
        output, leak = operation.outputs[0], _leak.get()
        if leak is None:
            return tight(upstream, output)
        # `tf.cond` without its functions: those take a tenth of the time of a
        # step of a small network.
        dry, wet = tf.raw_ops.Switch(data=upstream, pred=leak > 0)
        share = tf.cast(leak, upstream.dtype)
        leaky = (1 - share) * tight(wet, output) + share * wet
        return tf.raw_ops.Merge(inputs=[tight(dry, output), leaky]).output

    return gradient


@tf.RegisterGradient("ActmaxRelu")
@_relu
def _relu_grad(upstream: tf.Tensor, output: tf.Tensor) -> tf.Tensor:
    return tf.raw_ops.ReluGrad(gradients=upstream, features=output)


@tf.RegisterGradient("ActmaxRelu6")
@_relu
def _relu6_grad(upstream: tf.Tensor, output: tf.Tensor) -> tf.Tensor:
    return tf.raw_ops.Relu6Grad(gradients=upstream, features=output)


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


@tf.RegisterGradient("ActmaxStridedSlice")
def _strided_slice(
    operation: tf.Operation, upstream: tf.Tensor
) -> tuple[tf.Tensor, None, None, None]:
    """Zeros around the upstream gradient."""
    inputs, *bounds = operation.inputs
    begin, end, strides = map(tf.get_static_value, bounds)
    masks = (
        "begin_mask",
        "end_mask",
        "ellipsis_mask",
        "new_axis_mask",
        "shrink_axis_mask",
    )
    first, last, *rare = (operation.get_attr(name) for name in masks)
    known = inputs.shape.rank is not None and not any(
        bound is None for bound in (begin, end, strides)
    )
    pads = []
    for axis, length in enumerate(inputs.shape if known else ()):
        bit = 1 << axis
        inside = axis < len(begin)
        start = begin[axis] if inside and not first & bit else 0
        stop = end[axis] if inside and not last & bit else length
        if start == 0 and stop == length:  # all of it, known or not
            pads.append((0, 0))
        elif length is not None:
            span = range(length)[start:stop]
            pads.append((span.start, length - span.stop))
    if (
        known
        and len(pads) == inputs.shape.rank
        and not any(rare)
        and (strides == 1).all()
    ):
        return tf.pad(upstream, pads), None, None, None
    gradient = tf.raw_ops.StridedSliceGrad(
        shape=tf.shape(inputs, bounds[0].dtype),
        begin=bounds[0],
        end=bounds[1],
        strides=bounds[2],
        dy=upstream,
        **{name: operation.get_attr(name) for name in masks},
    )
    return gradient, None, None, None


@contextlib.contextmanager
def gradients(leak: tf.Tensor | None = None) -> Iterator[None]:
    """Operations of the default graph that are built inside use these.

    Args:
        leak: Share of the gradient that closed ReLUs let through, a scalar,
            where the gradients are built inside, too.
    """
    graph = tf.compat.v1.get_default_graph()
    token = _leak.set(leak)
    try:
        with graph.gradient_override_map(_OURS):
            yield
    finally:
        _leak.reset(token)
