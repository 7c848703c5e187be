"""Knows the copy of a traced run of a model that a graph contains.

Gradients through the run that were built in one copy are kept with the traced
run, for other copies.
"""

import weakref
from collections.abc import Collection
from typing import NamedTuple, TypeAlias

import tensorflow as tf

# Names of the inputs of a part, beside those of the tensors of the run.
UPSTREAM, LEAK = "upstream:0", "leak"
_IMAGES, _RUN = "images:0", "run/"  # of the run itself


class Part(NamedTuple):
    """The gradient at one tensor of a run, of that at a later one.

    Attributes:
        nodes: Its operations. They read each other, tensors of the run, the
            leak, and the gradient at the later tensor.
        output: Name of the gradient at the earlier tensor.
    """

    nodes: list[tf.compat.v1.NodeDef]
    output: str


# Gradients through the parts of a traced run, by the names of both tensors,
# whether ReLUs leak, and the size of the images if it matters.
KeptGradients: TypeAlias = dict[tuple[object, ...], Part]

# Operations that are the same for images of any size: they read no constants but
# those of the network. Gradients of convolutions compute sizes (`convolutions`).
_OF_ANY_SIZE = frozenset(
    "AddN AddV2 Cast Const Conv2DBackpropInput "
    "DepthwiseConv2dNativeBackpropInput Einsum Identity MaxPoolGrad Merge Mul "
    "Relu6Grad ReluGrad Shape Squeeze Sub Switch".split()
)


class CopiedRun:
    """A copy of a traced run in the graph of a function.

    It knows tensors by their names: with the tensors, the graph would never be
    released.

    Args:
        images: The images that the copy runs on.
        scope: What the names of the copied operations begin with.
        names: Names of these operations in the traced run.
        kept: Gradients through the traced run.
    """

    def __init__(
        self,
        images: tf.Tensor,
        scope: str,
        names: Collection[str],
        kept: KeptGradients,
    ):
        self.kept = kept
        self._images = images.name
        self._size = tuple(images.shape[1:])
        self._scope = scope
        self._names = names

    def find(self, part: tuple[object, ...]) -> Part | None:
        """Returns the gradient through a part, if it was kept.

        Args:
            part: The names of both tensors, and whether ReLUs leak.
        """
        return self.kept.get(part) or self.kept.get((*part, *self._size))

    def keep(self, part: tuple[object, ...], gradient: Part) -> None:
        """Keeps the gradient through a part."""
        free = all(node.op in _OF_ANY_SIZE for node in gradient.nodes)
        self.kept[part if free else (*part, *self._size)] = gradient

    def name(self, tensor: tf.Tensor) -> str | None:
        """Returns the name of a tensor in all copies; `None` if it has none."""
        if tensor.name == self._images:
            return _IMAGES
        name = tensor.op.name.removeprefix(self._scope)
        if name == tensor.op.name or name not in self._names:
            return None
        return f"{_RUN}{name}:{tensor.value_index}"

    def tensor(self, name: str, graph: tf.Graph) -> tf.Tensor:
        """Returns the tensor of a name in this copy."""
        own = self._scope + name.removeprefix(_RUN)
        return graph.get_tensor_by_name(
            self._images if name == _IMAGES else own
        )


_runs: weakref.WeakKeyDictionary[tf.Graph, CopiedRun]
_runs = weakref.WeakKeyDictionary()


def remember(run: CopiedRun, graph: tf.Graph) -> None:
    """Remembers the copy of a run that a graph contains."""
    _runs[graph] = run


def copied_run(graph: tf.Graph) -> CopiedRun | None:
    """Returns the copy of a run in a graph; `None` if it contains none."""
    return _runs.get(graph)
