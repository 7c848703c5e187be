"""Keeps the traced graphs of a model for the next call of `maximize`.

Tracing takes most of the time of a call. The graphs are kept with the model and
deleted with it. They are used again only if no layer, no weight and no other
attribute of a layer has been replaced. Weights are read at each call.
"""

import dataclasses
from collections.abc import Hashable
from typing import Any

import keras

from tb_actmax.compatibility import flatten_layers
from tb_actmax.data.fitting import MeasuredSample
from tb_actmax.maximizer.layer_maximizer import LayerMaximizer
from tb_actmax.network.layers import Targets

_NAME = "_actmax_kept"  # of the model's attribute
_MOST = 4  # layers, or probes, of a model
_SIMPLE = (bool, int, float, str, bytes, type(None))


@dataclasses.dataclass
class Kept:
    """The traced graphs of a model.

    Attributes:
        targets: The layers with filters by path, by the arguments that they
            were found with.
        maximizers: Maximizers by their arguments, the latest last.
        state: All layers, and their attributes.
        samples: Measurements of probes.
    """

    targets: dict[Hashable, Targets]
    maximizers: dict[Hashable, LayerMaximizer]
    state: list[tuple[keras.layers.Layer, dict[str, object]]]
    samples: dict[bytes, MeasuredSample] = dataclasses.field(
        default_factory=dict
    )


def kept_samples(model: keras.Model) -> dict[bytes, MeasuredSample]:
    """Returns the measurements of probes, which hold for any weights."""
    kept = getattr(model, "__dict__", {}).get(_NAME)
    return {} if kept is None else dict(kept.samples)


def take(model: keras.Model) -> Kept:
    """Takes the kept graphs away, so that no other thread uses them."""
    kept: Kept | None = model.__dict__.pop(_NAME, None)
    state = _state(model)
    if kept is None or not _same(kept.state, state):
        return Kept({}, {}, state)
    return kept


def keep(
    model: keras.Model, kept: Kept, samples: dict[bytes, MeasuredSample]
) -> None:
    """Keeps the latest graphs, and measurements of probes."""
    kinds: tuple[dict[Any, Any], ...] = kept.targets, kept.maximizers, samples
    for entries in kinds:
        while len(entries) > _MOST:
            del entries[next(iter(entries))]
    # Keras's `__setattr__` would track it as state.
    model.__dict__[_NAME] = dataclasses.replace(
        kept, state=_state(model), samples=samples
    )


def _state(
    model: keras.Model,
) -> list[tuple[keras.layers.Layer, dict[str, object]]]:
    """Returns all layers of a model, and their attributes."""
    layers = flatten_layers(model, include_self=True)
    return [
        (layer, {k: v for k, v in vars(layer).items() if k != _NAME})
        for layer in layers
    ]


def _same(
    before: list[tuple[keras.layers.Layer, dict[str, object]]],
    now: list[tuple[keras.layers.Layer, dict[str, object]]],
) -> bool:
    return len(before) == len(now) and all(
        a is b
        and old.keys() == new.keys()
        and all(_equal(old[name], new[name]) for name in old)
        for (a, old), (b, new) in zip(before, now, strict=True)
    )


def _equal(a: object, b: object) -> bool:
    if a is b:
        return True
    return type(a) is type(b) and isinstance(a, _SIMPLE) and a == b
