"""Follows the frame of a video of one frame."""

import tensorflow as tf

# Operations that add or drop an axis.
_CHANGING = ("ExpandDims", "Squeeze", "StridedSlice", "Reshape", "Pack")


def only_moves_frame(output: tf.Tensor, source: tf.Tensor) -> bool:
    """Returns whether an operation only adds or drops the axis of one frame.

    Swapping the axes of time and batch counts too.
    """
    operation = output.op
    if operation.type not in (*_CHANGING, "Transpose"):
        return False
    if source.shape.rank is None or output.shape.rank is None:
        return False
    before, after = source.shape.as_list(), output.shape.as_list()
    if operation.type == "Transpose":
        order = tf.get_static_value(operation.inputs[1])
        return order is not None and list(order) == [
            1,
            0,
            *range(2, len(order)),
        ]
    if abs(len(after) - len(before)) != 1:
        return False
    short, long = sorted((before, after), key=len)
    return any(
        long[axis] == 1 and long[:axis] + long[axis + 1 :] == short
        for axis in (0, 1)
    )
