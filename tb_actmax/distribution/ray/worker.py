"""Maximizes some filters of a layer in a worker process of a Ray cluster.

A task depends only on its arguments, so Ray can repeat it on another worker
after a crash. The process keeps the model and the traced steps for later tasks.
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
from tb_actmax.maximizer.layer_maximizer import LayerMaximizer
from tb_actmax.measures.image_quality import ImageMeasurer, ImageResponse
from tb_actmax.network import layers
from tb_actmax.network import saved_models as saved
from tb_actmax.network.entrance import rebuilt
from tb_actmax.objectives import Objective

_MOST_MEASURED = 4096  # filters of a layer

Carried = dict[Objective, npt.NDArray[np.float32]]


@dataclasses.dataclass(frozen=True)
class Recipe:
    """Describes the network to the workers. It is sent once."""

    run: str  # unique name of the rendering
    name: str  # of the first model's file
    data: bytes  # of that file, which workers may not be able to read
    builder: str | None  # see `saved_models.load`
    choices: Mapping[str, Any]  # see `ImageModel.choices`
    statistics: Statistics
    shape: tuple[int, ...]  # of one input, (height, width, channels)
    seed: int
    measured: bool  # whether workers also run the layer on the images
    views: int  # see `LayerMaximizer`


@dataclasses.dataclass(frozen=True)
class Task:
    """One ascent of some filters of a layer."""

    path: str
    filters: Sequence[Objective]  # of the chunk, all
    call: Call  # of some of them
    epoch: int  # of the checkpoint


@dataclasses.dataclass(frozen=True)
class Answer:
    """Result of a task."""

    found: Maximized
    image_responses: list[ImageResponse]  # of the layer, or empty


class _Network:
    """This process's copy of the network."""

    def __init__(self, recipe: Recipe):
        self.recipe = recipe
        self._epoch: int | None = None
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / recipe.name
            path.write_bytes(recipe.data)
            self._model = saved.load(path, recipe.builder)
        model = rebuilt(self._model, recipe.choices)
        self._fitted = FittedModel(model, None, recipe.shape, recipe.statistics)
        self._targets = layers.find_targets(model, recipe.shape)
        self._maximizers: dict[str, LayerMaximizer] = {}
        self._measurers: dict[str, ImageMeasurer] = {}

    def load(self, epoch: int, weights: saved.Weights) -> None:
        """Loads the weights of a checkpoint."""
        if epoch != self._epoch:
            self._model.set_weights(weights)
            self._epoch = epoch

    def maximizer(
        self, path: str, filters: Sequence[Objective]
    ) -> LayerMaximizer:
        """Returns the layer's maximizer, traced once per process."""
        if path not in self._maximizers:
            target = self._targets[path]
            self._maximizers[path] = LayerMaximizer(
                self._fitted.of(target),
                target,
                filters,
                self.recipe.seed,
                views=self.recipe.views,
            )
        return self._maximizers[path]

    def responses(self, path: str, found: Maximized) -> list[ImageResponse]:
        """Measures the responses of a layer to images of its filters.

        Returns none for wide layers, because the responses grow with the square
        of the filters. The main process measures such layers in parts.
        """
        target = self._targets[path]
        if target.filters > _MOST_MEASURED:
            return []
        if path not in self._measurers:
            fitted = self._fitted.of(target)
            self._measurers[path] = ImageMeasurer(fitted, target)
        return self._measurers[path].responses(
            found.images, found.filters.tolist()
        )


_networks: dict[str, _Network] = {}  # of the current rendering only


def ascend(
    recipe: Recipe, weights: saved.Weights, task: Task, carried: Carried
) -> tuple[Answer, Carried]:
    """Runs a task with the weights of its checkpoint.

    Takes the coefficients of the filters' last ascents; returns those of all
    filters of the task with the answer.
    """
    if recipe.run not in _networks:
        if not _networks:  # Ray gives each worker one processor
            tf.config.threading.set_intra_op_parallelism_threads(1)
            tf.config.threading.set_inter_op_parallelism_threads(1)
        _networks.clear()
        _networks[recipe.run] = _Network(recipe)
    network = _networks[recipe.run]
    network.load(task.epoch, weights)
    maximizer = network.maximizer(task.path, task.filters)
    maximizer.carry(carried)
    found = maximizer.run(task.call)
    plain = all(objective.plain for objective in task.call.objectives)
    responses: list[ImageResponse] = []
    if recipe.measured and plain and task.call.keep:
        responses = network.responses(task.path, found)
    return Answer(found, responses), maximizer.carried
