"""Copies the run in which the layers of a model were found.

Layers are found in a run of two inputs. Copied to a graph of any number of
inputs, its operations need not be built by Keras again, which takes twice as
long.
"""

import itertools
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from tb_actmax.network.effects import has_effect
from tb_actmax.network.graph_copy import copied, tensors_of
from tb_actmax.network.operations_between import operations_between

# Operations whose outputs have a row for each row of their inputs.
_OF_ANY_NUMBER = frozenset(
    "Add AddN AddV2 AvgPool AvgPool3D BatchMatMulV2 BiasAdd Cast ConcatV2 Conv2D"
    " Conv3D DepthwiseConv2dNative Einsum Elu Erf Erfc Exp ExpandDims"
    " FusedBatchNormV3 Identity IdentityN LeakyRelu MatMul Max MaxPool MaxPool3D"
    " Maximum Mean Min Minimum MirrorPad Mul Neg Pad PadV2 RealDiv Relu Relu6"
    " Reshape ResizeBilinear ResizeNearestNeighbor Rsqrt Selu Sigmoid Softmax"
    " Softplus Softsign Sqrt Square SquaredDifference Squeeze StopGradient Sub"
    " Sum Tanh"
    " Transpose".split()
)


class FoundCall(NamedTuple):
    """The call of a layer in the run.

    Attributes:
        args: Its arguments.
        kwargs: Its keyword arguments.
        linear: Its output without its activation; `None` if that is not a
            tensor of the run.
    """

    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    linear: tf.Tensor | None


class FoundRun:
    """The run in which the layers of a model were found.

    Args:
        images: The symbolic inputs of the run.
        calls: The calls of layers in that run, by path.
    """

    def __init__(self, images: tf.Tensor, calls: Mapping[str, FoundCall]):
        self._images = images
        self._calls = dict(calls)

    def reached(
        self, paths: Sequence[str], images: tf.Tensor
    ) -> list[FoundCall] | None:
        """Runs the model up to layers.

        Args:
            paths: Paths of the layers.
            images: Symbolic inputs, of the shape of the run's but for their
                number, which is not known.

        Returns:
            The call of each layer, in the graph of the images; `None` if
            operations depend on the number of inputs, have effects, or cannot
            be copied.
        """
        if images.shape[1:] != self._images.shape[1:] or any(
            path not in self._calls for path in paths
        ):
            return None
        calls = [self._calls[path] for path in paths]
        tensors = tensors_of(calls)
        if any(
            getattr(one, "graph", None) is not self._images.graph
            for one in tensors
        ):
            return None
        operations = operations_between(self._images, tensors)
        if any(map(has_effect, operations)):
            return None
        maps = self._of_images(operations)
        if maps is None:
            return None
        try:
            found, copies = copied(
                self._images,
                images,
                (calls, maps),
                constants=_shapes_of_any_number(operations),
            )
        except (ValueError, tf.errors.OpError):
            return None
        return found if all(map(_takes_any_number, maps, copies)) else None

    def _of_images(
        self, operations: set[tf.Operation]
    ) -> list[tf.Tensor] | None:
        """Returns the maps that are computed from the images.

        Returns `None` if an operation on the way may need to know the number of
        images.
        """
        depending, found = {id(self._images)}, []
        for operation in self._images.graph.get_operations():
            if operation not in operations:
                continue
            read = [id(one) in depending for one in operation.inputs]
            if not any(read):
                continue
            if operation.type not in _OF_ANY_NUMBER:
                return None
            outputs = operation.outputs
            if operation.type == "IdentityN":
                outputs = itertools.compress(outputs, read)
            for one in outputs:
                depending.add(id(one))
                found.append(one)
        return found


def _shapes_of_any_number(
    operations: set[tf.Operation],
) -> dict[tf.Operation, npt.NDArray[np.int32]]:
    """Returns shapes, with the number of rows left open, by constant.

    Keras reshapes to the number of inputs if it is known.
    """
    found = {}
    for operation in operations:
        if operation.type != "Reshape":
            continue
        shape = operation.inputs[1]
        sizes = tf.get_static_value(shape)
        rows = operation.outputs[0].shape[:1]
        if (
            shape.op.type == "Const"
            and all(one.type == "Reshape" for one in shape.consumers())
            and sizes.size
            and sizes[0] == rows[0]
            and sizes.min() > 0
        ):
            found[shape.op] = np.array([-1, *sizes[1:]], sizes.dtype)
    return found


def _takes_any_number(traced: tf.Tensor, copy: tf.Tensor) -> bool:
    """Returns whether a copied map has a row, or rows, for each input."""
    shape, now = traced.shape, copy.shape
    return (
        bool(shape.rank)
        and now.rank == shape.rank
        and now[0] is None
        and now[1:] == shape[1:]
    )
