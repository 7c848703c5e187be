"""Computes receptive fields after padding, strides, pooling, upsampling."""

import dataclasses
import math
from collections.abc import Sequence

import tensorflow as tf

from tb_actmax.network.receptive_field.field import Field


def windowed(
    operation: tf.Operation, source: tf.Tensor, field: Field, kernel: bool
) -> Field | None:
    """Returns the field after a convolution or a pooling."""
    order = operation.get_attr("data_format")
    axes = len(field.size)
    if order not in (b"NHWC", b"NCHW", b"NDHWC", b"NCDHW"):
        return None
    rows = 1 if order.endswith(b"C") else 2  # the first axis
    along = slice(rows, rows + axes)
    strides = operation.get_attr("strides")[along]
    if len(order) != axes + 2 or field.channels_first != (rows == 2):
        return None
    if kernel:
        window = list(operation.inputs[1].shape[:axes])
        dilation = operation.get_attr("dilations")[along]
    else:
        window = operation.get_attr("ksize")[along]
        dilation = [1] * axes
    reach = _reach(window, dilation)
    if operation.get_attr("padding") == b"EXPLICIT":
        pads = operation.get_attr("explicit_paddings")
        before = pads[2 * rows : 2 * (rows + axes) : 2]
    else:
        before = _before(operation, source.shape[along], reach, strides)
    mixes = max(window) > 1 and kernel
    return _slid(field, reach, strides, before, mixes)


def as_channels(
    operation: tf.Operation, source: tf.Tensor, field: Field
) -> Field | None:
    """Returns the field after patches become the channels of one position."""
    if field.channels_first or field.grid is not None:
        return None
    if operation.type == "SpaceToDepth":
        if operation.get_attr("data_format") != b"NHWC":
            return None
        reach = strides = [operation.get_attr("block_size")] * 2
        before = [0, 0]
    else:
        rates = operation.get_attr("rates")[1:3]
        reach = _reach(operation.get_attr("ksizes")[1:3], rates)
        strides = operation.get_attr("strides")[1:3]
        before = _before(operation, source.shape[1:3], reach, strides)
    return _slid(field, reach, strides, before, max(reach) > 1)


def as_positions(operation: tf.Operation, field: Field) -> Field | None:
    """Returns the field after channels become a block of positions."""
    if field.channels_first or operation.get_attr("data_format") != b"NHWC":
        return None
    factor = operation.get_attr("block_size")
    finer = _finer(field, 0, factor, factor, 0)
    return _finer(finer, 1, factor, factor, 0)


def _reach(window: Sequence[int], dilation: Sequence[int]) -> list[int]:
    return [
        (taps - 1) * rate + 1
        for taps, rate in zip(window, dilation, strict=True)
    ]


def _before(
    operation: tf.Operation,
    lengths: Sequence[int],
    reach: Sequence[int],
    strides: Sequence[int],
) -> list[int]:
    """Returns the padding before each axis of an operation's input."""
    if operation.get_attr("padding") == b"VALID":
        return [0] * len(reach)
    return [
        same_padding(*axis)[0]
        for axis in zip(lengths, reach, strides, strict=True)
    ]


def _slid(
    field: Field,
    reach: Sequence[int],
    strides: Sequence[int],
    before: Sequence[int],
    mixes: bool,
) -> Field:
    """Returns the field of units that each see a window of a map.

    `reach` is the window's size, dilation included, and `before` the padding
    before each axis.
    """
    size, stride, start, align = [], [], [], list(field.align)
    for axis, step in enumerate(field.stride):
        size.append(field.size[axis] + (reach[axis] - 1) * step)
        stride.append(step * strides[axis])
        start.append(field.start[axis] - before[axis] * step)
        if strides[axis] > 1:
            align[axis] = math.lcm(align[axis], stride[axis])
    return dataclasses.replace(
        field,
        size=tuple(size),
        stride=tuple(stride),
        start=tuple(start),
        depth=field.depth + mixes,
        align=tuple(align),
    )


def padded(operation: tf.Operation, field: Field) -> Field | None:
    """Returns the field after a padding."""
    pads = tf.get_static_value(operation.inputs[1])
    if pads is None or field.grid is not None:
        return None
    pads = [tuple(map(int, pad)) for pad in pads]
    channels = pads.pop(1 if field.channels_first else -1)
    if channels != (0, 0):
        return None
    pads = pads[1:]
    # Signals have no axis of rows here.
    pads = [(0, 0)] * (len(field.size) - len(pads)) + pads
    start = [
        first - pad[0] * stride
        for first, pad, stride in zip(
            field.start, pads, field.stride, strict=True
        )
    ]
    return dataclasses.replace(field, start=tuple(start))


