"""Follows one layer through a training: its images, measures and events."""

import dataclasses
import logging
import time
from collections.abc import Sequence

import numpy as np

from tb_actmax.data.fitting import FittedModel
from tb_actmax.errors import NotFiniteError, describe
from tb_actmax.maximizer.base import Call, Exemplars, MakeMaximizer, Maximized
from tb_actmax.measures.change import Changes
from tb_actmax.measures.exemplars import strongest_inputs
from tb_actmax.measures.layer_measures import LayerMeasures
from tb_actmax.measures.responses import Responses
from tb_actmax.measures.shared_responses import Share, SharedResponses
from tb_actmax.network.target import Target
from tb_actmax.objectives import Objective
from tb_actmax.records import event as event_format
from tb_actmax.records.images import decode_image
from tb_actmax.stopwatch import Stopwatch
from tb_actmax.training.costs import UpdateCost
from tb_actmax.training.digests import Made
from tb_actmax.training.event_builder import EventBuilder, LayerEvent, Shown
from tb_actmax.training.progress import Progress
from tb_actmax.training.schedule import TrainingStep
from tb_actmax.training.settings import Settings

_log = logging.getLogger("tb_actmax")

_REPEATED = 8  # filters whose ascent is repeated to measure reproducibility


@dataclasses.dataclass(frozen=True)
class FirstImages:
    """First images of a layer, found in an ascent of several layers.

    Attributes:
        call: The call of its maximizer that the ascent answered.
        found: The images.
        responses: The layer's responses to the sample, if they were measured.
        seconds: Its part of the time of the ascent.
        built: Its part of the seconds of tracing.
    """

    call: Call
    found: Maximized
    responses: Responses | None
    seconds: float
    built: float


