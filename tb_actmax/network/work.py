"""Counts the multiplications of a network, to predict the cost of layers."""

import math

import tensorflow as tf

_CONVOLUTIONS = ("Conv2D", "Conv3D", "Conv2DBackpropInput")
_PRODUCTS = ("MatMul", "BatchMatMulV2")
_ELEMENT = 16  # multiplications that take as long as one value in memory


def work_until(graph: tf.Graph) -> dict[str, float]:
    """Counts the multiplications up to each operation of a graph, by its name.

    They are cumulative. Functions that the graph calls are not counted.
    """
    total, found = 0.0, {}
    for operation in graph.get_operations():
        total += _work(operation)
        found[operation.name] = total
    return found


def _work(operation: tf.Operation) -> float:
    shapes = [output.shape for output in operation.outputs]
    if not shapes or not shapes[0].is_fully_defined():
        return 0.0
    values = math.prod(shapes[0])
    if not operation.inputs:
        return 0.0
    each = 1.0
    if operation.type in _CONVOLUTIONS:
        each = _known(operation.inputs[1].shape[:-1])
    elif operation.type == "DepthwiseConv2dNative":
        each = _known(operation.inputs[1].shape[:2])
    elif operation.type in _PRODUCTS:
        each = _known(operation.inputs[0].shape[-1:])
    return float(values * (each + _ELEMENT))


def _known(sizes: tf.TensorShape) -> float:
    return float(sizes.num_elements() or 1)
