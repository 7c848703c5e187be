"""Maximizes filters on the workers of a Ray cluster.

The main process submits the tasks of all layers and of the next checkpoints
ahead of time, and collects the answers in the order in which one machine
would compute them. It alone measures filters on the data and writes the log.
"""

import dataclasses
import pathlib
import uuid
from collections import deque
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from tb_actmax.data.fitting import FittedModel
from tb_actmax.distribution.ray import worker
from tb_actmax.distribution.ray.connection import connect
from tb_actmax.maximizer.base import (
    Call,
    Maximized,
    Maximizer,
    OnStep,
    gathered,
)
from tb_actmax.maximizer.layer_maximizer import LayerMaximizer
from tb_actmax.measures.image_quality import ImageResponse
from tb_actmax.network import saved_models as saved
from tb_actmax.network.layers import Target
from tb_actmax.objectives import Objective
from tb_actmax.objectives.terms import Term

_RETRIES = 5  # times that Ray repeats a task whose worker has died
_MIN_FILTERS, _MAX_FILTERS = 8, 64  # per task
_TASKS = 4  # per worker and checkpoint, so that few workers idle at its end

Ref = Any  # ray.ObjectRef; Ray is imported only if it is used


class Cluster:
    """Submits tasks to the workers of a Ray cluster.

    Args:
        address: Address of the cluster; "local" starts one on this machine.
        path: Path of the first model.
        builder: See `saved_models.load`.
        measured: Whether workers run each layer on the images that they find.

    Raises:
        ImportError: If Ray is not installed.
        ValueError: If the model cannot be sent.
        ConnectionError: If no cluster answers at the address.

    Attributes:
        ray: The module `ray`, connected.
        epoch: Epoch of the checkpoint that is rendered.
        ahead: Number of checkpoints to submit beyond that one.
    """

    ahead = 2

    def __init__(
        self,
        address: str,
        path: pathlib.Path,
        builder: str | None,
        measured: bool,
    ):
        if path.is_dir():
            raise ValueError(
                f"{path} is a folder: --ray takes .keras and .weights.h5 files."
            )
        self.ray = connect(address)
        self.epoch = 0
        self._path, self._builder, self._measured = path, builder, measured
        self._weights: dict[int, Ref] = {}
        self._maximizers: dict[str, RayMaximizer] = {}
        self._recipe: Ref = None
        self._ascend = self.ray.remote(worker.ascend).options(
            num_returns=2, num_cpus=1, max_retries=_RETRIES
        )

    def make_maximizer(
        self,
        fitted: FittedModel,
        target: Target,
        objectives: Sequence[Objective],
        seed: int,
    ) -> "RayMaximizer":
        """Makes a layer's maximizer; a `MakeMaximizer`."""
        if self._recipe is None:
            self._recipe = self.ray.put(
                worker.Recipe(
                    uuid.uuid4().hex,
                    self._path.name,
                    self._path.read_bytes(),
                    self._builder,
                    fitted.model.choices,
                    fitted.statistics,
                    fitted.shape,
                    seed,
                    self._measured,
                )
            )
        maximizer = RayMaximizer(self, fitted, target, objectives, seed)
        self._maximizers[target.path] = maximizer
        return maximizer

    @property
    def filters_per_task(self) -> int:
        """Number of filters of one task."""
        workers = int(self.ray.cluster_resources().get("CPU", 1))
        total = sum(len(m.objectives) for m in self._maximizers.values())
        even = -(-total // (_TASKS * workers))
        return min(max(even, _MIN_FILTERS), _MAX_FILTERS)

    def submit_checkpoint(
        self,
        epoch: int,
        weights: saved.Weights,
        calls: Mapping[str, Sequence[Call]],
    ) -> None:
        """Submits the work of a checkpoint ahead of time.

        Args:
            epoch: Epoch of the checkpoint.
            weights: Its weights.
            calls: The calls to expect of each layer's maximizer.
        """
        self._weights[epoch] = self.ray.put(weights)
        for path, expected in calls.items():
            for call in expected:
                self._maximizers[path].submit(epoch, call)

    def begin(self, epoch: int) -> None:
        """Starts to render a checkpoint, and forgets earlier ones."""
        self.epoch = epoch
        for past in [known for known in self._weights if known < epoch]:
            del self._weights[past]

    def submit(
        self, task: worker.Task, carried: "worker.Carried | Ref"
    ) -> tuple[Ref, Ref]:
        """Submits a task; returns references to what `ascend` returns."""
        weights = self._weights[task.epoch]
        answer, coefficients = self._ascend.remote(
            self._recipe, weights, task, carried
        )
        return answer, coefficients

    def close(self) -> None:
        """Disconnects; a local cluster ends."""
        self.ray.shutdown()


@dataclasses.dataclass(frozen=True)
class _Pending:
    """A call whose tasks are submitted.

    Attributes:
        epoch: Epoch of the checkpoint.
        call: The call.
        shares: Objectives of each task.
        answers: Reference to the answer of each task.
        carried: Coefficients of each chunk after the call, or references.
    """

    epoch: int
    call: Call
    shares: list[list[Objective]]
    answers: list[Ref]
    carried: list[worker.Carried | Ref]


class RayMaximizer(Maximizer):
    """Has workers maximize the filters of one layer.

    The filters are divided into chunks. The tasks of a chunk follow each other
    from checkpoint to checkpoint, each with the coefficients of the one
    before. The images are those of one machine, because each filter has its
    own random stream.

    Args:
        cluster: The cluster.
        fitted: The model and its inputs.
        target: The layer.
        objectives: Objectives to maximize.
        seed: Seed of the random starts.
    """

    def __init__(
        self,
        cluster: Cluster,
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
        self._cluster = cluster
        self._chunks: list[list[Objective]] = []
        self._carried: list[worker.Carried | Ref] = []
        self._pending: deque[_Pending] = deque()
        self._image_responses: dict[Objective, ImageResponse] = {}

    @property
    def image_responses(self) -> Mapping[Objective, ImageResponse]:
        """See `Maximizer.image_responses`."""
        return self._image_responses

    def resume(
        self, objective: Objective, image: npt.NDArray[np.float32]
    ) -> None:
        """See `Maximizer.resume`; only before the first call is submitted."""
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
            answer, coefficients = self._cluster.submit(task, carried[index])
            if call.keep:
                carried[index] = coefficients
            shares.append(share)
            answers.append(answer)
        self._pending.append(_Pending(epoch, call, shares, answers, carried))

    def _divide(self) -> None:
        """Divides the filters into chunks."""
        size = self._cluster.filters_per_task
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
        """See `Maximizer.run`."""
        epoch = self._cluster.epoch
        later: list[_Pending] = []
        first = self._pending[0] if self._pending else None
        if first is None or (first.epoch, first.call) != (epoch, call):
            # Another call was expected, for instance because the layer gave
            # NaN. The calls of later checkpoints are submitted again.
            later = [other for other in self._cancel() if other.epoch > epoch]
            self.submit(epoch, call)
        pending = self._pending.popleft()
        self._carried = pending.carried
        for other in later:
            self.submit(other.epoch, other.call)
        ray = self._cluster.ray
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
                self._cluster.ray.cancel(answer)
        return cancelled
