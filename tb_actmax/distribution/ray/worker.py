"""What a worker of a cluster does: some filters of a layer, one ascent.

A task depends on nothing but its arguments, so that it can be done again
elsewhere where a worker has died. The model and the traced steps stay in the
process for the tasks that come after.
"""

import dataclasses
import pathlib
import tempfile
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from tb_actmax.data.fitting import FittedModel
from tb_actmax.data.statistics import Statistics
from tb_actmax.maximizer.base import Call, Maximized
from tb_actmax.maximizer.image.canvas import Canvas
from tb_actmax.maximizer.layer_maximizer import LayerMaximizer
from tb_actmax.measures.image_quality import Reaction, Trust
from tb_actmax.network import layers
from tb_actmax.network import saved_models as saved
from tb_actmax.network.image_model import ImageModel
from tb_actmax.objectives import Objective

Carried = dict[Objective, npt.NDArray[np.float32]]


@dataclasses.dataclass(frozen=True)
class Recipe:
    """What a worker needs to know of the network, once.

    Attributes:
        run: Names the rendering, so that a process can serve several.
        name: Name of the first model's file.
        data: Its contents: the worker's machine need not have it.
        builder: As of `saved.load`.
        choices: Which input is maximized, and what the others are held at.
        statistics: Statistics of the data.
        shape: Shape of one input, (height, width, channels).
        seed: Seed of the random starts.
        probed: Whether there is a sample of the data, on which what the
            images excite is measured.
    """

    run: str
    name: str
    data: bytes
    builder: str | None
    choices: Mapping[str, Any]
    statistics: Statistics
    shape: tuple[int, ...]
    seed: int
    probed: bool


@dataclasses.dataclass(frozen=True)
class Task:
    """One ascent of some filters of a layer.

    Attributes:
        path: The layer.
        filters: The filters that go through the checkpoints together.
        call: What is asked; its objectives are some of `filters`.
        epoch: Names the checkpoint.
        size: Of the canvas that the images are expected on.
    """

    path: str
    filters: Sequence[Objective]
    call: Call
    epoch: int
    size: tuple[int, ...]


class _Kept:
    """A process's own copy of the network."""

    def __init__(self, recipe: Recipe):
        self._recipe = recipe
        self._epoch: int | None = None
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / recipe.name
            path.write_bytes(recipe.data)
            self._model = saved.load(path, recipe.builder)
        seen = ImageModel(self._model, **recipe.choices)
        self._fitted = FittedModel(seen, None, recipe.shape, recipe.statistics)
        self._targets = layers.find_targets(seen, recipe.shape)
        self._maximizers: dict[str, LayerMaximizer] = {}
        self._trust: dict[str, Trust] = {}

    def take(self, epoch: int, weights: saved.Weights) -> None:
        """Becomes the network of a checkpoint."""
        if epoch != self._epoch:
            self._model.set_weights(weights)
            self._epoch = epoch

    def maximizer(
        self, path: str, filters: Sequence[Objective]
    ) -> LayerMaximizer:
        """The layer's maximizer; its step is traced once a process."""
        if path not in self._maximizers:
            self._maximizers[path] = LayerMaximizer(
                self._fitted,
                self._targets[path],
                filters,
                self._recipe.seed,
            )
        return self._maximizers[path]

    def react(self, path: str, found: Maximized) -> list[Reaction]:
        """What the network makes of the images; most of what measuring takes.

        Args:
            path: The layer.
            found: Images of its filters.
        """
        target = self._targets[path]
        if path not in self._trust:
            self._trust[path] = Trust(self._fitted, target)
        units = target.positions or (1,) * (len(self._recipe.shape) - 1)
        return self._trust[path].react(
            found.images, found.filters.tolist(), units
        )


_kept: dict[str, _Kept] = {}


def ascend(
    recipe: Recipe, weights: saved.Weights, task: Task, carried: Carried
) -> tuple[Maximized, Carried, Canvas | None]:
    """Does a task.

    Args:
        recipe: The network.
        weights: The checkpoint's weights.
        task: The task.
        carried: Coefficients of the filters' last ascents.

    Returns:
        What is found, the coefficients of all the task's filters, and the
        canvas that the images are on where it is another one than expected.
    """
    if recipe.run not in _kept:
        if not _kept:  # a worker is one processor's
            tf.config.threading.set_intra_op_parallelism_threads(1)
            tf.config.threading.set_inter_op_parallelism_threads(1)
        _kept.clear()
        _kept[recipe.run] = _Kept(recipe)
    kept = _kept[recipe.run]
    kept.take(task.epoch, weights)
    maximizer = kept.maximizer(task.path, task.filters)
    maximizer.carried = dict(carried)
    found = maximizer.run(task.call)
    plain = all(objective.plain for objective in task.call.objectives)
    if recipe.probed and plain and task.call.keep:
        found.reactions = kept.react(task.path, found)
    canvas = maximizer.canvas
    other = None if canvas.size == task.size else canvas
    return found, maximizer.carried, other
