"""Finds the sub-models of a model that take images by themselves."""

from collections.abc import Collection, Sequence

import keras

from tb_actmax.compatibility import flatten_layers
from tb_actmax.network.image_model import ImageModel
from tb_actmax.network.input_spec import has_call


def sub_models(
    model: ImageModel, shape: Sequence[int | None], called: Collection[int]
) -> tuple[list[ImageModel], list[str]]:
    """Returns the sub-models that take images, and the names of the others.

    Sub-models that hold one of the `called` layers are left out of both.
    """
    found: list[ImageModel] = []
    others: list[str] = []
    if model.framed:
        shape = (None, *shape[int(model.signal) :])
    rank = 1 + len(shape) - (model.signal and not model.framed)
    waiting = flatten_layers(model.keras_model, recursive=False)
    while waiting:
        inner = waiting.pop(0)
        if not isinstance(inner, keras.Model):
            continue
        if not has_call(inner):
            waiting += flatten_layers(inner, recursive=False)
            continue
        inside = flatten_layers(inner, include_self=True)
        if any(id(layer) in called for layer in inside):
            continue
        part = _part(inner, rank, shape)
        if part is not None:
            found.append(part.frames(model.signal) if model.framed else part)
        elif inner.weights:
            others.append(inner.name)
    return found, others


def _part(
    model: keras.Model, rank: int, shape: Sequence[int | None]
) -> ImageModel | None:
    """Returns a sub-model if it takes images of a shape."""
    try:
        part = ImageModel(model, rank=rank)
    except (TypeError, ValueError):
        return None
    if part.shape is None:
        # Its inputs are unknown, and trying it would build it.
        layers = flatten_layers(model, include_self=True)
        return part if all(layer.built for layer in layers) else None
    fits = len(part.shape) == len(shape) and all(
        None in (wanted, length) or wanted == length
        for wanted, length in zip(part.shape, shape, strict=True)
    )
    return part if fits else None
