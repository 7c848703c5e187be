"""Maximizes the filters of a layer on several devices."""

import concurrent.futures
import dataclasses
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from tb_actmax.data.fitting import FittedModel
from tb_actmax.maximizer.ascent.plan import OnStep
from tb_actmax.maximizer.ascent.problem import Transform
from tb_actmax.maximizer.base import (
    Call,
    Maximized,
    Maximizer,
    gathered,
    joined,
)
from tb_actmax.maximizer.layer_maximizer import LayerMaximizer
from tb_actmax.network.target import Target
from tb_actmax.objectives import Objective


class MirroredMaximizer(Maximizer):
    """Runs a `LayerMaximizer` on each device, each with its own weights.

    An objective stays on one device, which keeps the coefficients of its last
    ascent. The images do not depend on the number of devices, because each
    objective has its own random stream.
    """

    def __init__(
        self,
        fitted: FittedModel,
        target: Target,
        objectives: Sequence[Objective],
        seed: int,
        devices: Sequence[str],
        transforms: Sequence[Transform] | None = None,
        pull: bool = True,
    ):
        self._devices = list(devices)
        self._parts = [
            LayerMaximizer(
                fitted, target, objectives, seed, transforms, pull=pull
            )
            for _ in devices
        ]
        self.canvas = self._parts[0].canvas
        self.target = target
        self.objectives = self._parts[0].objectives
        # Variants of an objective must differ: they stay on one device.
        groups = dict.fromkeys(objective.terms for objective in objectives)
        self._device_of = {
            terms: number % len(devices) for number, terms in enumerate(groups)
        }
        self._traced = False

    @property
    def traces(self) -> int:
        return sum(part.traces for part in self._parts)

    @property
    def building(self) -> float:
        return sum(part.building for part in self._parts)

    @property
    def variables(self) -> list[tf.Tensor] | None:
        used = [part for part in self._parts if part.traces]
        return joined([part.variables for part in used])

    @property
    def cold_steps(self) -> int:
        return self._parts[0].cold_steps

    @property
    def pulled(self) -> bool:
        return self._parts[0].pulled

    def resume(
        self, objective: Objective, image: npt.NDArray[np.float32]
    ) -> None:
        part = self._parts[self._device_of[objective.terms]]
        part.resume(objective, image)

    def run(self, call: Call, on_step: OnStep | None = None) -> Maximized:
        shares: dict[int, list[Objective]] = {}
        for objective in call.objectives:
            index = self._device_of[objective.terms]
            shares.setdefault(index, []).append(objective)

        def work(index: int) -> Maximized:
            share = dataclasses.replace(call, objectives=shares[index])
            with tf.device(self._devices[index]):
                return self._parts[index].run(share, on_step)

        if self._traced:
            with concurrent.futures.ThreadPoolExecutor(len(shares)) as pool:
                found = list(pool.map(work, shares))
        else:  # traces take turns anyway: one device at a time
            found = [work(index) for index in shares]
            self._traced = True
        return gathered(call.objectives, list(shares.values()), found)
