"""Divides the filters of a layer among devices, each with its own weights."""

import concurrent.futures
import dataclasses
import functools
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from tb_actmax.data.fitting import FittedModel
from tb_actmax.maximizer.base import (
    Call,
    MakeMaximizer,
    Maximized,
    Maximizer,
    OnStep,
    gathered,
)
from tb_actmax.maximizer.layer_maximizer import LayerMaximizer
from tb_actmax.network.layers import Target
from tb_actmax.objectives import Objective


class MirroredMaximizer(Maximizer):
    """Stands for a `LayerMaximizer`, one of which runs on each device.

    A filter is always maximized on the same device, where its coefficients
    are carried from look to look. The images are those of one device: each
    filter has a random stream of its own.

    Args:
        fitted: The model and its inputs.
        target: The layer.
        objectives: What to maximize.
        seed: Seed of the random starts.
        devices: Names of the devices.
    """

    def __init__(
        self,
        fitted: FittedModel,
        target: Target,
        objectives: Sequence[Objective],
        seed: int,
        devices: Sequence[str],
    ):
        self._devices = list(devices)
        self._parts = [
            LayerMaximizer(fitted, target, objectives, seed) for _ in devices
        ]
        self.canvas = self._parts[0].canvas
        self.target = self._parts[0].target
        self.objectives = self._parts[0].objectives
        self._place = dealt(self.objectives, len(self._parts))
        self._traced = False

    @property
    def traces(self) -> int:
        """Steps traced so far, on all devices."""
        return sum(part.traces for part in self._parts)

    @property
    def building(self) -> float:
        """Seconds that tracing has taken, on all devices."""
        return sum(part.building for part in self._parts)

    def fits(self, size: tuple[int, ...]) -> bool:
        """As `LayerMaximizer.fits`."""
        every = []
        for device, part in zip(self._devices, self._parts, strict=True):
            with tf.device(device):
                every.append(part.fits(size))
        self.canvas = self._parts[0].canvas
        return all(every)

    def resume(
        self, objective: Objective, image: npt.NDArray[np.float32]
    ) -> None:
        """As `LayerMaximizer.resume`."""
        self._parts[self._place[objective.terms]].resume(objective, image)

    def take_whole(self) -> None:
        """As `LayerMaximizer.take_whole`."""
        for part in self._parts:
            part.take_whole()
        self.canvas = self._parts[0].canvas

    def run(self, call: Call, on_step: OnStep | None = None) -> Maximized:
        """As `LayerMaximizer.run`."""
        shares: list[list[Objective]] = [[] for _ in self._parts]
        for objective in call.objectives:
            shares[self._place[objective.terms]].append(objective)
        busy = [place for place, share in enumerate(shares) if share]

        def work(place: int) -> Maximized:
            own = dataclasses.replace(call, objectives=shares[place])
            with tf.device(self._devices[place]):
                return self._parts[place].run(own, on_step)

        if self._traced:
            with concurrent.futures.ThreadPoolExecutor(len(busy)) as pool:
                parts = list(pool.map(work, busy))
        else:  # traces take turns: they swap parts of the layers they run
            parts = [work(place) for place in busy]
            self._traced = True
        self.canvas = self._parts[busy[0]].canvas
        return gathered(
            call.objectives, [shares[place] for place in busy], parts
        )


def among_devices(devices: Sequence[str]) -> MakeMaximizer:
    """Returns what makes the maximizer of a layer.

    Args:
        devices: Devices to divide the filters among; empty for the default.
    """
    if not devices:
        return LayerMaximizer
    return functools.partial(MirroredMaximizer, devices=devices)


def dealt(objectives: Sequence[Objective], places: int) -> dict[Any, int]:
    """Where each objective is maximized, by its terms.

    Variants of one objective are to differ: they stay together.

    Args:
        objectives: All of a layer.
        places: Number of devices or processes.
    """
    groups = dict.fromkeys(objective.terms for objective in objectives)
    return {terms: number % places for number, terms in enumerate(groups)}
