"""Maximizes filters on the workers of a Ray cluster.

The main process submits the tasks of all layers and of the next checkpoints
ahead of time, and collects the answers in the order in which one machine would
compute them. Only the main process measures filters on the data and writes the
log.
"""

import pathlib
import uuid
from collections.abc import Mapping, Sequence

from tb_actmax.data.fitting import FittedModel
from tb_actmax.distribution.ray import worker
from tb_actmax.distribution.ray.connection import connect
from tb_actmax.distribution.ray.maximizer import RayMaximizer
from tb_actmax.distribution.ray.tasks import Tasks
from tb_actmax.maximizer.base import Call
from tb_actmax.network import saved_models as saved
from tb_actmax.network.target import Target
from tb_actmax.objectives import Objective


class Cluster:
    """Renders saved models on the workers of a Ray cluster.

    The address "local" starts a cluster on this machine. `path` and `builder`
    are those of the first model, and `measured` makes workers also run each
    layer on the images.
    """

    ahead = 2  # checkpoints to submit ahead

    def __init__(
        self,
        address: str,
        path: pathlib.Path,
        builder: str | None,
        measured: bool,
        views: int = 1,
    ):
        if path.is_dir():
            raise ValueError(
                f"{path} is a folder: --ray takes .keras and .weights.h5 files."
            )
        self._tasks = Tasks(connect(address))
        self._path, self._builder, self._measured = path, builder, measured
        self._views = views
        self._maximizers: dict[str, RayMaximizer] = {}

    def make_maximizer(
        self,
        fitted: FittedModel,
        target: Target,
        objectives: Sequence[Objective],
        seed: int,
    ) -> RayMaximizer:
        """Makes the maximizer of a layer, as `MakeMaximizer` does."""
        if not self._maximizers:
            whole = fitted.videos or fitted
            self._tasks.recipe = self._tasks.ray.put(
                worker.Recipe(
                    run=uuid.uuid4().hex,
                    name=self._path.name,
                    data=self._path.read_bytes(),
                    builder=self._builder,
                    choices=whole.model.choices,
                    statistics=whole.statistics,
                    shape=whole.shape,
                    seed=seed,
                    measured=self._measured,
                    views=self._views,
                )
            )
        maximizer = RayMaximizer(self._tasks, fitted, target, objectives, seed)
        self._tasks.filters += len(maximizer.objectives)
        self._maximizers[target.path] = maximizer
        return maximizer

    def submit_checkpoint(
        self,
        epoch: int,
        weights: saved.Weights,
        calls: Mapping[str, Sequence[Call]],
    ) -> None:
        """Submits the expected calls of a checkpoint, by layer, in advance."""
        self._tasks.add_checkpoint(epoch, weights)
        for path, expected in calls.items():
            for call in expected:
                self._maximizers[path].submit(epoch, call)

    def begin(self, epoch: int) -> None:
        """Starts rendering a checkpoint, and forgets earlier ones."""
        self._tasks.begin(epoch)

    def close(self) -> None:
        """Disconnects from the cluster, and ends a local one."""
        self._tasks.ray.shutdown()
