"""Computes the receptive fields of the outputs of operations."""

import dataclasses
import math
from typing import Any

import numpy as np
import tensorflow as tf

from tb_actmax.network.receptive_field import channels, windows
from tb_actmax.network.receptive_field.field import Field

# Operations whose output depends on its own position only.
POINTWISE = frozenset(
    "Abs Add AddN AddV2 Atan Atan2 BiasAdd Cast Ceil CheckNumerics"
    " ClipByValue Cos Cosh Div DivNoNan Elu Equal Erf Erfc Exp Expm1 Floor"
    " FloorDiv FloorMod FusedBatchNorm FusedBatchNormV3 Greater GreaterEqual"
    " Identity IdentityN IsFinite IsNan LeakyRelu Less LessEqual Log Log1p"
    " LogicalAnd LogicalNot LogicalOr Maximum Minimum Mod Mul Neg NotEqual"
    " OnesLike PlaceholderWithDefault Pow PreventGradient RealDiv Reciprocal"
    " Relu Relu6 Rint Round Rsqrt Select SelectV2 Selu Sigmoid Sign Sin Sinh"
    " Snapshot Softplus Softsign Sqrt Square SquaredDifference StopGradient"
    " Sub Tan Tanh ZerosLike".split()
)
# Moves channels first, or last, and keeps the order of positions.
_TO_FIRST = ((0, 2, 1), (0, 3, 1, 2), (0, 4, 1, 2, 3))
_TO_LAST = ((0, 2, 1), (0, 2, 3, 1), (0, 2, 3, 4, 1))
_WINDOWED = {
    "Conv2D": True,
    "Conv3D": True,
    "DepthwiseConv2dNative": True,
    "MaxPool": False,
    "MaxPool3D": False,
    "AvgPool": False,
    "AvgPool3D": False,
}
_TRANSPOSED = ("Conv2DBackpropInput", "Conv3DBackpropInputV2")
_RESIZED = ("ResizeNearestNeighbor", "ResizeBilinear")


def through(output: tf.Tensor, seen: list[tuple[tf.Tensor, Field]]) -> Field:
    """Returns the field of an operation's output.

    `seen` are the operation's inputs that depend on the image, at least one,
    and their fields. If the operation mixes all positions or is unknown, the
    field of the first is returned, marked as whole.
    """
    field = seen[0][1]
    found = None
    kind = output.op.type
    if kind in POINTWISE:
        found = _union(output, seen)
    elif kind == "ConcatV2":
        found = _joined(output, seen)
    elif kind == "Pack" and channels.joined(output, seen):
        found = field
    elif len(seen) == 1:
        found = _alone(kind, output, *seen[0])
    if found is not None:
        return found
    depth = max(f.depth for _, f in seen) + 1
    return dataclasses.replace(field, depth=depth, whole=True)


def _alone(
    kind: str, output: tf.Tensor, source: tf.Tensor, field: Field
) -> Field | None:
    """Returns the field after an operation with one input, if known."""
    operation = output.op
    if kind in _WINDOWED:
        return windows.windowed(operation, source, field, _WINDOWED[kind])
    if kind in _TRANSPOSED:
        return windows.transposed(operation, field)
    if kind in ("ExtractImagePatches", "SpaceToDepth"):
        return windows.as_channels(operation, source, field)
    if kind == "DepthToSpace":
        return windows.as_positions(operation, field)
    if kind in _RESIZED:
        return windows.resized(output, source, field)
    if channels.only_chooses(operation, source, field):
        return field
    if kind == "Transpose":
        return _turned(operation, field)
    if kind in ("Pad", "PadV2", "MirrorPad"):
        return windows.padded(operation, field)
    if kind in ("SpaceToBatchND", "BatchToSpaceND"):
        return windows.regrouped(operation, field)
    if kind in ("Mean", "Sum", "Max"):
        return _over_channels(operation, source, field)
    if kind == "Reshape":
        return _reshaped(output, source, field)
    if kind == "ExpandDims":
        return _with_axis(operation, output, source, field)
    if kind == "Tile":
        # Repeats an axis that `ExpandDims` added: see `_reshaped`.
        extra = source.op.type == "ExpandDims"
        return field if extra and output.shape.rank > _rank(field) else None
    if _is_dense(operation, source):
        # A dense layer over channels keeps positions; after a flattened or
        # pooled map `whole` is already set.
        if field.channels_first:
            return None
        return dataclasses.replace(field, depth=field.depth + 1)
    return None


def _rank(field: Field) -> int:
    return len(field.size) + 2


def _positions(tensor: tf.Tensor, field: Field) -> tuple[Any, ...] | None:
    rank = tensor.shape.rank
    if rank is None or rank < 3:
        return None
    axes = min(len(field.size), rank - 2)
    shape = tuple(tensor.shape)
    return shape[-axes:] if field.channels_first else shape[1 : 1 + axes]


