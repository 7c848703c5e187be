"""Gradients of convolutions with respect to their inputs.

TensorFlow takes several times as long for the gradient of a convolution with
respect to an image of one or three channels as for the convolution, because it
computes many channels at once. Blocks of neighbouring pixels are therefore
computed together, each pixel of a block as a channel. With TensorFlow's
gradient an ascent of digits conv2 takes 1.28 times the CPU time.

The gradient of a convolution of single pixels is a product of matrices, without
the preparations of a convolution: a step of one image takes .78 of the CPU time
in MobileNetV2 at 96 pixels.
"""

import numpy as np
import numpy.typing as npt
import tensorflow as tf

KINDS = ("Conv2D", "DepthwiseConv2dNative")

_THIN = 4  # channels from which on TensorFlow's own gradient is as fast
_ATTRIBUTES = (
    "strides",
    "padding",
    "explicit_paddings",
    "data_format",
    "dilations",
)
_OUTPUTS = 16  # channels that are computed about as fast as one


@tf.RegisterGradient("ActmaxConv2D")
def _convolution(
    operation: tf.Operation, upstream: tf.Tensor
) -> tuple[tf.Tensor, None]:
    """Returns the gradient with respect to the input, not to the kernel."""
    if _is_thin(operation):
        return _thin_gradient(operation, upstream), None
    if _is_product(operation):
        return _product_gradient(operation, upstream), None
    if _groups(operation) > 1:
        return _grouped_gradient(operation, upstream), None
    gradient = tf.raw_ops.Conv2DBackpropInput(
        input_sizes=tf.raw_ops.Shape(input=operation.inputs[0]),
        filter=operation.inputs[1],
        out_backprop=upstream,
        **{name: operation.get_attr(name) for name in _ATTRIBUTES},
    )
    return gradient, None


@tf.RegisterGradient("ActmaxDepthwiseConv2dNative")
def _depthwise(
    operation: tf.Operation, upstream: tf.Tensor
) -> tuple[tf.Tensor, None]:
    """Returns the gradient with respect to the input; no kernel is trained."""
    gradient = tf.raw_ops.DepthwiseConv2dNativeBackpropInput(
        input_sizes=tf.raw_ops.Shape(input=operation.inputs[0]),
        filter=operation.inputs[1],
        out_backprop=upstream,
        **{name: operation.get_attr(name) for name in _ATTRIBUTES},
    )
    return gradient, None


def _groups(operation: tf.Operation) -> int:
    """Returns the number of groups of channels of a convolution."""
    maps, kernel = operation.inputs
    if operation.get_attr("data_format") != b"NHWC" or not kernel.shape[2]:
        return 1
    of_each = int(kernel.shape[2])
    return int(maps.shape[3] or of_each) // of_each


def _is_thin(operation: tf.Operation) -> bool:
    """Returns whether a convolution has few channels and a plain layout."""
    maps, kernel = operation.inputs
    return (
        operation.get_attr("data_format") == b"NHWC"
        and list(operation.get_attr("strides")) == [1, 1, 1, 1]
        and list(operation.get_attr("dilations")) == [1, 1, 1, 1]
        and operation.get_attr("padding") in (b"SAME", b"VALID")
        and kernel.shape.is_fully_defined()
        and kernel.shape[2] < _THIN
        and max(kernel.shape[:2]) > 1
        and maps.shape[3] == kernel.shape[2]
        and maps.shape[1:].is_fully_defined()
    )


def _is_product(operation: tf.Operation) -> bool:
    """Returns whether a convolution multiplies each pixel by a matrix."""
    maps, kernel = operation.inputs
    return (
        operation.get_attr("data_format") == b"NHWC"
        and list(operation.get_attr("strides")) == [1, 1, 1, 1]
        and operation.get_attr("padding") in (b"SAME", b"VALID")
        and kernel.shape.is_fully_defined()
        and list(kernel.shape[:2]) == [1, 1]
        and maps.shape[3] == kernel.shape[2]
        and maps.shape[1:].is_fully_defined()
    )


