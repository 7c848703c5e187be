"""Explains why a layer of a model cannot be maximized."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import tensorflow as tf

from tb_actmax.compatibility import flatten_layers
from tb_actmax.network.call_graph import is_symbolic
from tb_actmax.network.image_model import ImageModel
from tb_actmax.network.layer_roles import is_convolution
from tb_actmax.network.recorded_calls import Call, sublayers

_LOOP = (
    "is called inside a loop or a branch of the graph (tf.map_fn, "
    "tf.while_loop, tf.cond, or a tf.function that branches on a tensor), "
    "which cannot be followed. Call it on a whole batch: fold the axis into "
    "the batch, or use keras.layers.TimeDistributed"
)
_ROWS = (
    "is called on rows that are not one input each. Maximize the part of the "
    "model that takes such rows by itself, with such rows as its probe"
)


class Unreached(NamedTuple):
    """Why a layer cannot be maximized."""

    reason: str  # a predicate to the layer's name
    expected: bool  # whether it would be shown if no layer is named


def find_unreached(
    model: ImageModel,
    images: tf.Tensor,
    calls: Sequence[Call],
    paths: Mapping[int, str],
) -> dict[str, Unreached]:
    """Returns the layers with weights that do not see the images, by path."""
    found: dict[str, Unreached] = {}
    left_out = _left_out(model, paths)
    depending = _sources([images, *model.other_inputs.values()])
    by_layer = {id(call.layer): call for call in reversed(calls)}
    for layer in flatten_layers(model.keras_model):
        path = paths.get(id(layer))
        if path is None or not layer.weights:
            continue
        call = by_layer.get(id(layer))
        if call is not None:
            reason = _reason(model, images, call, depending)
        elif path in left_out:
            reason = left_out[path]
        else:
            reason = "is not called when the model runs (training=False)"
        if reason:
            expected = reason in (_LOOP, _ROWS) and is_convolution(layer)
            found[path] = Unreached(reason, expected)
    return found


def _left_out(model: ImageModel, paths: Mapping[int, str]) -> dict[str, str]:
    """Returns the reason for layers of sub-models that take other inputs."""
    found = {}
    for part in sublayers(model):
        if part.name not in model.left_out:
            continue
        shape = getattr(part, "input_shape", None)
        taken = f"inputs {shape}" if shape else "other inputs"
        reason = (
            f"belongs to {part.name!r}, which takes {taken} and not those of "
            "the probe. Give a probe of its inputs, or maximize the sub-model "
            "by itself"
        )
        for layer in flatten_layers(part, include_self=True):
            if id(layer) in paths:
                found[paths[id(layer)]] = reason
    return found


def _reason(
    model: ImageModel,
    images: tf.Tensor,
    call: Call,
    depending: Mapping[int, frozenset[int]],
) -> str:
    output = call.output
    if not is_symbolic(output):
        return ""
    if output.graph is not images.graph:
        return _LOOP
    sources = depending.get(id(output), frozenset())
    if id(images) in sources:
        rows = output.shape[:1].as_list()
        return _ROWS if rows not in ([], [None], [images.shape[0]]) else ""
    named = [k for k, t in model.other_inputs.items() if id(t) in sources]
    if not named:
        return "does not depend on any input"
    read = " and ".join(map(repr, named))
    maximized = model.image_key
    return (
        f"reads the input {read}, but {maximized!r} is maximized. To change "
        f"that, fix the latter: fixed_inputs={{{maximized!r}: value}}"
    )


def _sources(inputs: Sequence[tf.Tensor]) -> dict[int, frozenset[int]]:
    """Returns the ids of the inputs on which each tensor's values depend."""
    found = {id(one): frozenset([id(one)]) for one in inputs}
    for operation in inputs[0].graph.get_operations():
        if operation.type in ("Shape", "ShapeN", "Size", "Rank"):
            continue
        read = frozenset[int]().union(
            *(found.get(id(one), ()) for one in operation.inputs)
        )
        if read:
            for output in operation.outputs:
                found.setdefault(id(output), read)
    return found