def regrouped(operation: tf.Operation, field: Field) -> Field | None:
    """Returns the field after one of the two operations of a dilation."""
    block = tf.get_static_value(operation.inputs[1])
    edges = tf.get_static_value(operation.inputs[2])
    axes = len(field.size)
    if block is None or edges is None or field.channels_first:
        return None
    missing = axes - len(block)  # a signal's row
    stride, start = list(field.stride), list(field.start)
    for axis in range(missing, axes):
        step, times = field.stride[axis], int(block[axis - missing])
        edge = int(edges[axis - missing][0])
        if operation.type == "SpaceToBatchND":
            start[axis] -= edge * step
            stride[axis] = step * times
        else:
            stride[axis] = step // times
            start[axis] += edge * stride[axis]
    return dataclasses.replace(field, stride=tuple(stride), start=tuple(start))


def transposed(operation: tf.Operation, field: Field) -> Field | None:
    """Returns the field after a transposed convolution.

    `None` if it does not reverse strides before it.
    """
    layout = operation.get_attr("data_format").decode()
    axes = len(field.size)
    if len(layout) != axes + 2 or not layout.endswith("C"):
        return None
    along = slice(1, 1 + axes)
    strides = operation.get_attr("strides")[along]
    dilations = operation.get_attr("dilations")[along]
    taps = list(operation.inputs[1].shape[:axes])
    lengths = operation.outputs[0].shape[along]
    padding = operation.get_attr("padding")
    found: Field | None = field
    for axis in range(axes):
        reach = (taps[axis] - 1) * dilations[axis] + 1
        before = 0
        if padding == b"SAME":
            if lengths[axis] is None:
                return None
            before = same_padding(lengths[axis], reach, strides[axis])[0]
        elif padding != b"VALID":
            return None
        found = _finer(found, axis, strides[axis], reach, before)
    if found is None:
        return None
    return dataclasses.replace(found, depth=field.depth + (max(taps) > 1))


def repeated(output: tf.Tensor, tiled: tf.Tensor, field: Field) -> Field | None:
    """Returns the field after rows or columns are repeated."""
    expand = tiled.op.inputs[0].op
    axis = tf.get_static_value(expand.inputs[1])
    if axis is None or output.shape.rank != len(field.size) + 2:
        return None
    before, after = expand.outputs[0].shape.as_list(), tiled.shape.as_list()
    axis = int(axis) % len(after)
    factor = after.pop(axis)
    before.pop(axis)
    if factor is None or before != after:
        return None
    return _finer(field, axis - 2, factor, factor, 0)


def resized(output: tf.Tensor, source: tf.Tensor, field: Field) -> Field | None:
    """Returns the field after an upsampling by an integer factor."""
    found: Field | None = field
    for axis in range(2):
        small, large = source.shape[1 + axis], output.shape[1 + axis]
        if not small or not large or large % small or field.channels_first:
            return None
        factor = large // small
        if factor > 1:
            mixed = output.op.type == "ResizeBilinear"
            reach = 2 * factor + 2 if mixed else factor
            found = _finer(
                found, axis, factor, reach, (factor + 2) // 2 if mixed else 0
            )
    return found


def _finer(
    field: Field | None, axis: int, factor: int, reach: int, before: int
) -> Field | None:
    """Returns the field of units that are `factor` times as close.

    Unit o reads the units from (o + before - reach + 1) / factor to (o +
    before) / factor of the map before it.
    """
    if field is None or field.stride[axis] % factor:
        return None
    stride, start, size = (
        list(field.stride),
        list(field.start),
        list(field.size),
    )
    stride[axis] //= factor
    start[axis] += stride[axis] * (before - reach + 1)
    size[axis] += stride[axis] * (reach - 1)
    return dataclasses.replace(
        field, stride=tuple(stride), start=tuple(start), size=tuple(size)
    )


def same_padding(length: int, reach: int, stride: int) -> tuple[int, int]:
    """Returns the zeros that "SAME" padding adds before and after an axis.

    `reach` is the length of the window, dilation included.
    """
    outputs = -(-length // stride)
    total = max((outputs - 1) * stride + reach - length, 0)
    return total // 2, total - total // 2
