"""Keeps gradients through traced runs, to copy them into other graphs.

The gradients of deep layers pass the same operations on their way to the
images. A run is divided where one tensor alone separates what comes before from
what comes after. The operations of the gradient through each part are built
once; copying them takes a fifth of the time in which TensorFlow builds them.
Those that read no sizes are copied for images of any size.
"""

import bisect
import itertools
import weakref
from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple, TypeAlias

import tensorflow as tf

from tb_actmax.network.cuts import cuts_between
from tb_actmax.network.effects import has_effect
from tb_actmax.network.gradients.hooks import Hook, hooked
from tb_actmax.network.gradients.overrides import leak_of

# Names of the inputs of a part, beside those of the tensors of the run.
_UPSTREAM, _IMAGES, _LEAK, _RUN = "upstream:0", "images:0", "leak", "run/"


class _Part(NamedTuple):
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
KeptGradients: TypeAlias = dict[tuple[object, ...], _Part]

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
        _runs[images.graph] = self

    def find(self, part: tuple[object, ...]) -> "_Part | None":
        """Returns the gradient through a part, if it was kept.

        Args:
            part: The names of both tensors, and whether ReLUs leak.
        """
        return self.kept.get(part) or self.kept.get((*part, *self._size))

    def keep(self, part: tuple[object, ...], gradient: "_Part") -> None:
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


def gradient(
    ends: Sequence[tf.Tensor],
    source: tf.Tensor,
    hooks: Sequence[Hook] = (),
) -> tf.Tensor | None:
    """Returns a gradient, as `tf.gradients` does, copied as far as possible.

    Args:
        ends: The tensors whose gradients are taken and added up.
        source: The tensor with respect to which they are taken.
        hooks: Change the gradient at tensors between both. With several ends,
            a hook may be called for a part of them at a time. So each row of
            its result must depend on that row alone, and be 0 where that is;
            and only one end may depend on each row.
    """
    run = _runs.get(source.graph)
    with hooked(hooks) as changed:
        if run is None:
            return _taken(ends, source)
        return _divided(run, ends, source, hooks, changed)


def _divided(
    run: CopiedRun,
    ends: Sequence[tf.Tensor],
    source: tf.Tensor,
    hooks: Sequence[Hook],
    changed: Mapping[str, tf.Tensor],
) -> tf.Tensor | None:
    """Returns a gradient in parts, through the tensors that divide a run.

    `changed` is what the hooks returned last, by the names of their tensors.
    """
    each = [
        [
            cut
            for cut in cuts_between(source, end)
            if cut is source or run.name(cut)
        ]
        for end in ends
    ]
    # Two ends that share a cut share all cuts before it. So each end joins the
    # one with the most cuts at the last one that both have.
    trunk = max(each, key=len)
    joining: dict[int, list[int]] = {0: []}
    for index, own in enumerate(each):
        pairs = zip(own, trunk, strict=False)
        shared = sum(1 for one, other in pairs if one is other)
        joining.setdefault(shared - 1, []).append(index)
    found: tf.Tensor | None = None
    after = 0
    for place in sorted(joining, reverse=True):
        tensors = [ends[index] for index in joining[place]]
        if found is not None:
            between = trunk[place : after + 1]
            found = _through(run, between, found, hooks, changed)
        found = _taken(tensors, trunk[place], found)
        after = place
    return found


def _taken(
    ends: Sequence[tf.Tensor],
    source: tf.Tensor,
    known: tf.Tensor | None = None,
) -> tf.Tensor | None:
    """Returns the sum of gradients, built by TensorFlow, and a known one."""
    if not ends:
        return known
    above: list[tf.Tensor | None] = [None] * len(ends)
    (found,) = (
        tf.gradients(list(ends), source)
        if known is None
        else tf.gradients([*ends, source], source, [*above, known])
    )
    return _as_tensor(found)


def _as_tensor(found: tf.Tensor | tf.IndexedSlices | None) -> tf.Tensor | None:
    return None if found is None else tf.convert_to_tensor(found)