def _union(
    output: tf.Tensor, seen: list[tuple[tf.Tensor, Field]]
) -> Field | None:
    """Returns the field of units computed from units at the same position.

    A 1x1 map beside a larger one is a gate (squeeze-and-excitation): it scales
    channels and does not widen their fields.
    """
    like = [
        field
        for tensor, field in seen
        if _positions(tensor, field) == _positions(output, field)
    ]
    if not like:
        return None
    pooled = len(like) < len(seen) or any(field.pooled for field in like)
    if all(field == like[0] for field in like):
        return dataclasses.replace(like[0], pooled=pooled)
    axes = range(len(like[0].size))
    start = [min(f.start[a] for f in like) for a in axes]
    end = [max(f.start[a] + f.size[a] for f in like) for a in axes]
    aligned = [math.lcm(*(f.align[a] for f in like)) for a in axes]
    kinds = {(f.stride, f.grid, f.skipped, f.channels_first) for f in like}
    return dataclasses.replace(
        like[0],
        size=tuple(e - s for s, e in zip(start, end, strict=True)),
        start=tuple(start),
        depth=max(field.depth for field in like),
        whole=any(field.whole for field in like) or len(kinds) > 1,
        align=tuple(aligned),
        pooled=pooled,
    )


def _joined(
    output: tf.Tensor, seen: list[tuple[tf.Tensor, Field]]
) -> Field | None:
    """Returns the field of concatenated channels or tokens."""
    operation = output.op
    axis = tf.get_static_value(operation.inputs[-1])
    rank = output.shape.rank
    field = seen[0][1]
    if axis is None or rank is None:
        return None
    if int(axis) % rank == (1 if field.channels_first else rank - 1):
        return _union(output, seen)
    if len(seen) > 1 or field.grid is None or int(axis) % rank != 1:
        return None
    parts = list(operation.inputs[:-1])
    index = [id(part) for part in parts].index(id(seen[0][0]))
    before = [part.shape[1] for part in parts[:index]]
    if None in before:
        return None
    return dataclasses.replace(field, skipped=field.skipped + sum(before))


def _turned(operation: tf.Operation, field: Field) -> Field | None:
    order = tf.get_static_value(operation.inputs[1])
    if order is not None and tuple(order) == tuple(range(len(order))):
        return field
    if order is None or field.grid is not None:
        return None
    known = _TO_LAST if field.channels_first else _TO_FIRST
    if tuple(order) not in known:
        return None
    return dataclasses.replace(field, channels_first=not field.channels_first)


def _over_channels(
    operation: tf.Operation, source: tf.Tensor, field: Field
) -> Field | None:
    """Returns the field of a mean, sum or maximum over channels."""
    axes = tf.get_static_value(operation.inputs[1])
    rank = source.shape.rank
    if axes is None or rank is None or not operation.get_attr("keep_dims"):
        return None
    over = {int(axis) % rank for axis in np.ravel(axes)}
    return field if over == {1 if field.channels_first else rank - 1} else None


def _reshaped(
    output: tf.Tensor, source: tf.Tensor, field: Field
) -> Field | None:
    before, after = _positions(source, field), _positions(output, field)
    if source.op.type == "Tile" and source.op.inputs[0].op.type == "ExpandDims":
        return windows.repeated(output, source, field)
    if before is not None and before == after:
        return field  # channels are split into groups, or joined
    if source.shape[-1:] != output.shape[-1:] or field.channels_first:
        return None
    ranks = (source.shape.rank, output.shape.rank)
    if 2 in ranks:
        return field  # flattened or restored around a dense layer
    if (
        ranks == (_rank(field), 3)
        and before is not None
        and None not in before
        and output.shape[1] == math.prod(before)
    ):
        return dataclasses.replace(field, grid=before)
    if ranks == (3, _rank(field)) and after == field.grid and not field.skipped:
        return dataclasses.replace(field, grid=None)
    return None


def _with_axis(
    operation: tf.Operation,
    output: tf.Tensor,
    source: tf.Tensor,
    field: Field,
) -> Field | None:
    """Returns the field after a new axis that is tiled next, an upsampling."""
    fits = source.shape.rank == _rank(field) and not field.channels_first
    axis = tf.get_static_value(operation.inputs[1])
    if not fits or axis is None:
        return None
    index = int(axis) % output.shape.rank
    return field if 2 <= index <= len(field.size) + 1 else None


def _is_dense(operation: tf.Operation, source: tf.Tensor) -> bool:
    """Returns whether an operation only mixes the last axis of its input."""
    kind, inputs = operation.type, list(operation.inputs)
    if kind == "MatMul":
        return True
    if kind in ("BatchMatMulV2", "BatchMatMulV3"):
        whole = source is inputs[0] and inputs[1].shape.rank == 2
        return whole and not operation.get_attr("adj_x")
    if kind != "Einsum":
        return False
    equation = operation.get_attr("equation").decode()
    operands, _, result = equation.partition("->")
    mine = operands.split(",")[[id(t) for t in inputs].index(id(source))]
    return len(mine) == len(result) and mine[:-1] == result[:-1]
