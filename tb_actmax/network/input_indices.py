"""Tracks an input's values through operations that only move them."""

import math

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from tb_actmax.network.receptive_field.operations import POINTWISE

# For each value of a tensor, its index in the flattened input.
Indices = npt.NDArray[np.int32]

# Operations that move values in a way that their other inputs describe.
_MOVING = frozenset("GatherV2 StridedSlice Transpose Unpack".split())
_LARGEST = 1 << 25  # values of an input that are followed


def follow(inputs: tf.Tensor) -> dict[int, Indices]:
    """Returns where the values of tensors lie in an input, by the tensor's id.

    Tensors whose values are scaled or shifted individually are included, but
    not those that mix values. The shape of the input, batch included, is known.
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
    return _evaluated(output, known) if kind in _MOVING else None


def _evaluated(output: tf.Tensor, known: Indices) -> Indices | None:
    """Runs an operation on indices in place of values."""
    operation = output.op
    _, *rest = operation.inputs
    values = [known, *map(tf.get_static_value, rest)]
    if any(value is None for value in values):
        return None
    about = operation.op_def
    given = {
        argument.name: value
        for argument, value in zip(about.input_arg, values, strict=True)
    } | {
        attribute.name: operation.get_attr(attribute.name)
        for attribute in about.attr
        if attribute.type != "type"
    }
    with tf.init_scope():
        found = getattr(tf.raw_ops, operation.type)(**given)
    return np.asarray(tf.nest.flatten(found)[output.value_index])
