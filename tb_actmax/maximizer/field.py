"""Receptive fields, read off the graph of operations.

For each tensor on the way from the image the size, the stride and the offset
of what one unit sees are computed, as in Araujo et al., "Computing Receptive
Fields of Convolutional Neural Networks" (Distill, 2019). Only the structure
counts, not the weights, so the answer is the same before and after training.
"""

import copy
import dataclasses
from typing import Any

import numpy as np
import tensorflow as tf

# Operations that let each position see its own position only.
_POINTWISE = frozenset(
    "Abs Add AddN AddV2 BiasAdd Cast CheckNumerics ClipByValue ConcatV2"
    " DivNoNan Elu Erf Erfc Exp Expm1 Floor FusedBatchNorm FusedBatchNormV3"
    " Identity IdentityN LeakyRelu Log Log1p Maximum Minimum Mul Neg"
    " PlaceholderWithDefault Pow RealDiv Relu Relu6 Rsqrt Select SelectV2"
    " Selu Sigmoid Sign Snapshot Softplus Softsign Sqrt Square"
    " SquaredDifference StopGradient Sub Tanh".split()
)
# To channels first and back: rows and columns stay in order.
_REORDERED = ((0, 3, 1, 2), (0, 2, 3, 1), (0, 4, 1, 2, 3), (0, 2, 3, 4, 1))
# Operations whose output says nothing of the image's content.
_ABOUT_SHAPES = frozenset("Rank Shape ShapeN Size".split())
_WINDOWED = {
    "Conv2D": True,
    "Conv3D": True,
    "DepthwiseConv2dNative": True,
    "MaxPool": False,
    "MaxPool3D": False,
    "AvgPool": False,
    "AvgPool3D": False,
}