class LayerTracker:
    """Updates the images of a layer's filters and builds their events."""

    def __init__(
        self,
        fitted: FittedModel,
        target: Target,
        objectives: Sequence[Objective],
        steps: int,
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
        self.measures: LayerMeasures | None = None
        if shared is not None:
            self.measures = LayerMeasures(
                fitted, target, shared, settings.exemplars
            )
        self._shared = shared
        self._steps = steps
        self._warm_steps = settings.warm_steps
        self._changes = Changes()
        self._warm_updates = 0
        self.events = EventBuilder(
            fitted,
            target,
            settings,
            self.maximizer,
            self.measures,
            self._changes,
        )

    def resume(self, blobs: Sequence[bytes]) -> None:
        """Continues the layer from its newest event.

        A filter starts from scratch if it is missing in the event or the canvas
        differs, and all filters do if the event cannot be read.
        """
        try:
            self._resume(event_format.decode(blobs))
        except Exception as error:  # the layer's own errors recur at its update
            _log.info(
                "Layer %r starts from scratch: %s",
                self.target.path,
                describe(error),
            )

    def _resume(self, last: event_format.Event) -> None:
        canvas, header = self.maximizer.canvas, last.header
        low, high = header["value_range"]
        depth = [header["depth"]] if len(canvas.size) == 3 else []
        size = (*depth, header["height"], header["width"])
        if not (
            np.allclose((low, high), canvas.statistics.value_range)
            and header["channels"] == canvas.channels
            and size == canvas.size
        ):
            return
        objectives = {o.label: o for o in self.objectives}
        shape = (*size, canvas.channels)
        for entry, key, data in zip(
            last.filters, last.keys, last.images, strict=True
        ):
            objective = objectives.get(key)
            image = decode_image(data, (low, high), canvas.channels)
            if objective is None or image.size != np.prod(shape):
                continue
            if self._changes.known(objective):
                continue
            image = image.reshape(shape)
            exemplars = entry.get("exemplars")
            inputs = exemplars["inputs"] if exemplars else []
            settled = entry.get("settled") == 1
            self.maximizer.resume(objective, image)
            self._changes.resume(objective, image, inputs, settled)

    def expected_calls(self, updates: int) -> list[list[Call]]:
        """Predicts the calls of the maximizer in each of the next updates.

        The prediction holds if every update maximizes all objectives and finds
        finite values.
        """
        known, new = self._split(self.objectives)
        expected, warm_updates = [], self._warm_updates
        for _ in range(updates):
            warm_updates += bool(known)
            calls = self._ascents(known, new, self._steps)
            calls += self._second_ascents(known, warm_updates)
            expected.append(calls)
            known, new = self.objectives, []
        return expected

    def has_images(self, objectives: Sequence[Objective]) -> bool:
        """Returns whether any of the objectives has an image already."""
        return any(map(self._changes.known, objectives))

    def prepare(
        self, objectives: Sequence[Objective]
    ) -> tuple[Responses | None, Exemplars | None]:
        """Returns what the ascents of objectives need.

        Returns the layer's responses to the sample and the exemplars of the
        objectives, if their images are pulled towards these.
        """
        if self.measures is None or not self.maximizer.pulled:
            return None, None
        responses = self.measures.responses(objectives)
        return responses, strongest_inputs(responses, objectives)

    def update(
        self,
        objectives: Sequence[Objective],
        at: TrainingStep,
        progress: Progress,
        steps: int,
        first: FirstImages | None = None,
    ) -> tuple[LayerEvent, UpdateCost]:
        """Maximizes objectives, and measures them on the data.

        New ones take `steps` steps, unless their `first` images are given.

        Raises a `NotFiniteError` if no image has a finite score.
        """
        began, built = time.perf_counter(), self.building
        passed = 0.0 if self._shared is None else self._shared.seconds
        watch = Stopwatch()
        watch.begin()
        known, new = self._split(objectives)
        if first is None:
            responses, exemplars = self.prepare(objectives)
            calls = self._ascents(known, new, steps)
        else:
            responses, exemplars = first.responses, first.call.exemplars
            calls = [first.call]
        images: dict[Objective, Shown] = {}
        for call in calls:
            call = dataclasses.replace(call, exemplars=exemplars)
            if first is None:
                found = self.maximizer.run(call, progress.step)
            else:
                found = first.found
            for objective, image, score, status in zip(
                call.objectives,
                found.images,
                found.scores,
                found.status,
                strict=True,
            ):
                images[objective] = Shown(image, float(score), status)
        if not any(np.isfinite(shown.score) for shown in images.values()):
            raise NotFiniteError(self.target.path)
        self._warm_updates += bool(known)
        for call in self._second_ascents(known, self._warm_updates):
            # With the same weights, so this is how alike unchanged filters are.
            call = dataclasses.replace(call, exemplars=exemplars)
            self._changes.measure_floor(
                [images[o].image for o in call.objectives],
                self.maximizer.run(call).images,
            )
        event = self.events.build(
            at,
            {objective: images[objective] for objective in objectives},
            responses,
            cold=not known,
            steps=steps,
            pulled=bool(exemplars) and self.maximizer.pulled,
            began=began,
        )
        seconds, built = watch.seconds, self.building - built
        share = Share()
        if self._shared is not None:  # others have a part in the pass
            share = self._shared.share(self.target.path)
            seconds += share.seconds + share.built
            seconds -= self._shared.seconds - passed
            built += share.built
        if first is not None:
            seconds += first.seconds
            built += first.built
        cost = UpdateCost(
            len(objectives),
            self._warm_steps * len(known) + steps * len(new),
            built,
            seconds,
            share,
            shared=first is not None,
        )
        return event, cost

    @property
    def building(self) -> float:
        """Seconds that tracing has taken, without passes over the sample."""
        measures = self.measures.tracing_seconds if self.measures else 0.0
        return self.maximizer.building + measures

    def _split(
        self, objectives: Sequence[Objective]
    ) -> tuple[list[Objective], list[Objective]]:
        """Splits objectives into those with an image and new ones."""
        known = [o for o in objectives if self._changes.known(o)]
        return known, [o for o in objectives if not self._changes.known(o)]

    def _ascents(
        self, known: list[Objective], new: list[Objective], steps: int
    ) -> list[Call]:
        warm = Call("warm", self._warm_steps, known)
        cold = Call("cold", steps, new)
        return [call for call in (warm, cold) if call.objectives]

    def _second_ascents(
        self, known: Sequence[Objective], updates: int
    ) -> list[Call]:
        """Returns the call that repeats some ascents of `known`, if any does.

        Only the 2nd, 4th, 8th ... of the updates with images repeat ascents,
        each of other filters: after the 1st, no filter has settled yet.
        """
        single = [o for o in known if o.variants == 1]
        if updates < 2 or updates & (updates - 1) or not single:
            return []
        order = np.random.default_rng(updates).permutation(len(single))
        repeated = [single[index] for index in order[:_REPEATED]]
        return [Call("warm", self._warm_steps, repeated, keep=False)]
