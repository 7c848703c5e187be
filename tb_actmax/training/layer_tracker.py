"""Follows one layer through a training: its images, measures and events."""

import time
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from tb_actmax.data.fitting import FittedModel
from tb_actmax.errors import NotFiniteError
from tb_actmax.maximizer.base import Call, Exemplars, MakeMaximizer
from tb_actmax.measures.change import Changes
from tb_actmax.measures.exemplars import strongest_inputs
from tb_actmax.measures.layer_measures import LayerMeasures
from tb_actmax.measures.shared_responses import SharedResponses
from tb_actmax.network.target import Target
from tb_actmax.objectives import Objective
from tb_actmax.stopwatch import Stopwatch
from tb_actmax.training.costs import UpdateCost
from tb_actmax.training.digests import Made
from tb_actmax.training.event_builder import EventBuilder
from tb_actmax.training.layer_event import LayerEvent, Shown
from tb_actmax.training.progress import Progress
from tb_actmax.training.schedule import TrainingStep
from tb_actmax.training.settings import Settings

Array = npt.NDArray[np.float32]

_REPEATED = 8  # filters whose ascent is repeated to measure reproducibility


class LayerTracker:
    """Updates the images of a layer's filters and builds their events.

    Args:
        fitted: The model and its inputs.
        target: The layer.
        objectives: Objectives to maximize, as `choose_objectives` returns.
        settings: The steps of each ascent, the seed and the exemplars.
        shared: Measures the responses of all layers to the sample; `None`
            without one.
        make_maximizer: Makes the layer's maximizer.
    """

    def __init__(
        self,
        fitted: FittedModel,
        target: Target,
        objectives: Sequence[Objective],
        settings: Settings,
        shared: SharedResponses | None,
        make_maximizer: MakeMaximizer,
    ):
        fitted = fitted.of(target)
        self.target = target
        self.objectives = list(objectives)
        self.made = Made(objectives)
        self.maximizer = make_maximizer(
            fitted, target, objectives, settings.seed
        )
        self._measures: LayerMeasures | None = None
        if shared is not None:
            self._measures = LayerMeasures(
                fitted, target, shared, settings.exemplars
            )
        self._shared = shared
        self._steps = settings.steps or self.maximizer.cold_steps
        self._warm_steps = settings.warm_steps
        self._changes = Changes()
        self._warm_updates = 0
        self._events = EventBuilder(
            fitted,
            target,
            settings,
            self.maximizer,
            self._measures,
            self._changes,
        )

    def resume(
        self,
        objective: Objective,
        image: Array,
        inputs: Sequence[int],
        settled: bool,
    ) -> None:
        """Continues an objective from an earlier training.

        Args:
            objective: One of the objectives.
            image: Its last image, (*size, channels).
            inputs: Indices of the inputs of its exemplars.
            settled: Whether its image had settled.
        """
        if not self._changes.known(objective):
            self.maximizer.resume(objective, image)
            self._changes.resume(objective, image, inputs, settled)

    def expected_calls(self, updates: int) -> list[list[Call]]:
        """Predicts the calls of the maximizer in the next updates.

        The prediction holds if every update maximizes all objectives and finds
        finite values.

        Args:
            updates: Number of updates.

        Returns:
            The calls of each update, in order.
        """
        known, new = self._split(self.objectives)
        expected, warm_updates = [], self._warm_updates
        for _ in range(updates):
            calls: list[Call] = []
            if known:
                calls.append(Call("warm", self._warm_steps, known))
            if new:
                calls.append(Call("cold", self._steps, new))
            if known:
                warm_updates += 1
                repeated = _repeated(known, warm_updates)
                if repeated:
                    calls.append(
                        Call("warm", self._warm_steps, repeated, keep=False)
                    )
            expected.append(calls)
            known, new = self.objectives, []
        return expected

    def repeat(self, at: TrainingStep, since: int) -> LayerEvent:
        """Returns an event for a layer that has not changed.

        Args:
            at: The point of the training.
            since: Step of the event that holds the images.
        """
        return self._events.repeat(at, since)

    def update(
        self,
        objectives: Sequence[Objective],
        at: TrainingStep,
        progress: Progress,
    ) -> tuple[LayerEvent, UpdateCost]:
        """Maximizes objectives and measures them on the data.

        Args:
            objectives: Some of the objectives.
            at: The point of the training.
            progress: Called after each step.

        Returns:
            The event to write, and the cost of the update.

        Raises:
            NotFiniteError: If no image has a finite score.
        """
        began, built = time.perf_counter(), self._building
        passed = 0.0 if self._shared is None else self._shared.seconds
        watch = Stopwatch()
        watch.begin()
        known, new = self._split(objectives)
        responses, exemplars = None, None
        if self._measures is not None and self.maximizer.pulled:
            responses = self._measures.responses(objectives)
            exemplars = strongest_inputs(responses, objectives)
        parts = []
        if known:
            found = self.maximizer.warm(
                self._warm_steps, known, progress.step, exemplars=exemplars
            )
            parts.append((known, found))
        if new:
            found = self.maximizer.cold(
                self._steps, new, progress.step, exemplars
            )
            parts.append((new, found))
        images = {
            objective: Shown(image, float(score), status)
            for chosen, part in parts
            for objective, image, score, status in zip(
                chosen, part.images, part.scores, part.status, strict=True
            )
        }
        if not any(np.isfinite(shown.score) for shown in images.values()):
            raise NotFiniteError(self.target.path)
        if known:
            self._measure_reproducibility(known, images, exemplars)
        event = self._events.build(
            at,
            {objective: images[objective] for objective in objectives},
            responses,
            cold=not known,
            pulled=bool(exemplars) and self.maximizer.pulled,
            began=began,
        )
        seconds, built = watch.seconds, self._building - built
        if self._shared is not None:  # others have a part in the pass
            share = self._shared.share(self.target.path)
            seconds += share.seconds - (self._shared.seconds - passed)
            built += share.built
        cost = UpdateCost(
            len(objectives),
            self._warm_steps * len(known) + self._steps * len(new),
            built,
            seconds,
        )
        return event, cost

    @property
    def _building(self) -> float:
        """Seconds that tracing has taken, without passes over the sample."""
        measures = self._measures.tracing_seconds if self._measures else 0.0
        return self.maximizer.building + measures

    def _split(
        self, objectives: Sequence[Objective]
    ) -> tuple[list[Objective], list[Objective]]:
        """Splits objectives into those with an image and new ones."""
        known = [o for o in objectives if self._changes.known(o)]
        return known, [o for o in objectives if not self._changes.known(o)]

    def _measure_reproducibility(
        self,
        known: Sequence[Objective],
        images: dict[Objective, Shown],
        exemplars: Exemplars | None,
    ) -> None:
        """Compares a few images with those of a second ascent.

        Both ascents have the same weights, so the correlation is that of an
        unchanged filter.
        """
        self._warm_updates += 1
        repeated = _repeated(known, self._warm_updates)
        if repeated:
            again = self.maximizer.warm(
                self._warm_steps, repeated, keep=False, exemplars=exemplars
            )
            self._changes.measure_floor(
                [images[o].image for o in repeated], again.images
            )


def _repeated(known: Sequence[Objective], updates: int) -> list[Objective]:
    """Chooses the objectives to maximize a second time.

    Args:
        known: Objectives that have an image.
        updates: Number of updates with images so far, including this one. Only
            the 1st, 2nd, 4th, 8th ... repeat ascents, each of other filters.
    """
    if updates & (updates - 1):
        return []
    single = [o for o in known if o.variants == 1]
    order = np.random.default_rng(updates).permutation(len(single))
    return [single[index] for index in order[:_REPEATED]]
