"""Records the calls of all layers while a model runs."""

import collections
import dataclasses
from typing import Any

import keras
import tensorflow as tf

from tb_actmax.compatibility import CLEAR_LOSSES, flatten_layers
from tb_actmax.errors import NotShownError
from tb_actmax.network.any_size import any_size
from tb_actmax.network.compiled_functions import seeing_through, seen_through
from tb_actmax.network.diversion import (
    Action,
    Method,
    call_names,
    divert,
    ignore,
)
from tb_actmax.network.grouped_convolutions import uncompiled
from tb_actmax.network.image_model import ImageModel
from tb_actmax.network.sub_models import sub_models


@dataclasses.dataclass(frozen=True)
class Call:
    """A call of a layer while a model ran."""

    layer: keras.layers.Layer
    index: int  # among the layer's calls
    inputs: Any  # its first argument, a symbolic tensor or a structure
    output: Any
    args: tuple[Any, ...]
    kwargs: dict[str, Any]


def sublayers(
    layer: keras.layers.Layer | ImageModel,
) -> list[keras.layers.Layer]:
    """Returns the layers directly inside a layer, in creation order."""
    if isinstance(layer, ImageModel):
        layer = layer.keras_model
    return flatten_layers(layer, recursive=False)


def losses_kept(model: ImageModel) -> list[Action]:
    """Returns the actions that preserve the losses of a model's layers."""
    return [
        Action(layer, name, ignore)
        for layer in flatten_layers(model.keras_model, include_self=True)
        for name in ("add_loss", CLEAR_LOSSES)
    ]


def record_calls(model: ImageModel, inputs: tf.Tensor) -> list[Call]:
    """Runs a model symbolically and returns the calls of all its layers.

    Sub-models that the model does not run, for instance after an error in its
    `call` or without a `call`, are run separately if they take such images.
    Calls are in the order in which they ended, inner layers before the layers
    that hold them.

    Raises:
        NotShownError: If the model has no `call` and no such sub-model.
    """
    calls: list[Call] = []
    counts: collections.Counter[int] = collections.Counter()

    def listening(layer: keras.layers.Layer, name: str) -> Method:
        call = seen_through(layer, name)

        def listen(*args: Any, **kwargs: Any) -> Any:
            index = counts[id(layer)]
            counts[id(layer)] += 1
            output = call(*args, **kwargs)
            first = args[0] if args else next(iter(kwargs.values()), None)
            calls.append(Call(layer, index, first, output, args, kwargs))
            return output

        return listen

    divert(
        [
            *seeing_through(model.keras_model),
            *(
                Action(layer, name, listening(layer, name))
                for layer in flatten_layers(model.keras_model)
                for name in call_names(layer)
            ),
            *uncompiled(model.keras_model),
            *losses_kept(model),
            *(any_size(model) if model.framed else ()),
        ],
        lambda: _run(model, inputs, calls),
    )
    return calls


def _run(model: ImageModel, inputs: tf.Tensor, calls: list[Call]) -> None:
    """Runs a model, and the sub-models that it does not call."""
    error: Exception = NotShownError(
        f"the model {model.name!r} has no `call`, and none of its "
        f"sub-models takes images {tuple(inputs.shape[1:])}."
    )
    whole = model.framed  # what follows the frames may need more
    if model.callable:
        try:
            model(inputs, training=False)
            whole = True
        except Exception as raised:  # `train_step` may do it otherwise
            error = raised
    reached = {id(call.layer) for call in calls}
    parts, left_out = sub_models(model, inputs.shape[1:], reached)
    entries: dict[int, ImageModel] = {}
    for part in parts:
        try:
            part(inputs, training=False)
        except Exception:  # it takes no such images; it is named later
            left_out.append(part.name)
            continue
        whole = True
        inside = flatten_layers(part.keras_model, include_self=True)
        entries |= {id(layer): part for layer in inside}
    model.entries |= entries
    model.left_out = left_out
    if not whole:
        raise error
