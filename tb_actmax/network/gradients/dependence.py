"""Tells what is computed from the images, and for how many of them.

Gradients with respect to weights are left out, and gradients of operations that
keep the number of images need not sum over it.
"""

import weakref

import tensorflow as tf

# Operations with as many results as first inputs, along the first axis.
_AS_MANY = frozenset(
    "Abs AvgPool BiasAdd Cast Conv2D DepthwiseConv2dNative Elu Exp "
    "FusedBatchNormV3 Identity LeakyRelu MaxPool Neg Relu Relu6 Rsqrt Selu "
    "Sigmoid Softplus Sqrt Square StopGradient Tanh".split()
)
_BROADCASTING = frozenset(
    "AddV2 DivNoNan Maximum Minimum Mul RealDiv SelectV2 Sub".split()
)
_OVER_AXES = ("Max", "Mean", "Min", "Sum")


class _Dependent:
    """Tells which tensors of a graph are computed from one.

    Args:
        source: The tensor.
    """

    def __init__(self, source: tf.Tensor):
        # A tensor with as many images, for each tensor computed from it.
        self._found = {id(source): id(source)}
        self._seen: set[str] = set()

    def __call__(self, tensor: tf.Tensor) -> bool:
        """Returns whether a tensor is computed from the source."""
        self._read(tensor)
        return id(tensor) in self._found

    def as_many(self, one: tf.Tensor, other: tf.Tensor) -> bool:
        """Returns whether tensors certainly hold equally many images.

        Args:
            one: A tensor that is computed from the source.
            other: Another.
        """
        self._read(one)
        self._read(other)
        found = self._found.get(id(one))
        return found is not None and found == self._found.get(id(other))

    def _read(self, tensor: tf.Tensor) -> None:
        """Reads the operations up to the one that computes a tensor."""
        if tensor.op.name in self._seen:
            return
        # Operations stand in the order in which they were built.
        for operation in tensor.graph.get_operations()[len(self._seen) :]:
            self._seen.add(operation.name)
            inputs = [id(one) for one in operation.inputs]
            outputs = [id(one) for one in operation.outputs]
            if operation.type == "IdentityN":
                for one, output in zip(inputs, outputs, strict=True):
                    if one in self._found:
                        self._found[output] = self._found[one]
            elif any(one in self._found for one in inputs):
                origin = self._origin(operation)
                self._found |= {one: origin or one for one in outputs}

    def _origin(self, operation: tf.Operation) -> int | None:
        """Returns a tensor with as many images as results, if one is known."""
        inputs = list(operation.inputs)
        if operation.type in _AS_MANY:
            return self._found.get(id(inputs[0]))
        if operation.type in _OVER_AXES:
            axes = summed_axes(operation)
            kept = axes is not None and 0 not in axes
            return self._found.get(id(inputs[0])) if kept else None
        rank = operation.outputs[0].shape.rank
        if operation.type not in _BROADCASTING or not rank:
            return None
        # The others are repeated for each image.
        whole = [
            one
            for one in inputs
            if one.shape.rank == rank and one.shape[0] != 1
        ]
        origins = {self._found.get(id(one)) for one in whole}
        return origins.pop() if len(origins) == 1 else None


_dependent: weakref.WeakKeyDictionary[tf.Graph, _Dependent]
_dependent = weakref.WeakKeyDictionary()


def follow(source: tf.Tensor) -> None:
    """Follows what is computed from a tensor, in its graph.

    Args:
        source: The tensor.
    """
    _dependent[source.graph] = _Dependent(source)


def depends(tensor: tf.Tensor) -> bool:
    """Returns whether a tensor is computed from the one that is followed.

    Args:
        tensor: The tensor; it counts where none is followed.
    """
    found = _dependent.get(tensor.graph)
    return found is None or found(tensor)


def as_many(one: tf.Tensor, other: tf.Tensor) -> bool:
    """Returns whether tensors certainly hold equally many images.

    Args:
        one: A tensor that is computed from the one that is followed.
        other: Another.
    """
    found = _dependent.get(one.graph)
    return found is not None and found.as_many(one, other)


def summed_axes(operation: tf.Operation) -> set[int] | None:
    """Returns the axes of a sum, if all other lengths than n are known.

    Args:
        operation: A sum, a mean or the like.
    """
    shape = operation.inputs[0].shape
    axes = tf.get_static_value(operation.inputs[1])
    if axes is None or not shape.rank or not shape[1:].is_fully_defined():
        return None
    return {int(axis) % shape.rank for axis in axes.ravel()}
