"""Spreads filters over the workers of a Ray cluster.

The work of all layers and of the next checkpoints is handed out ahead, and
waited for in the order in which one machine would do it. Only the process
that hands out measures and writes.
"""

import pathlib
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from tb_actmax.data.fitting import FittedModel
from tb_actmax.distribution.ray import worker
from tb_actmax.distribution.ray.connection import connected
from tb_actmax.distribution.ray.spread import RayMaximizer
from tb_actmax.maximizer.base import Call
from tb_actmax.network import saved_models as saved
from tb_actmax.network.layers import Target
from tb_actmax.objectives import Objective

_RETRIES = 5  # times that a task is done again where its worker has died
_FEWEST, _MOST = 8, 64  # filters of one task
_TASKS = 4  # for each worker and checkpoint, so that none idles at the end


class Cluster:
    """Hands out tasks to Ray's workers.

    Args:
        address: The cluster's; "local" starts one on this machine.
        path: The first model.
        builder: As of `saved.load`.
        probed: Whether images are measured on a sample of the data.

    Raises:
        ImportError: If Ray is not installed.
        ValueError: If the model cannot be sent.
        ConnectionError: If no cluster answers at the address.

    Attributes:
        ahead: Checkpoints to hand out beyond the one that is waited for.
    """

    ahead = 2

    def __init__(
        self,
        address: str,
        path: pathlib.Path,
        builder: str | None,
        probed: bool,
    ):
        if path.is_dir():
            raise ValueError(
                f"{path} is a folder: --ray takes .keras and .weights.h5 files."
            )
        self.ray = connected(address)
        self.workers = int(self.ray.cluster_resources().get("CPU", 1))
        self.epoch = 0
        self._path, self._builder, self._probed = path, builder, probed
        self._weights: dict[int, Any] = {}
        self._maximizers: dict[str, RayMaximizer] = {}
        self._recipe: Any = None
        self._ascend = self.ray.remote(worker.ascend).options(
            num_returns=3, num_cpus=1, max_retries=_RETRIES
        )

    def make_maximizer(
        self,
        fitted: FittedModel,
        target: Target,
        objectives: Sequence[Objective],
        seed: int,
    ) -> RayMaximizer:
        """Makes a layer's maximizer."""
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
                    self._probed,
                )
            )
        made = RayMaximizer(self, fitted, target, objectives, seed)
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