def _product_gradient(
    operation: tf.Operation, upstream: tf.Tensor
) -> tf.Tensor:
    """Returns the gradient with respect to the input of a product.

    Args:
        operation: A convolution that `_is_product`.
        upstream: (n, rows, columns, filters).
    """
    kernel = tf.raw_ops.Squeeze(input=operation.inputs[1], axis=[0, 1])
    return tf.raw_ops.Einsum(
        inputs=[upstream, kernel], equation="nxyf,cf->nxyc"
    )


def _grouped_gradient(
    operation: tf.Operation, upstream: tf.Tensor
) -> tf.Tensor:
    """Returns the gradient with respect to the input of groups.

    TensorFlow has none on CPUs.

    Args:
        operation: A convolution of groups of channels.
        upstream: (n, rows, columns, filters).
    """
    maps, kernel = operation.inputs
    groups, shape = _groups(operation), tf.shape(maps)
    attributes = {name: operation.get_attr(name) for name in _ATTRIBUTES}
    alone = kernel.shape[2] == 1 and kernel.shape.is_fully_defined()
    square = len(set(attributes["strides"][1:3])) == 1
    if alone and square and max(attributes["dilations"]) == 1:
        sides, filters = kernel.shape[:2], kernel.shape[3]
        return tf.raw_ops.DepthwiseConv2dNativeBackpropInput(
            input_sizes=shape,
            filter=tf.reshape(kernel, (*sides, groups, filters // groups)),
            out_backprop=upstream,
            **attributes,
        )
    own = tf.concat([shape[:3], [kernel.shape[2]]], axis=0)
    return tf.concat(
        [
            tf.raw_ops.Conv2DBackpropInput(
                input_sizes=own, filter=part, out_backprop=above, **attributes
            )
            for part, above in zip(
                tf.split(kernel, groups, axis=3),
                tf.split(upstream, groups, axis=3),
                strict=True,
            )
        ],
        axis=3,
    )


def _thin_gradient(operation: tf.Operation, upstream: tf.Tensor) -> tf.Tensor:
    """Returns the gradient with respect to a thin convolution's input.

    Args:
        operation: A convolution that `_is_thin`.
        upstream: (n, rows, columns, filters).
    """
    kernel = operation.inputs[1]
    height, width, channels = operation.inputs[0].shape[1:]
    taps = kernel.shape[:2]
    block = max(int(np.sqrt(_OUTPUTS / channels)), 1)
    same = operation.get_attr("padding") == b"SAME"
    pads, reach = [(0, 0)], []
    for axis, length in enumerate((height, width)):
        before = taps[axis] - 1 - ((taps[axis] - 1) // 2 if same else 0)
        blocks = -(-length // block)
        reach.append(block + taps[axis] - 1)
        needed = block * (blocks - 1) + reach[axis]
        pads.append((before, needed - before - upstream.shape[axis + 1]))
    kernels = _kernels(kernel, block, (reach[0], reach[1]))
    blocks = tf.nn.conv2d(
        tf.pad(upstream, [*pads, (0, 0)]), kernels, block, "VALID"
    )
    if block > 1:
        blocks = tf.nn.depth_to_space(blocks, block)
    return blocks[:, :height, :width]


def _kernels(
    kernel: tf.Tensor, block: int, reach: tuple[int, int]
) -> tf.Tensor:
    """Returns kernels (*reach, filters, block * block * channels)."""
    rows, columns, channels, filters = kernel.shape
    axes = [
        _shifted(reach[0], block, rows),
        _shifted(reach[1], block, columns),
    ]
    placed = np.einsum("upa,vqb->uvpqab", *axes)
    flat = placed.reshape(-1, rows * columns)
    moved = tf.matmul(
        tf.constant(flat, kernel.dtype),
        tf.reshape(kernel, (rows * columns, channels * filters)),
    )
    moved = tf.reshape(moved, (*reach, block * block, channels, filters))
    return tf.reshape(
        tf.transpose(moved, (0, 1, 4, 2, 3)),
        (*reach, filters, block * block * channels),
    )


def _shifted(reach: int, block: int, taps: int) -> npt.NDArray[np.float32]:
    """Returns which tap each pixel of a block meets: (reach, block, taps)."""
    placed = np.zeros((reach, block, taps), np.float32)
    for pixel in range(block):
        for tap in range(taps):
            placed[pixel + taps - 1 - tap, pixel, tap] = 1
    return placed