@dataclasses.dataclass(frozen=True)
class Field:
    """What units of a map see of the image, per spatial axis.

    Attributes:
        size: Pixels that one unit sees, (rows, columns); of a volume (slices,
            rows, columns), and so everywhere here.
        stride: Pixels between what neighbouring units see.
        start: First pixel (may be negative: padding) of what unit 0 sees.
        depth: Most layers that mix positions on one way from the image.
        whole: Whether each unit sees the whole image, or an operation is on
            the way that is not known; size, stride and start then end before
            that operation.
    """

    size: tuple[int, ...] = (1, 1)
    stride: tuple[int, ...] = (1, 1)
    start: tuple[int, ...] = (0, 0)
    depth: int = 0
    whole: bool = False

    def window(self, *unit: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """First pixels, and last + 1, that a unit (row, column) sees."""
        first = tuple(
            start + index * stride
            for start, index, stride in zip(
                self.start, unit, self.stride, strict=True
            )
        )
        end = tuple(f + s for f, s in zip(first, self.size, strict=True))
        return first, end

    def unit_nearest(
        self, centre: tuple[float, ...], units: tuple[int, ...]
    ) -> tuple[int, ...]:
        """The unit whose field's centre is nearest to a point of the image."""
        nearest = []
        for axis, count in enumerate(units):
            middle = self.start[axis] + (self.size[axis] - 1) / 2
            index = round((centre[axis] - middle) / self.stride[axis])
            nearest.append(min(max(index, 0), count - 1))
        return tuple(nearest)


class FieldReader:
    """Reads the receptive fields of tensors that depend on one image.

    Args:
        image: Symbolic image (batch, rows, columns, channels), or volume
            (batch, slices, rows, columns, channels).
    """

    def __init__(self, image: tf.Tensor):
        # `None` stands for what does not depend on the image.
        one = (1,) * (image.shape.rank - 2)
        pixel = Field(one, one, (0,) * len(one))
        self._fields: dict[int, Field | None] = {id(image): pixel}
        self._signal = image.shape[1] == 1
        self._kept: list[tf.Tensor] = [image]  # else an id may come again

    def __call__(self, tensor: tf.Tensor) -> Field | None:
        """The field of a tensor's units; `None` if it ignores the image."""
        # Iterative: deep networks have more operations than Python's stack.
        stack = [tensor]
        while stack:
            top = stack[-1]
            if id(top) in self._fields:
                stack.pop()
                continue
            inputs = []
            if top.op.type not in _ABOUT_SHAPES:
                inputs = list(top.op.inputs)
            waiting = [t for t in inputs if id(t) not in self._fields]
            if waiting:
                stack.extend(waiting)
                continue
            seen = [
                (t, field)
                for t in inputs
                if (field := self._fields[id(t)]) is not None
            ]
            self._fields[id(top)] = self._of(top, seen) if seen else None
            self._kept.append(top)
            stack.pop()
        return self._fields[id(tensor)]

    def _of(
        self, output: tf.Tensor, seen: list[tuple[tf.Tensor, Field]]
    ) -> Field | None:
        if self._signal and _same_row(output, seen[0][0]):
            return seen[0][1]
        if output.op.type in ("PartitionedCall", "StatefulPartitionedCall"):
            found = self._inside(output, dict((id(t), f) for t, f in seen))
            if found is not None:
                return found
        return _through(output, seen)

    def _inside(
        self, output: tf.Tensor, seen: dict[int, Field]
    ) -> Field | None:
        """What a function sees: Keras compiles grouped convolutions."""
        operation = output.op
        name = operation.get_attr("f").name
        body = getattr(operation.graph._get_function(name), "graph", None)
        if body is None:
            return None
        reader = copy.copy(self)
        reader._kept = list(body.inputs)
        reader._fields = {
            id(inner): seen.get(id(outer))
            for inner, outer in zip(body.inputs, operation.inputs, strict=True)
        }
        return reader(body.outputs[output.value_index])


def _same_row(output: tf.Tensor, source: tf.Tensor) -> bool:
    """Whether a signal only loses or gets its height of 1."""
    if output.op.type not in ("ExpandDims", "Squeeze", "StridedSlice"):
        return False
    shapes = sorted((output.shape.as_list(), source.shape.as_list()), key=len)
    short, long = shapes
    return len(long) == 4 and [short[0], 1, *short[1:]] == long


def _through(output: tf.Tensor, seen: list[tuple[tf.Tensor, Field]]) -> Field:
    """What an operation's output sees, given what its inputs see."""
    operation = output.op
    kind = operation.type
    source, field = seen[0]
    everything = dataclasses.replace(
        field, depth=max(f.depth for _, f in seen) + 1, whole=True
    )
    if kind in _POINTWISE:
        # A 1x1 map that meets a larger one is a gate (squeeze-and-excitation):
        # it scales a channel but says nothing about where to look.
        size = _spatial(output)
        maps = [f for t, f in seen if _spatial(t) == size]
        return _union(maps) if maps else everything
    if len(seen) > 1:
        return everything
    if kind in _WINDOWED:
        return _window(operation, source, field, _WINDOWED[kind]) or everything
    if kind == "Transpose":
        order = tf.get_static_value(operation.inputs[1])
        known = order is not None and tuple(order) in _REORDERED
        return field if known else everything
    if kind in ("Pad", "PadV2", "MirrorPad"):
        pads = tf.get_static_value(operation.inputs[1])
        if pads is not None and len(pads) == 3 and field.size[0] == 1:
            pads = [pads[0], (0, 0), *pads[1:]]  # a signal's
        if pads is None or len(pads) != len(field.size) + 2:
            return everything
        start = [
            first - int(pad[0]) * stride
            for first, pad, stride in zip(
                field.start, pads[1:-1], field.stride, strict=True
            )
        ]
        return dataclasses.replace(field, start=tuple(start))
    if kind in ("SpaceToBatchND", "BatchToSpaceND"):
        return _regrouped(operation, field) or everything
    if kind in ("Mean", "Sum", "Max"):
        axes = np.ravel(tf.get_static_value(operation.inputs[1]))
        rank = source.shape.rank
        over = {int(axis) % rank for axis in axes}
        pointwise = rank == len(field.size) + 2 and over == {rank - 1}
        return field if pointwise else everything
    shapes = (output.shape, source.shape)
    if kind == "Reshape" and shapes[0][-1:] == shapes[1][-1:]:
        return field  # positions are only renumbered, for a dense layer
    if kind == "MatMul":
        # A dense layer over channels looks at one position; one behind a
        # flattened or pooled map comes here with `whole` set already.
        return dataclasses.replace(field, depth=field.depth + 1)
    return everything


def _regrouped(operation: tf.Operation, field: Field) -> Field | None:
    """A dilated convolution is a plain one between these two operations."""
    block = tf.get_static_value(operation.inputs[1])
    edges = tf.get_static_value(operation.inputs[2])
    if block is None or edges is None or len(block) != len(field.size):
        return None
    stride, start = [], []
    for axis in range(len(block)):
        step = field.stride[axis]
        if operation.type == "SpaceToBatchND":
            start.append(field.start[axis] - int(edges[axis][0]) * step)
            stride.append(step * int(block[axis]))
        else:
            stride.append(step // int(block[axis]))
            start.append(field.start[axis] + int(edges[axis][0]) * stride[axis])
    return dataclasses.replace(field, stride=tuple(stride), start=tuple(start))


def _spatial(tensor: tf.Tensor) -> tuple[Any, ...] | None:
    shape = tensor.shape
    return tuple(shape[1:-1]) if shape.rank in (4, 5) else None


def _union(fields: list[Field]) -> Field:
    depth = max(field.depth for field in fields)
    axes = range(len(fields[0].size))
    start = [min(f.start[a] for f in fields) for a in axes]
    end = [max(f.start[a] + f.size[a] for f in fields) for a in axes]
    return Field(
        tuple(e - s for s, e in zip(start, end, strict=True)),
        fields[0].stride,
        tuple(start),
        depth,
        any(field.whole for field in fields)
        or len({field.stride for field in fields}) != 1,
    )


def _window(
    operation: tf.Operation, source: tf.Tensor, field: Field, kernel: bool
) -> Field | None:
    order = operation.get_attr("data_format")
    axes = len(field.size)
    if order not in (b"NHWC", b"NCHW", b"NDHWC", b"NCDHW"):
        return None
    rows = 1 if order.endswith(b"C") else 2  # the first axis
    along = slice(rows, rows + axes)
    strides = operation.get_attr("strides")[along]
    if len(strides) != axes or len(order) != axes + 2:
        return None
    if kernel:
        window = list(operation.inputs[1].shape[:axes])
        dilation = operation.get_attr("dilations")[along]
    else:
        window = operation.get_attr("ksize")[along]
        dilation = [1] * axes
    padding = operation.get_attr("padding")
    size, stride, start = [], [], []
    for axis in range(axes):
        reach = (window[axis] - 1) * dilation[axis] + 1
        before = 0
        if padding == b"SAME":
            length = source.shape[rows + axis]
            before = same_padding(length, reach, strides[axis])[0]
        elif padding != b"VALID":
            before = operation.get_attr("explicit_paddings")[2 * (rows + axis)]
        size.append(field.size[axis] + (reach - 1) * field.stride[axis])
        stride.append(field.stride[axis] * strides[axis])
        start.append(field.start[axis] - before * field.stride[axis])
    mixes = max(window) > 1 and kernel
    return Field(
        tuple(size),
        tuple(stride),
        tuple(start),
        field.depth + mixes,
        field.whole,
    )


def same_padding(length: int, reach: int, stride: int) -> tuple[int, int]:
    """Zeros that TensorFlow's "SAME" puts before and after an axis.

    Args:
        length: Length of the axis.
        reach: Length of the (dilated) window.
        stride: The window's stride.
    """
    outputs = -(-length // stride)
    total = max((outputs - 1) * stride + reach - length, 0)
    return total // 2, total - total // 2
