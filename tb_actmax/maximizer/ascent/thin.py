"""The gradient of a convolution with respect to few channels.

With respect to the one or three channels of an image it costs several times
the convolution itself: kernels made for many channels at once are filled with
zeros. Blocks of neighbouring pixels are computed together here, each pixel of
a block as if it were a channel.
"""

import numpy as np
import numpy.typing as npt
import tensorflow as tf

MOST = 4  # channels from which on TensorFlow's own gradient is as fast
_OUTPUTS = 16  # channels that are computed about as fast as one


def applies(operation: tf.Operation) -> bool:
    """Whether a convolution is one whose gradient is computed here."""
    maps, kernel = operation.inputs
    return (
        operation.get_attr("data_format") == b"NHWC"
        and list(operation.get_attr("strides")) == [1, 1, 1, 1]
        and list(operation.get_attr("dilations")) == [1, 1, 1, 1]
        and operation.get_attr("padding") in (b"SAME", b"VALID")
        and kernel.shape.is_fully_defined()
        and kernel.shape[2] < MOST
        and max(kernel.shape[:2]) > 1
        and maps.shape[3] == kernel.shape[2]
        and maps.shape[1:].is_fully_defined()
    )


def gradient(operation: tf.Operation, upstream: tf.Tensor) -> tf.Tensor:
    """The gradient with respect to the convolution's input.

    Args:
        operation: A convolution to which this `applies`.
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
    """Kernels (*reach, filters, block * block * channels)."""
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
    """Which tap pixel `p` of a block meets at `u`: (reach, block, taps)."""
    placed = np.zeros((reach, block, taps), np.float32)
    for pixel in range(block):
        for tap in range(taps):
            placed[pixel + taps - 1 - tap, pixel, tap] = 1
    return placed
