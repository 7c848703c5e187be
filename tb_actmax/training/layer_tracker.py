"""One layer from look to look: its images, its measures, its events."""

import dataclasses
import time
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from tb_actmax.data.fitting import FittedModel
from tb_actmax.errors import NotFiniteError
from tb_actmax.matching.probe_points import ProbePoints
from tb_actmax.maximizer.base import Call, MakeMaximizer, Maximizer
from tb_actmax.measures.change import Changes
from tb_actmax.measures.image_quality import Reaction
from tb_actmax.measures.layer_measures import LayerMeasures
from tb_actmax.network.layers import Target
from tb_actmax.objectives import Objective
from tb_actmax.training.event_builder import EventBuilder, LayerEvent, Shown
from tb_actmax.training.progress import Progress
from tb_actmax.training.settings import Settings

Array = npt.NDArray[np.float32]

_REPEATED = 8  # filters on which the reproducibility of images is measured


@dataclasses.dataclass(frozen=True)
class Look:
    """What a look at a layer has found.

    Attributes:
        event: What is written.
        steps: Steps taken, of all filters together.
        built: Seconds of tracing, which do not come again.
        ascent: Seconds that the steps took.
        seconds: Seconds in all.
    """

    event: LayerEvent
    steps: int
    built: float
    ascent: float
    seconds: float


class LayerTracker:
    """Looks at a layer's filters and makes events of what it sees.

    Args:
        fitted: The model and its inputs.
        target: The layer.
        objectives: What is maximized, as `choose_objectives` returns it.
        settings: The steps of each ascent, the seed and the exemplars.
        points: Where the signatures are taken, or `None` without a sample.
        make_maximizer: Makes the layer's maximizer.
    """

    def __init__(
        self,
        fitted: FittedModel,
        target: Target,
        objectives: Sequence[Objective],
        settings: Settings,
        points: ProbePoints | None,
        make_maximizer: MakeMaximizer,
    ):
        self.fitted = fitted
        self.target = target
        self.filters = list(objectives)
        self.maximizer: Maximizer = make_maximizer(
            fitted, target, objectives, settings.seed
        )
        self._measures: LayerMeasures | None = None
        if points is not None:
            self._measures = LayerMeasures(
                fitted, target, points, settings.exemplars
            )
        self._steps = settings.steps
        self._warm_steps = settings.warm_steps
        self._changes = Changes()
        self._warm_looks = 0
        self._events = EventBuilder(
            target,
            fitted.statistics,
            self._measures,
            self._changes,
            {
                "steps": settings.steps,
                "warm_steps": settings.warm_steps,
                "seed": settings.seed,
                "probe": len(fitted.sample.images) if fitted.sample else 0,
            },
        )

    def steps(self, index: Objective) -> int:
        """Steps that a filter's next ascent takes."""
        return self._warm_steps if self._changes.known(index) else self._steps

    def resume(
        self,
        objective: Objective,
        image: Array,
        inputs: Sequence[int],
        settled: bool,
    ) -> None:
        """Takes a filter as it was last shown, in an earlier training.

        Args:
            objective: One of the filters.
            image: Its image, (*size, channels).
            inputs: The inputs that excited it most.
            settled: Whether it had settled.
        """
        if not self._changes.known(objective):
            self.maximizer.resume(objective, image)
            self._changes.resume(objective, image, inputs, settled)

    def foresee(self, looks: int) -> list[list[Call]]:
        """What the next looks at all filters will ask of the maximizer.

        That is so if each finds values that are finite.

        Args:
            looks: How many looks.

        Returns:
            The calls of each look, in order.
        """
        known = [o for o in self.filters if self._changes.known(o)]
        new = [o for o in self.filters if not self._changes.known(o)]
        foreseen, warm_looks = [], self._warm_looks
        for _ in range(looks):
            calls: list[Call] = []
            if known:
                calls.append(Call("warm", self._warm_steps, known))
            if new:
                calls.append(Call("cold", self._steps, new))
            if known:
                warm_looks += 1
                repeated = _repeated(known, warm_looks)
                if repeated:
                    calls.append(
                        Call("warm", self._warm_steps, repeated, keep=False)
                    )
            foreseen.append(calls)
            known, new = self.filters, []
        return foreseen

    def look(
        self, filters: Sequence[Objective], epoch: int, progress: Progress
    ) -> Look:
        """Maximizes filters and measures them on the data.

        Args:
            filters: Some of the filters.
            epoch: Epochs done.
            progress: Told of each step.

        Raises:
            NotFiniteError: If no filter gives a finite value.
        """
        began, built = time.perf_counter(), self._building
        before = self.maximizer.building
        known = [o for o in filters if self._changes.known(o)]
        new = [o for o in filters if not self._changes.known(o)]
        parts = []
        if known:
            found = self.maximizer.warm(self._warm_steps, known, progress.step)
            parts.append((known, found))
        if new:
            found = self.maximizer.cold(self._steps, new, progress.step)
            parts.append((new, found))
        ascent = time.perf_counter() - began
        ascent -= self.maximizer.building - before
        shown = {
            objective: (image, float(score), status)
            for objectives, part in parts
            for objective, image, score, status in zip(
                objectives, part.images, part.scores, part.status, strict=True
            )
        }
        if not any(np.isfinite(score) for _, score, _ in shown.values()):
            raise NotFiniteError(self.target.path)
        if known:
            self._measure_floor(known, shown)
        reactions: dict[Objective, Reaction] = {}
        for objectives, part in parts:
            reactions.update(zip(objectives, part.reactions, strict=False))
        event = self._events.make(
            epoch, self.maximizer.canvas, filters, shown, reactions
        )
        event.header["settings"]["cold"] = not known
        seconds = time.perf_counter() - began
        event.header["seconds"] = round(seconds, 4)
        return Look(
            event,
            self._warm_steps * len(known) + self._steps * len(new),
            self._building - built,
            ascent,
            seconds,
        )

    @property
    def _building(self) -> float:
        """Seconds that tracing has taken."""
        measuring = self._measures.building if self._measures else 0.0
        return self.maximizer.building + measuring

    def _measure_floor(
        self, known: Sequence[Objective], shown: dict[Objective, Shown]
    ) -> None:
        """How alike images of unchanged weights are, on a few filters.

        At the first look that has images to go on from, and whenever there
        have been twice as many; on other filters each time.
        """
        self._warm_looks += 1
        some = _repeated(known, self._warm_looks)
        if some:
            again = self.maximizer.warm(self._warm_steps, some, keep=False)
            self._changes.note_floor([shown[o][0] for o in some], again.images)


def _repeated(known: Sequence[Objective], looks: int) -> list[Objective]:
    """Filters whose ascent is repeated at the so-manieth look with images."""
    if looks & (looks - 1):
        return []
    single = [o for o in known if o.variants == 1]
    order = np.random.default_rng(looks).permutation(len(single))
    return [single[place] for place in order[:_REPEATED]]
