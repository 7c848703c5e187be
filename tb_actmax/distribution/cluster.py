"""Spreads filters over the workers of a Ray cluster.

The work of all layers and of the next checkpoints is handed out ahead, and
waited for in the order in which one machine would do it. Only the process
that hands out measures and writes. What is handed out ahead is a guess of
what will be asked for: where the guess is wrong, it is dropped.
"""

import dataclasses
import logging
import os
import pathlib
import uuid
from collections import deque
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from tb_actmax import saved
from tb_actmax.distribution import worker
from tb_actmax.distribution.replicas import gathered
from tb_actmax.maximizer.base import Call, Maximized, Maximizer, OnStep
from tb_actmax.maximizer.layer_maximizer import LayerMaximizer
from tb_actmax.maximizer.objectives import Objective

_RETRIES = 5  # times that a task is done again where its worker has died
_FEWEST, _MOST = 8, 64  # filters of one task
_TASKS = 4  # for each worker and checkpoint, so that none idles at the end


class Cluster:
    """Hands out tasks to Ray's workers.

    Args:
        address: The cluster's; "local" starts one on this machine.
        path: The first model.
        builder: As of `saved.load`.

    Raises:
        ImportError: If Ray is not installed.
        ValueError: If the model cannot be sent.
        ConnectionError: If there is no cluster at the address.

    Attributes:
        ahead: Checkpoints to hand out beyond the one that is waited for.
    """

    ahead = 2

    def __init__(self, address: str, path: pathlib.Path, builder: str | None):
        if path.is_dir():
            raise ValueError(
                f"{path} is a folder: --ray takes .keras and .weights.h5 files."
            )
        self.ray = _connected(address)
        self.workers = int(self.ray.cluster_resources().get("CPU", 1))
        self.epoch = 0
        self._path, self._builder = path, builder
        self._weights: dict[int, Any] = {}
        self._maximizers: dict[str, SpreadMaximizer] = {}
        self._recipe: Any = None
        self._ascend = self.ray.remote(worker.ascend).options(
            num_returns=3, num_cpus=1, max_retries=_RETRIES
        )

    def make(self, *arguments: Any) -> "SpreadMaximizer":
        """Makes a layer's maximizer, of the arguments of `LayerMaximizer`."""
        model, target, _, statistics, shape, seed = arguments
        if self._recipe is None:
            self._recipe = self.ray.put(
                worker.Recipe(
                    uuid.uuid4().hex,
                    self._path.name,
                    self._path.read_bytes(),
                    self._builder,
                    model.choices,
                    statistics,
                    shape,
                    seed,
                )
            )
        made = SpreadMaximizer(self, *arguments)
        self._maximizers[target.path] = made
        return made

    def chunk(self) -> int:
        """Filters of one task."""
        total = sum(len(m.objectives) for m in self._maximizers.values())
        even = -(-total // (_TASKS * self.workers))
        return min(max(even, _FEWEST), _MOST)

    def hand_out(
        self,
        epoch: int,
        weights: saved.Weights,
        calls: Mapping[str, Sequence[Call]],
    ) -> None:
        """Hands out a checkpoint's work, ahead of when it is asked for.

        Args:
            epoch: Names the checkpoint.
            weights: Its weights.
            calls: What will be asked of each layer's maximizer.
        """
        self._weights[epoch] = self.ray.put(weights)
        for path, some in calls.items():
            for call in some:
                self._maximizers[path].hand_out(epoch, call)

    def begin(self, epoch: int) -> None:
        """Says which checkpoint is looked at from now on."""
        self.epoch = epoch
        for past in [known for known in self._weights if known < epoch]:
            del self._weights[past]

    def submit(self, task: worker.Task, carried: Any) -> list[Any]:
        """References to what `worker.ascend` will return."""
        weights = self._weights[task.epoch]
        refs = self._ascend.remote(self._recipe, weights, task, carried)
        return list(refs)

    def close(self) -> None:
        """Leaves the cluster; a local one ends."""
        self.ray.shutdown()


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


class SpreadMaximizer(Maximizer):
    """Stands for a `LayerMaximizer` whose filters workers maximize.

    The layer is cut into chunks of filters. A chunk's tasks follow each other
    from checkpoint to checkpoint, each with the coefficients of the one
    before. The images are those of one machine: each filter has a random
    stream of its own.

    Args:
        cluster: The cluster.
        arguments: Those of `LayerMaximizer`.
    """

    def __init__(self, cluster: Cluster, *arguments: Any):
        # Never traced: it knows the canvas, and how to resume.
        self._local = LayerMaximizer(*arguments)
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


def _connected(address: str) -> Any:
    """Ray, connected to a cluster."""
    # A cluster that we start reports to nobody, unless it is told to.
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    try:
        import ray
    except ImportError as error:
        raise ImportError(
            "--ray needs Ray: pip install 'tb-actmax[ray]'."
        ) from error
    local = {"include_dashboard": False} if address == "local" else {}
    ray.init(
        address,
        log_to_driver=False,
        logging_level=logging.ERROR,
        runtime_env={"env_vars": {"KERAS_BACKEND": "tensorflow"}},
        **local,
    )
    return ray
