"""The filters of one layer, maximized by the workers of a Ray cluster.

What is handed out ahead is a guess of what will be asked for: where the guess
is wrong, it is dropped.
"""

import dataclasses
from collections import deque
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from tb_actmax.data.fitting import FittedModel
from tb_actmax.distribution.ray import worker
from tb_actmax.maximizer.base import (
    Call,
    Maximized,
    Maximizer,
    OnStep,
    gathered,
)
from tb_actmax.maximizer.layer_maximizer import LayerMaximizer
from tb_actmax.network.layers import Target
from tb_actmax.objectives import Objective

if TYPE_CHECKING:
    from tb_actmax.distribution.ray.cluster import Cluster


@dataclasses.dataclass(frozen=True)
class _Handed:
    """A call that is being worked on."""

    epoch: int
    call: Call
    shares: list[list[Objective]]  # of each chunk that takes part
    found: list[list[Any]]  # their references
    carried: list[Any]  # of every chunk, after the call

    def answers(self, epoch: int, call: Call) -> bool:
        """Whether it is the answer to what is asked now."""
        return (self.epoch, self.call) == (epoch, call)


class RayMaximizer(Maximizer):
    """Stands for a `LayerMaximizer` whose filters workers maximize.

    The layer is cut into chunks of filters. A chunk's tasks follow each other
    from checkpoint to checkpoint, each with the coefficients of the one
    before. The images are those of one machine: each filter has a random
    stream of its own.

    Args:
        cluster: The cluster.
        fitted: The model and its inputs.
        target: The layer.
        objectives: What to maximize.
        seed: Seed of the random starts.
    """

    def __init__(
        self,
        cluster: "Cluster",
        fitted: FittedModel,
        target: Target,
        objectives: Sequence[Objective],
        seed: int,
    ):
        # Never run: it knows the canvas, and how to resume.
        self._local = LayerMaximizer(fitted, target, objectives, seed)
        self.target = self._local.target
        self.objectives = self._local.objectives
        self.canvas = self._local.canvas
        self._cluster = cluster
        self._chunks: list[list[Objective]] = []
        self._carried: list[Any] = []
        self._handed: deque[_Handed] = deque()

    @property
    def traces(self) -> int:
        """Steps traced in this process: none."""
        return 0

    @property
    def building(self) -> float:
        """Seconds that tracing has taken in this process."""
        return 0.0

    def fits(self, size: tuple[int, ...]) -> bool:
        """As `LayerMaximizer.fits`."""
        fitting = self._local.fits(size)
        self.canvas = self._local.canvas
        return fitting

    def resume(
        self, objective: Objective, image: npt.NDArray[np.float32]
    ) -> None:
        """As `LayerMaximizer.resume`, before anything is handed out."""
        self._local.resume(objective, image)

    def hand_out(self, epoch: int, call: Call) -> None:
        """Hands out a call, after those that were handed out before."""
        if not self._chunks:
            self._cut()
        wanted = set(call.objectives)
        carried = list(
            self._handed[-1].carried if self._handed else self._carried
        )
        shares, found = [], []
        for place, chunk in enumerate(self._chunks):
            some = [objective for objective in chunk if objective in wanted]
            if not some:
                continue
            task = worker.Task(
                self.target.path,
                chunk,
                dataclasses.replace(call, objectives=some),
                epoch,
                self.canvas.size,
            )
            refs = self._cluster.submit(task, carried[place])
            if call.keep:
                carried[place] = refs[1]
            shares.append(some)
            found.append(refs)
        self._handed.append(_Handed(epoch, call, shares, found, carried))

    def _cut(self) -> None:
        size = self._cluster.chunk()
        # Variants of one objective are to differ: they stay together.
        groups: dict[Any, list[Objective]] = {}
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
        """As `LayerMaximizer.run`."""
        epoch = self._cluster.epoch
        later: list[_Handed] = []
        if not self._handed or not self._handed[0].answers(epoch, call):
            later = [other for other in self._drop() if other.epoch > epoch]
            self.hand_out(epoch, call)
        handed = self._handed.popleft()
        self._carried = handed.carried
        for other in later:
            self.hand_out(other.epoch, other.call)
        ray, parts = self._cluster.ray, []
        for part, _, canvas in handed.found:
            try:
                parts.append(ray.get(part))
                self.canvas = ray.get(canvas) or self.canvas
            except ray.exceptions.RayTaskError as error:
                raise error.cause from None
        for _ in range(call.steps if on_step else 0):
            assert on_step is not None
            on_step(len(call.objectives))
        return gathered(call.objectives, handed.shares, parts)

    def _drop(self) -> list[_Handed]:
        """Gives up what was handed out for calls that do not come."""
        dropped = list(self._handed)
        self._handed.clear()
        for handed in dropped:
            for refs in handed.found:
                self._cluster.ray.cancel(refs[0])
        return dropped
