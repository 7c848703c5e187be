"""Finds the layers of a model that have filters."""

import dataclasses
from collections.abc import Mapping, Sequence

import keras
import tensorflow as tf

from tb_actmax.network.any_size import builds_the_same, takes_floats
from tb_actmax.network.call_graph import CallGraph, is_symbolic
from tb_actmax.network.diversion import own_generator
from tb_actmax.network.found_run import FoundCall, FoundRun
from tb_actmax.network.frames import calls_by_frame, layers_of_frames
from tb_actmax.network.image_model import ImageModel
from tb_actmax.network.layer_roles import (
    RECTIFYING,
    activation_of,
    convolves,
    is_activated,
    is_convolution,
    normalization_of,
    origin_of,
    readers_of,
)
from tb_actmax.network.receptive_field.reader import FieldReader
from tb_actmax.network.recorded_calls import Call, record_calls, sublayers
from tb_actmax.network.sources import find_source
from tb_actmax.network.target import Target, positions_of
from tb_actmax.network.tracing import read_graph
from tb_actmax.network.unreached import Unreached, find_unreached
from tb_actmax.network.work import work_until


class Targets(dict[str, Target]):
    """The layers that can be maximized, by path.

    Attributes:
        unreached: Why the other layers cannot be maximized, by path.
    """

    def __init__(
        self, targets: Mapping[str, Target], unreached: Mapping[str, Unreached]
    ):
        super().__init__(targets)
        self.unreached = dict(unreached)


def find_targets(
    model: keras.Model | ImageModel, shape: Sequence[int]
) -> Targets:
    """Finds the layers that have filters, in running order, by path.

    The shape is that of one input, as an image. The path of a shared layer's
    second call ends in ":1", and so on. Layers inside `TimeDistributed` are
    represented by their call for the middle frame, or for any frame if they
    process frames separately.
    """
    if not isinstance(model, ImageModel):
        model = ImageModel(model)
    found, of_frames, unreached = _traced(model, shape)
    if of_frames:
        signals = len(shape) == 3
        frame = (1, *shape[1:]) if signals else shape[1:]
        framed, *_ = _traced(model.frames(signals), frame)
        for path, target in framed.items():
            if id(target.layer) in of_frames:
                order = found.get(path, target).order
                found[path] = dataclasses.replace(target, order=order)
                unreached.pop(path, None)
        found |= _wrappers(found)
    return Targets(found | _last(found), unreached)


def _wrappers(targets: dict[str, Target]) -> dict[str, Target]:
    """Gives `TimeDistributed` layers the targets of the layers inside them."""
    found = {}
    for path, target in targets.items():
        if isinstance(target.layer, keras.layers.TimeDistributed):
            inner = targets.get(f"{path}/{target.layer.layer.name}")
            if inner is not None and inner.framed:
                found[path] = dataclasses.replace(
                    inner,
                    path=path,
                    order=target.order,
                    convolution=False,
                    hidden=False,
                )
    return found


def _traced(
    model: ImageModel, shape: Sequence[int]
) -> tuple[dict[str, Target], set[int], dict[str, Unreached]]:
    """Runs a model symbolically.

    Returns targets by path, the ids of layers that process single frames, and
    the reasons why other layers are not targets.
    """
    found: dict[str, Target] = {}
    unreached: dict[str, Unreached] = {}
    of_frames: set[int] = set()
    calls_found: dict[str, FoundCall] = {}

    def find(image: tf.Tensor) -> tf.Tensor:
        found.clear()  # a trace that creates variables is made twice
        calls_found.clear()
        calls = record_calls(model, image)
        paths = _paths(model)  # `build` of a layer may have made others
        graph = CallGraph(calls)
        field_of = FieldReader(image, model.framed)
        by_frame = calls_by_frame(calls)
        work = work_until(image.graph)
        for order, call in enumerate(calls):
            times = by_frame.get(id(call.layer))
            if times is not None and call.index != times // 2:
                continue
            target = _target(call, order, graph, paths, field_of, model)
            if target is None:
                continue
            if times is not None:
                plain = paths[id(call.layer)]
                target = dataclasses.replace(target, path=plain)
            total = work.get(call.output.op.name, 0.0)  # else in a body
            each = total / image.shape[0]
            found[target.path] = dataclasses.replace(target, work=each)
            calls_found[target.path] = _found_call(call)
        unreached.update(find_unreached(model, image, calls, paths))
        if not model.framed:
            of_frames.update(layers_of_frames(calls, image))
            if builds_the_same(model) and takes_floats(model):
                model.traced.found = FoundRun(image, calls_found)
        return tf.zeros(())

    own_generator()  # a trace that creates variables is made twice
    # Of two images: `squeeze` would take away the axis of a single one.
    read_graph(find, tf.TensorSpec((2, *shape), tf.float32))
    return found, of_frames, unreached


