"""Tracks an input's values through operations that only move them."""

import math

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from tb_actmax.network.receptive_field.operations import POINTWISE

# For each value of a tensor, its index in the flattened input.
Indices = npt.NDArray[np.int32]

_LARGEST = 1 << 25  # values of an input that are followed


def follow(inputs: tf.Tensor) -> dict[int, Indices]:
    """Returns where the values of tensors lie in an input.

    Tensors whose values are scaled or shifted individually are included, but
    not those that mix values.

    Args:
        inputs: Symbolic input of known shape, including the batch axis.

    Returns:
        The indices, by the tensor's id.
    """
    count = math.prod(inputs.shape)
    if count > _LARGEST:
        return {}
    indices = {id(inputs): np.arange(count, dtype=np.int32)}
    indices[id(inputs)] = indices[id(inputs)].reshape(inputs.shape)
    depending = {id(inputs)}
    for operation in inputs.graph.get_operations():
        given = [t for t in operation.inputs if id(t) in depending]
        if not given:
            continue
        moved = all(id(t) in indices for t in given)
        for output in operation.outputs:
            depending.add(id(output))
            found = _moved(output, given[0], indices) if moved else None
            if found is not None:
                indices[id(output)] = found
    return indices


def _moved(
    output: tf.Tensor, source: tf.Tensor, indices: dict[int, Indices]
) -> Indices | None:
    """Returns the indices for an output of an operation that moves values."""
    operation = output.op
    known: Indices = indices[id(source)]
    kind, shape = operation.type, output.shape
    if not shape.is_fully_defined():
        return None
    if kind in POINTWISE:
        same = all(
            np.array_equal(indices[id(t)], known)
            for t in operation.inputs
            if id(t) in indices
        )
        return known if same and shape == source.shape else None
    if kind in ("Reshape", "ExpandDims", "Squeeze"):
        return known.reshape(shape)
    rest = [tf.get_static_value(t) for t in list(operation.inputs)[1:]]
    if any(value is None for value in rest):
        return None
    if kind == "Transpose":
        turned: Indices = np.transpose(known, rest[0])
        return turned
    if kind == "Unpack":
        axis = operation.get_attr("axis")
        taken: Indices = np.take(known, output.value_index, axis)
        return taken
    if kind == "GatherV2" and not operation.get_attr("batch_dims"):
        taken = np.take(known, rest[0], int(rest[1]))
        return taken
    if kind == "StridedSlice":
        masks = {
            name: operation.get_attr(name)
            for name in (
                "begin_mask end_mask ellipsis_mask new_axis_mask"
                " shrink_axis_mask"
            ).split()
        }
        with tf.init_scope():
            found = tf.raw_ops.StridedSlice(
                input=known,
                begin=rest[0],
                end=rest[1],
                strides=rest[2],
                **masks,
            )
            return np.asarray(found)
    return None
