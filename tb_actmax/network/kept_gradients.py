"""Keeps gradients through traced runs, to copy them into other graphs.

The gradients of deep layers pass the same operations on their way to the
images. A run is divided where one tensor alone separates what comes before from
what comes after. The operations of the gradient through each part are built
once; copying them takes a fifth of the time in which TensorFlow builds them.
Those that read no sizes are copied for images of any size.
"""

import bisect
import itertools
from collections.abc import Mapping, Sequence

import tensorflow as tf

from tb_actmax.network.copied_run import (
    LEAK,
    UPSTREAM,
    CopiedRun,
    Part,
    copied_run,
)
from tb_actmax.network.cuts import cuts_between
from tb_actmax.network.effects import has_effect
from tb_actmax.network.gradients.hooks import Hook, hooked
from tb_actmax.network.gradients.overrides import leak_of


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
    run = copied_run(source.graph)
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

    def kept(place: int) -> Part | None:
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
) -> Part | None:
    """Returns the operations between two gradients, if they can be copied."""
    if not isinstance(output, tf.Tensor) or not isinstance(upstream, tf.Tensor):
        return None
    leak = leak_of(output.graph) or ()
    outside = {id(one): f"{LEAK}:{place}" for place, one in enumerate(leak)}
    outside[id(upstream)] = UPSTREAM
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
    return Part(nodes, output.name if nodes else UPSTREAM)


def _is_fixed(operation: tf.Operation) -> bool:
    """Returns whether an operation belongs to one graph."""
    return operation.type in ("Placeholder", "ReadVariableOp") or has_effect(
        operation
    )


def _copied(
    run: CopiedRun, parts: Sequence[Part], upstream: tf.Tensor
) -> tf.Tensor:
    """Copies the gradient through parts that follow each other.

    Args:
        run: The run in whose graph they are copied.
        parts: The parts, from the end of the network to its start.
        upstream: The gradient at the end.
    """
    graph = upstream.graph
    leak = leak_of(graph) or ()
    outside = {f"{LEAK}:{place}": one for place, one in enumerate(leak)}
    given: dict[str, tf.Tensor] = {}
    definition = tf.compat.v1.GraphDef(versions=graph.graph_def_versions)
    above = UPSTREAM
    for place, part in enumerate(parts):
        own = {node.name for node in part.nodes}
        for kept in part.nodes:
            node = definition.node.add()
            node.CopyFrom(kept)
            node.name = f"{place}/{kept.name}"
            for index, name in enumerate(kept.input):
                if name.split(":")[0] in own:
                    node.input[index] = f"{place}/{name}"
                elif name == UPSTREAM:
                    node.input[index] = above
                    if above == UPSTREAM:
                        given[name] = upstream
                else:
                    given[name] = (
                        outside[name]
                        if name in outside
                        else run.tensor(name, graph)
                    )
        if part.output != UPSTREAM:
            above = f"{place}/{part.output}"
    if above == UPSTREAM:
        return upstream
    (found,) = tf.graph_util.import_graph_def(
        definition, given, [above], name="gradients"
    )
    return found