def _found_call(call: Call) -> FoundCall:
    """Returns a layer's call, with its output before its activation."""
    output, activation = call.output, activation_of(call.layer)
    linear = None
    if activation in (None, keras.activations.linear):
        linear = output
    elif activation is keras.activations.relu and output.op.type == "Relu":
        linear = output.op.inputs[0]
    return FoundCall(call.args, call.kwargs, linear)


def _last(targets: dict[str, Target]) -> dict[str, Target]:
    """Marks the last layer with weights, and layers that pass on its units."""
    marked: dict[str, Target] = {}
    for path, target in reversed(targets.items()):
        if marked and target.filters != next(iter(marked.values())).filters:
            break
        marked[path] = dataclasses.replace(target, last=True)
        if target.layer.weights and not isinstance(
            target.layer, keras.layers.BatchNormalization
        ):
            break
    return marked


def _paths(model: ImageModel) -> dict[int, str]:
    paths: dict[int, str] = {}

    def walk(layer: keras.layers.Layer | ImageModel, prefix: str) -> None:
        names: set[str] = set()
        for inner in sublayers(layer):
            if id(inner) not in paths:
                name, number = inner.name, 2
                while name in names:
                    name, number = f"{inner.name}_{number}", number + 1
                names.add(name)
                paths[id(inner)] = prefix + name
                walk(inner, f"{prefix}{name}/")

    walk(model, "")
    return paths


def _target(
    call: Call,
    order: int,
    graph: CallGraph,
    paths: dict[int, str],
    field_of: FieldReader,
    model: ImageModel,
) -> Target | None:
    output = call.output
    if isinstance(call.layer, keras.Model) or not is_symbolic(output):
        return None
    rank = output.shape.rank
    if not output.dtype.is_floating or rank not in (2, 3, 4, 5):
        return None
    # Tokens have their units last, whatever the order of maps.
    first = _is_first(call.layer, rank, model)
    sizes = output.shape[1:]
    filters = sizes[0] if first else sizes[-1]
    positions = sizes[1:] if first else sizes[:-1]
    field = field_of(output)
    if filters is None or field is None or output.shape[0] not in (None, 2):
        return None
    path = paths[id(call.layer)]
    normalization = normalization_of(call, graph)
    after = output if normalization is None else normalization.output
    readers = readers_of(after)
    activation = activation_of(call.layer)
    linear = activation in (None, keras.activations.linear)
    return Target(
        path=f"{path}:{call.index}" if call.index else path,
        layer=call.layer,
        call=call.index,
        order=order,
        filters=int(filters),
        positions=positions_of(positions, len(field.size)),
        channels_first=first,
        normalization=None if normalization is None else normalization.layer,
        field=field,
        input_field=field_of(call.inputs) if is_symbolic(call.inputs) else None,
        convolution=is_convolution(call.layer) or convolves(call, graph),
        hidden=isinstance(call.layer, keras.layers.Dense)
        and (not linear or is_activated(call, graph)),
        rectified=origin_of(output).op.type in RECTIFYING
        or (linear and any(r.type in RECTIFYING for r in readers)),
        source=find_source(call, graph, paths),
        pictures=model.pictures,
        framed=model.framed,
    )


def _is_first(layer: keras.layers.Layer, rank: int, model: ImageModel) -> bool:
    """Returns whether a layer's output has its channels first."""
    order = getattr(layer, "data_format", None)
    if order is None:
        return model.maps_first and rank > 3
    return bool(order == "channels_first") and rank > 2
