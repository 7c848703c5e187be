"""Tells whether a traced run of a model holds for images of another size."""

from collections.abc import Iterable

import tensorflow as tf

from tb_actmax.network.receptive_field.operations import POINTWISE

# Operations that compute the same at each position, whatever the size.
_ANY_SIZE = POINTWISE | frozenset(
    "AvgPool AvgPool3D ConcatV2 Conv2D Conv3D DepthwiseConv2dNative MaxPool"
    " MaxPool3D MirrorPad Pad PadV2".split()
)


def fits_any_size(
    images: tf.Tensor, operations: Iterable[tf.Operation]
) -> bool:
    """Returns whether operations compute the same on images of any size.

    Args:
        images: Symbolic images.
        operations: Operations that compute something from the images.
    """
    behind = set(operations)
    reached = {id(images)}
    for operation in images.graph.get_operations():
        if operation not in behind or operation is images.op:
            continue
        others = [one for one in operation.inputs if id(one) not in reached]
        if len(others) == len(operation.inputs):
            continue  # it does not read the images
        if operation.type not in _ANY_SIZE or (
            operation.type in POINTWISE and any(map(_has_positions, others))
        ):
            return False
        reached |= {id(output) for output in operation.outputs}
    return True


def _has_positions(weights: tf.Tensor) -> bool:
    """Returns whether weights differ between positions of a map."""
    shape = weights.shape
    return shape.rank is None or any(size != 1 for size in shape[1:-1])
