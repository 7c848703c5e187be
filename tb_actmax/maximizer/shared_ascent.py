"""Maximizes filters of several layers in one ascent.

A step of a small network takes hardly longer for one image of each of four
layers than for one image, and its operations are traced and optimized once.
"""

from collections.abc import Hashable, Mapping, Sequence

import numpy as np

from tb_actmax.data.fitting import FittedModel
from tb_actmax.maximizer.ascent.plan import OnStep
from tb_actmax.maximizer.ascent.scene import find_scene
from tb_actmax.maximizer.base import Call, Maximized
from tb_actmax.maximizer.image import defaults
from tb_actmax.maximizer.layer_maximizer import LayerMaximizer
from tb_actmax.network.target import Target
from tb_actmax.objectives import Objective
from tb_actmax.objectives.terms import CENTRE


def what_is_shared(fitted: FittedModel, target: Target) -> Hashable | None:
    """Returns what the ascents of layers have in common if they are shared.

    Returns equal values for layers that can share an ascent, and `None` for
    layers that cannot share any: first layers, and those whose images depend on
    the number of ReLUs on the way to them.

    Args:
        fitted: The model and its inputs.
        target: The layer.
    """
    shape = fitted.shape
    how = defaults.style(target, shape)
    if target.field.depth <= 1 or how.leak or target.framed:
        return None
    size = defaults.canvas_size(target, shape)
    scene = find_scene(target, (CENTRE,), size, shape[:-1])
    parts = tuple((part.start, part.stop) for part in scene.slices)
    moves = defaults.movements(target, size, how)
    return size, how, moves, parts, scene.margins


def can_share(objectives: Sequence[Objective]) -> bool:
    """Returns whether an ascent of several layers takes objectives."""
    return all(one.plain for one in objectives)


def maximize_together(
    maximizers: Sequence[LayerMaximizer],
    calls: Sequence[Call],
    on_step: OnStep | None = None,
) -> list[Maximized]:
    """Maximizes objectives of several layers from random starts.

    The images are those that each layer's own ascent finds, but for rounding.
    The maximizers use this ascent for later images, too.

    Args:
        maximizers: The maximizers of the layers, in running order. Their layers
            have all in common that `what_is_shared` returns.
        calls: A call for each, of equal steps, with objectives that `can_share`
            accepts.
        on_step: Called after each step, with the filters that took it.

    Raises:
        ValueError: If the model was not traced up to all of the layers.
    """
    *others, deepest = maximizers
    ascent = deepest.shared_ascent(others)
    rows = [(place, o) for place, c in enumerate(calls) for o in c.objectives]

    def weights(part: slice) -> Mapping[int, np.ndarray]:
        by_layer: dict[int, list[Objective]] = {}
        for place, objective in rows[part]:
            by_layer.setdefault(place, []).append(objective)
        return {
            place: maximizers[place].weights(some)
            for place, some in by_layer.items()
        }

    pairs = list(zip(maximizers, calls, strict=True))
    exemplars = None
    if all(call.exemplars is not None for call in calls):
        exemplars = [
            crops
            for maximizer, call in pairs
            for crops in maximizer.exemplars(call, call.objectives) or []
        ]
    ascended = ascent.run(
        weights,
        [maximizers[place].random(objective) for place, objective in rows],
        calls[0].steps,
        on_step=on_step,
        exemplars=exemplars,
    )
    found, first = [], 0
    for place, (maximizer, call) in enumerate(pairs):
        maximizer.share(ascent, place)
        own = slice(first, first + len(call.objectives))
        first = own.stop
        part = ascended.of(own)
        found.append(maximizer.maximized(call, call.objectives, part))
    return found
