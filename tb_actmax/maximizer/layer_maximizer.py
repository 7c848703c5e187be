"""Maximizes the filters of one layer, in this process."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from tb_actmax.data.fitting import FittedModel
from tb_actmax.maximizer.ascent.ascent import Ascended, Ascent
from tb_actmax.maximizer.base import (
    Call,
    Maximized,
    Maximizer,
    OnStep,
    gathered,
)
from tb_actmax.maximizer.image import defaults
from tb_actmax.maximizer.image.inverse import coefficients_of
from tb_actmax.network.layers import Target
from tb_actmax.objectives import CENTRE, Objective, Place

Array = npt.NDArray[np.float32]

_FLAT = 0.02  # an image with less than this share of the contrast is flat


class LayerMaximizer(Maximizer):
    """Maximizes objectives in one layer, again and again.

    What is costly is done once: the step is traced at the first call, and
    weights are read live at each.

    Args:
        fitted: The model, and the shape and statistics of its inputs.
        target: The layer, as `layers.find_targets` returns it.
        objectives: What to maximize, as `choose_objectives` returns it.
        seed: Seed of the random starts.

    Attributes:
        carried: Coefficients of each objective's last ascent, at which its
            next warm one begins.
    """

    def __init__(
        self,
        fitted: FittedModel,
        target: Target,
        objectives: Sequence[Objective],
        seed: int = 0,
    ):
        self.target = target
        self.objectives = list(objectives)
        whole = any(set(o.places) != {CENTRE} for o in self.objectives)
        statistics, shape = fitted.statistics, fitted.shape
        self.canvas = defaults.canvas(target, statistics, shape, whole)
        self._whole = defaults.canvas(target, statistics, shape, True)
        self._cut = True  # whether the network takes parts of images
        self._fitted = fitted
        self._seed = seed
        self._ascents: dict[tuple[tuple[Place, ...], bool], Ascent] = {}
        self.carried: dict[Objective, Array] = {}

    @property
    def traces(self) -> int:
        """Steps traced so far: one for each kind of objective."""
        return sum(ascent.traces for ascent in self._ascents.values())

    @property
    def building(self) -> float:
        """Seconds that tracing has taken so far."""
        return sum(ascent.building for ascent in self._ascents.values())

    def fits(self, size: tuple[int, ...]) -> bool:
        """Whether ascents can begin at images of a size."""
        if self._cut and self.canvas.size != size == self._whole.size:
            self._ascent(self.objectives[0])
        return self.canvas.size == size

    def resume(self, objective: Objective, image: Array) -> None:
        """Lets an objective's next warm ascent begin at an image."""
        (found,) = coefficients_of(self.canvas, image[None])
        self.carried[objective] = found

    def take_whole(self) -> None:
        """Gives the network images of its own size from now on."""
        self.canvas, self._cut = self._whole, False

    def run(self, call: Call, on_step: OnStep | None = None) -> Maximized:
        """Does what is asked.

        Args:
            call: What is asked.
            on_step: Called after each step, with the filters that took it.
        """
        batches = _batches(call.objectives)
        parts = []
        for some in batches:
            ascended = self._ascend(call, some, on_step)
            numbers = [-1 if o.filter is None else o.filter for o in some]
            parts.append(
                Maximized(
                    ascended.images,
                    ascended.scores,
                    np.asarray(numbers, np.int64),
                    self._status(ascended),
                    [o.label for o in some],
                )
            )
        return gathered(call.objectives, batches, parts)

    def _ascend(
        self, call: Call, some: list[Objective], on_step: OnStep | None
    ) -> Ascended:
        """The ascent of objectives of a kind."""
        ascent = self._ascent(some[0])
        start = None
        if call.how == "warm":
            start = np.stack([self.carried[o] for o in some])
        vectors = [o.vectors(self.target.filters) for o in some]
        streams = [o.stream for o in some]
        ascended = ascent.run(
            np.stack(vectors), streams, call.steps, start, on_step
        )
        if call.keep:
            self.carried.update(zip(some, ascended.coefficients, strict=True))
        return ascended

    def _ascent(self, objective: Objective) -> Ascent:
        kind = (objective.places, objective.variants > 1)
        if kind not in self._ascents:
            self._ascents[kind] = self._built(*kind)
        return self._ascents[kind]

    def _built(self, places: tuple[Place, ...], diverse: bool) -> Ascent:
        ascent = Ascent(
            self._fitted.model,
            self.target,
            self.canvas,
            defaults.transforms(self.target, self.canvas.size),
            self._fitted.shape[:-1],
            places,
            diverse,
            self._seed,
            self._cut,
        )
        try:
            ascent.build()
        except (TypeError, ValueError, tf.errors.OpError):
            # Some networks take images of one size only, because of the
            # places of their patches for instance, or scale others to it.
            if self._ascents or not self._cut:
                raise
            self.take_whole()
            return self._built(places, diverse)
        return ascent

    def _status(self, found: Ascended) -> list[str]:
        places = tuple(range(1, found.images.ndim - 1))
        deviation = found.images.std(axis=places).max(axis=-1)
        flat = deviation < _FLAT * self.canvas.contrast
        return [
            "dead" if not moved else "flat" if is_flat else "ok"
            for moved, is_flat in zip(found.moved, flat, strict=True)
        ]


def _batches(objectives: Sequence[Objective]) -> list[list[Objective]]:
    """What is maximized together: of a kind; variants among themselves."""
    batches: dict[Any, list[Objective]] = {}
    for objective in objectives:
        alone = objective.terms if objective.variants > 1 else None
        key = (objective.places, alone)
        batches.setdefault(key, []).append(objective)
    return list(batches.values())
