"""Maximizes the filters of a layer on the workers of a Ray cluster."""

import dataclasses
from collections import deque
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from tb_actmax.data.fitting import FittedModel
from tb_actmax.distribution.ray import worker
from tb_actmax.distribution.ray.tasks import Ref, Tasks
from tb_actmax.maximizer.ascent.plan import OnStep
from tb_actmax.maximizer.base import (
    Call,
    Maximized,
    Maximizer,
    gathered,
)
from tb_actmax.maximizer.layer_maximizer import LayerMaximizer
from tb_actmax.measures.image_quality import ImageResponse
from tb_actmax.network.target import Target
from tb_actmax.objectives import Objective
from tb_actmax.objectives.terms import Term


@dataclasses.dataclass(frozen=True)
class _Pending:
    """A call whose tasks are submitted."""

    epoch: int  # of the checkpoint
    call: Call
    shares: list[list[Objective]]  # of each task
    answers: list[Ref]  # to each task
    carried: list[worker.Carried | Ref]  # by each chunk after the call


class RayMaximizer(Maximizer):
    """Has workers maximize the filters of one layer.

    The filters are divided into chunks. The tasks of a chunk follow one another
    from checkpoint to checkpoint, each with the coefficients of the previous
    one. The images are the same as on one machine, because each filter has its
    own random stream.
    """

    def __init__(
        self,
        tasks: Tasks,
        fitted: FittedModel,
        target: Target,
        objectives: Sequence[Objective],
        seed: int,
    ):
        # Runs no ascent: it chooses the canvas and resumes from images.
        self._local = LayerMaximizer(fitted, target, objectives, seed)
        self.target = target
        self.objectives = self._local.objectives
        self.canvas = self._local.canvas
        self._tasks = tasks
        self._chunks: list[list[Objective]] = []
        self._carried: list[worker.Carried | Ref] = []
        self._pending: deque[_Pending] = deque()
        self._image_responses: dict[Objective, ImageResponse] = {}

    @property
    def cold_steps(self) -> int:
        return self._local.cold_steps

    @property
    def image_responses(self) -> Mapping[Objective, ImageResponse]:
        return self._image_responses

    def resume(
        self, objective: Objective, image: npt.NDArray[np.float32]
    ) -> None:
        """Changes no calls that are submitted already."""
        self._local.resume(objective, image)

    def submit(self, epoch: int, call: Call) -> None:
        """Submits a call, to follow those that are pending."""
        if not self._chunks:
            self._divide()
        wanted = set(call.objectives)
        last = self._pending[-1].carried if self._pending else self._carried
        carried = list(last)
        shares, answers = [], []
        for index, chunk in enumerate(self._chunks):
            share = [objective for objective in chunk if objective in wanted]
            if not share:
                continue
            part = dataclasses.replace(call, objectives=share)
            task = worker.Task(self.target.path, chunk, part, epoch)
            answer, coefficients = self._tasks.submit(task, carried[index])
            if call.keep:
                carried[index] = coefficients
            shares.append(share)
            answers.append(answer)
        self._pending.append(_Pending(epoch, call, shares, answers, carried))

    def _divide(self) -> None:
        """Divides the filters into chunks."""
        size = self._tasks.filters_per_task
        # Variants of an objective must differ: they stay in one chunk.
        groups: dict[tuple[Term, ...], list[Objective]] = {}
        for objective in self.objectives:
            groups.setdefault(objective.terms, []).append(objective)
        for group in groups.values():
            if not self._chunks or len(self._chunks[-1]) >= size:
                self._chunks.append([])
            self._chunks[-1].extend(group)
        known = self._local.carried
        self._carried = [
            {o: known[o] for o in chunk if o in known} for chunk in self._chunks
        ]

    def run(self, call: Call, on_step: OnStep | None = None) -> Maximized:
        epoch = self._tasks.epoch
        later: list[_Pending] = []
        first = self._pending[0] if self._pending else None
        if first is None or (first.epoch, first.call) != (epoch, call):
            # Another call was expected, for instance because the layer returned
            # NaN. The calls of later checkpoints are submitted again.
            later = [other for other in self._cancel() if other.epoch > epoch]
            self.submit(epoch, call)
        pending = self._pending.popleft()
        self._carried = pending.carried
        for other in later:
            self.submit(other.epoch, other.call)
        ray = self._tasks.ray
        try:
            answers: list[worker.Answer] = ray.get(pending.answers)
        except ray.exceptions.RayTaskError as error:
            raise error.cause from None
        if call.keep:
            for objective in call.objectives:
                self._image_responses.pop(objective, None)
        for share, answer in zip(pending.shares, answers, strict=True):
            self._image_responses.update(
                zip(share, answer.image_responses, strict=False)
            )
        if on_step is not None:
            for _ in range(call.steps):
                on_step(len(call.objectives))
        found = [answer.found for answer in answers]
        return gathered(call.objectives, pending.shares, found)

    def _cancel(self) -> list[_Pending]:
        """Cancels the pending calls, and returns them."""
        cancelled = list(self._pending)
        self._pending.clear()
        for pending in cancelled:
            for answer in pending.answers:
                self._tasks.ray.cancel(answer)
        return cancelled
