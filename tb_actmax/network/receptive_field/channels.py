"""Determines which operations only select, reorder or join channels.

For instance, preprocessing inside a model may convert RGB to BGR.
"""

import tensorflow as tf

from tb_actmax.network.receptive_field.field import Field


def only_chooses(
    operation: tf.Operation, source: tf.Tensor, field: Field
) -> bool:
    """Returns whether an operation only selects channels, in any order."""
    rank = source.shape.rank
    if rank is None:
        return False
    axis = 1 if field.channels_first else rank - 1
    if operation.type == "StridedSlice":
        return operation.inputs[0] is source and _slices_only(
            operation, rank, axis
        )
    if operation.type == "Unpack":
        return bool(operation.get_attr("axis") % rank == axis)
    place = {"Split": 0, "SplitV": 2, "ReverseV2": 1, "GatherV2": 2}
    if operation.type not in place:
        return False
    over = tf.get_static_value(operation.inputs[place[operation.type]])
    if over is None:
        return False
    return {int(one) % rank for one in over.reshape(-1)} == {axis}


def joined(output: tf.Tensor, seen: list[tuple[tf.Tensor, Field]]) -> bool:
    """Returns whether `tf.stack` joins single-channel maps as channels."""
    field, rank = seen[0][1], output.shape.rank
    axis = output.op.get_attr("axis") % rank
    last = axis == (1 if field.channels_first else rank - 1)
    return last and all(other == field for _, other in seen)


def _slices_only(operation: tf.Operation, rank: int, axis: int) -> bool:
    """Returns whether indexing with slices cuts one axis only."""
    strides = tf.get_static_value(operation.inputs[3])
    masks = {
        name: operation.get_attr(f"{name}_mask")
        for name in ("begin", "end", "ellipsis", "new_axis")
    }
    if strides is None or masks["new_axis"]:
        return False
    place = 0
    for number, stride in enumerate(strides):
        bit = 1 << number
        if masks["ellipsis"] & bit:
            place = rank - (len(strides) - number - 1)
            continue
        whole = masks["begin"] & bit and masks["end"] & bit and stride == 1
        if not whole and place != axis:
            return False
        place += 1
    return True