def _through(
    run: CopiedRun,
    cuts: Sequence[tf.Tensor],
    upstream: tf.Tensor,
    hooks: Sequence[Hook],
    changed: Mapping[str, tf.Tensor],
) -> tf.Tensor | None:
    """Returns the gradient at the first of several cuts.

    Args:
        run: The run.
        cuts: The tensors at which it is divided.
        upstream: The gradient at the last of them.
        hooks: See `gradient`.
        changed: See `_divided`.
    """
    names = [run.name(cut) for cut in cuts]
    leaks = leak_of(upstream.graph) is not None
    keys = [(*pair, leaks) for pair in itertools.pairwise(names)]
    at = {id(tensor): hook for tensor, hook in hooks}
    changing = _changing(cuts, hooks)

    def kept(place: int) -> _Part | None:
        return None if place in changing else run.find(keys[place])

    found: tf.Tensor | None = upstream
    end = len(keys)
    while end and found is not None:
        copying = kept(end - 1) is not None
        first = end - 1
        while (
            first
            and not (copying and id(cuts[first]) in at)
            and (kept(first - 1) is not None) == copying
        ):
            first -= 1
        if copying:
            if id(cuts[end]) in at:
                found = at[id(cuts[end])](found)
            parts = [part for p in range(first, end) if (part := kept(p))]
            parts.reverse()
            found = _copied(run, parts, found)
            found.set_shape(cuts[first].shape)
        else:
            every = tf.gradients(cuts[end], list(cuts[first:end]), [found])
            reached = [*every, found]
            for place in range(first, end):
                later = reached[place - first + 1]
                later = changed.get(cuts[place + 1].name, later)
                built = _part(run, reached[place - first], later)
                if built is not None and place not in changing:
                    run.keep(keys[place], built)
            found = _as_tensor(every[0])
        end = first
    return found


def _changing(cuts: Sequence[tf.Tensor], hooks: Sequence[Hook]) -> set[int]:
    """Returns the parts between cuts in which hooks change the gradient.

    Among them may be parts in which the hooks of other paths stand.
    """
    operations = cuts[0].graph.get_operations()
    places = {operation: place for place, operation in enumerate(operations)}
    ends = [places[cut.op] for cut in cuts]
    own = set(map(id, cuts))
    return {
        bisect.bisect_left(ends, places[tensor.op]) - 1
        for tensor, _ in hooks
        if id(tensor) not in own
    }


def _part(
    run: CopiedRun, output: tf.Tensor | None, upstream: tf.Tensor | None
) -> _Part | None:
    """Returns the operations between two gradients, if they can be copied."""
    if not isinstance(output, tf.Tensor) or not isinstance(upstream, tf.Tensor):
        return None
    leak = leak_of(output.graph) or ()
    outside = {id(one): f"{_LEAK}:{place}" for place, one in enumerate(leak)}
    outside[id(upstream)] = _UPSTREAM
    waiting, seen = [], set()
    nodes = []
    if output is not upstream:
        waiting.append(output)
    while waiting:
        operation = waiting.pop().op
        if operation in seen:
            continue
        seen.add(operation)
        if _is_fixed(operation):
            return None
        node = operation.node_def
        node.attr.pop("_class", None)  # on the device of another operation
        del node.input[:]
        for one in operation.inputs:
            name = outside.get(id(one)) or run.name(one)
            if name is None:
                waiting.append(one)
                name = one.name
            node.input.append(name)
        nodes.append(node)
    return _Part(nodes, output.name if nodes else _UPSTREAM)


def _is_fixed(operation: tf.Operation) -> bool:
    """Returns whether an operation belongs to one graph."""
    return operation.type in ("Placeholder", "ReadVariableOp") or has_effect(
        operation
    )


def _copied(
    run: CopiedRun, parts: Sequence[_Part], upstream: tf.Tensor
) -> tf.Tensor:
    """Copies the gradient through parts that follow each other.

    Args:
        run: The run in whose graph they are copied.
        parts: The parts, from the end of the network to its start.
        upstream: The gradient at the end.
    """
    graph = upstream.graph
    leak = leak_of(graph) or ()
    outside = {f"{_LEAK}:{place}": one for place, one in enumerate(leak)}
    given: dict[str, tf.Tensor] = {}
    definition = tf.compat.v1.GraphDef(versions=graph.graph_def_versions)
    above = _UPSTREAM
    for place, part in enumerate(parts):
        own = {node.name for node in part.nodes}
        for kept in part.nodes:
            node = definition.node.add()
            node.CopyFrom(kept)
            node.name = f"{place}/{kept.name}"
            for index, name in enumerate(kept.input):
                if name.split(":")[0] in own:
                    node.input[index] = f"{place}/{name}"
                elif name == _UPSTREAM:
                    node.input[index] = above
                    if above == _UPSTREAM:
                        given[name] = upstream
                else:
                    given[name] = (
                        outside[name]
                        if name in outside
                        else run.tensor(name, graph)
                    )
        if part.output != _UPSTREAM:
            above = f"{place}/{part.output}"
    if above == _UPSTREAM:
        return upstream
    (found,) = tf.graph_util.import_graph_def(
        definition, given, [above], name="gradients"
    )
    return found
