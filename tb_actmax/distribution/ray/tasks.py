"""Submits tasks to the workers of a Ray cluster."""

from typing import Any

from tb_actmax.distribution.ray import worker
from tb_actmax.network import saved_models as saved

_RETRIES = 5  # times that Ray repeats a task whose worker has died
_MIN_FILTERS, _MAX_FILTERS = 8, 64  # per task
_TASKS = 4  # per worker and checkpoint, so that few workers idle at its end

Ref = Any  # ray.ObjectRef; Ray is imported only if it is used


class Tasks:
    """Submits tasks, each with the weights of its checkpoint."""

    def __init__(self, ray: Any):
        self.ray = ray
        self.epoch = 0  # of the checkpoint that is rendered
        self.recipe: Ref = None  # describes the network for all tasks
        self.filters = 0  # of all layers
        self._weights: dict[int, Ref] = {}
        self._ascend = ray.remote(worker.ascend).options(
            num_returns=2, num_cpus=1, max_retries=_RETRIES
        )

    @property
    def filters_per_task(self) -> int:
        """Number of filters of one task."""
        workers = int(self.ray.cluster_resources().get("CPU", 1))
        even = -(-self.filters // (_TASKS * workers))
        return min(max(even, _MIN_FILTERS), _MAX_FILTERS)

    def add_checkpoint(self, epoch: int, weights: saved.Weights) -> None:
        """Sends the weights of a checkpoint, for tasks that follow."""
        self._weights[epoch] = self.ray.put(weights)

    def begin(self, epoch: int) -> None:
        """Starts rendering a checkpoint, and forgets earlier ones."""
        self.epoch = epoch
        for past in [known for known in self._weights if known < epoch]:
            del self._weights[past]

    def submit(
        self, task: worker.Task, carried: worker.Carried | Ref
    ) -> tuple[Ref, Ref]:
        """Submits a task; returns references to what `ascend` returns."""
        weights = self._weights[task.epoch]
        answer, coefficients = self._ascend.remote(
            self.recipe, weights, task, carried
        )
        return answer, coefficients
