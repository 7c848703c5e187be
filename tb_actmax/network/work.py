"""Counts multiplications, to predict the cost of layers, and ReLUs."""

import math

import tensorflow as tf

from tb_actmax.compatibility import called_functions
from tb_actmax.network.gradients.overrides import RELUS

_CONVOLUTIONS = ("Conv2D", "Conv3D", "Conv2DBackpropInput")
_PRODUCTS = ("MatMul", "BatchMatMulV2")
_LOOPS = ("While", "StatelessWhile")
_ELEMENT = 16  # multiplications that take as long as one value in memory


def work_until(graph: tf.Graph) -> dict[str, float]:
    """Counts the multiplications up to each operation of a graph, by its name.

    They are cumulative. Those of a loop count once for each iteration.
    """
    total, found = 0.0, {}
    for operation in graph.get_operations():
        total += _work(operation)
        for inner, times in _inner_graphs(operation):
            total += times * max(work_until(inner).values(), default=0.0)
        found[operation.name] = total
    return found


def count_relus(graph: tf.Graph) -> int:
    """Counts the ReLUs of a graph; those of a loop once for each iteration."""
    count = 0
    for operation in graph.get_operations():
        count += operation.type in RELUS
        for inner, times in _inner_graphs(operation):
            count += times * count_relus(inner)
    return count


def _inner_graphs(operation: tf.Operation) -> list[tuple[tf.Graph, int]]:
    """Returns the graphs that an operation calls, and how often."""
    times = _iterations(operation) if operation.type in _LOOPS else 1
    graphs = called_functions(operation)
    return [(one, times) for one in graphs if one is not None]


def _iterations(loop: tf.Operation) -> int:
    """Returns the limit of a loop, or the length of what it reads and writes.

    A recurrent layer reads and writes lists of its time steps.
    """
    limits = [tf.get_static_value(loop.inputs[1])]
    for operation in (one.op for one in loop.inputs):
        if operation.type == "TensorListFromTensor":
            limits.append(operation.inputs[0].shape[0])
        elif operation.type == "TensorListReserve":
            limits.append(tf.get_static_value(operation.inputs[1]))
    return max([1, *(int(one) for one in limits if one is not None)])


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
