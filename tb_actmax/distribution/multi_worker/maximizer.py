"""Divides the filters of a layer among the workers of a training."""

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from tb_actmax.distribution.mirrored import dealt
from tb_actmax.distribution.multi_worker.workers import (
    Arrays,
    Team,
    pack,
    unpack,
)
from tb_actmax.errors import described
from tb_actmax.maximizer.base import (
    Call,
    Maximized,
    Maximizer,
    OnStep,
    gathered,
)
from tb_actmax.maximizer.image.canvas import Canvas
from tb_actmax.objectives import Objective

_ARRAYS = ("images", "scores", "filters")  # of what was found


class SharedMaximizer(Maximizer):
    """Stands for a `LayerMaximizer`, one of which runs in each worker.

    The chief asks, all workers `answer`. A filter is always maximized by the
    same worker, where its coefficients are carried from look to look. The
    images are those of one process: each filter has a random stream of its
    own.

    Args:
        team: The workers.
        make: Makes this process's own maximizer.
        arguments: Those of `MakeMaximizer`, equal in all workers.
    """

    def __init__(self, team: Team, make: Callable[..., Any], *arguments: Any):
        self._team = team
        self._local = make(*arguments)
        self.canvas: Canvas = self._local.canvas
        self.target = self._local.target
        self.objectives: list[Objective] = self._local.objectives
        self._numbers = {o: number for number, o in enumerate(self.objectives)}
        self._place = dealt(self.objectives, team.size)
        # Images of earlier trainings, for the workers that are to have them.
        self._resumed: dict[Objective, npt.NDArray[np.float32]] = {}

    @property
    def traces(self) -> int:
        """Steps traced so far, in this process."""
        traced: int = self._local.traces
        return traced

    @property
    def building(self) -> float:
        """Seconds that tracing has taken, in this process."""
        seconds: float = self._local.building
        return seconds

    def fits(self, size: tuple[int, ...]) -> bool:
        """As `LayerMaximizer.fits`; the others find it out by themselves."""
        fitting: bool = self._local.fits(size)
        self.canvas = self._local.canvas
        return fitting

    def resume(
        self, objective: Objective, image: npt.NDArray[np.float32]
    ) -> None:
        """As `LayerMaximizer.resume`; the chief's."""
        self._resumed[objective] = image

    def run(self, call: Call, on_step: OnStep | None = None) -> Maximized:
        """As `LayerMaximizer.run`; the chief's, which asks the others."""
        question = {
            "layer": self.target.path,
            "how": call.how,
            "steps": call.steps,
            "objectives": [self._numbers[o] for o in call.objectives],
            "keep": call.keep,
        }
        images = {str(self._numbers[o]): i for o, i in self._resumed.items()}
        self._resumed.clear()
        self._team.tell(question, images)
        return self.answer(question, images, on_step)

    def answer(
        self,
        question: dict[str, Any],
        images: Arrays,
        on_step: OnStep | None = None,
    ) -> Maximized:
        """Maximizes this worker's share and hears what the others found.

        Args:
            question: What the chief asks.
            images: Those to resume from, by the numbers of objectives.
            on_step: Called after each step, with the filters that took it.

        Returns:
            What all found; the same in all workers.

        Raises:
            RuntimeError: If a worker failed.
        """
        chosen = [self.objectives[n] for n in question["objectives"]]
        shares: list[list[Objective]] = [[] for _ in range(self._team.size)]
        for objective in chosen:
            shares[self._place[objective.terms]].append(objective)
        mine, error = b"", None
        try:
            for number, image in images.items():
                objective = self.objectives[int(number)]
                if self._place[objective.terms] == self._team.place:
                    self._local.fits(image.shape[:-1])
                    self._local.resume(objective, image)
            share = shares[self._team.place]
            if share:
                how, keep = question["how"], question["keep"]
                call = Call(how, question["steps"], share, keep)
                mine = _packed(self._local.run(call, on_step))
        except Exception as raised:  # the others wait for an answer
            error = raised
            mine = pack({"error": described(raised)}, {})
        told = self._team.exchange(mine)
        if error is not None:
            raise error
        parts = [_unpacked(data, place) for place, data in enumerate(told)]
        there = [part for part in parts if part is not None]
        if there[0].images.shape[1:-1] != tuple(self.canvas.size):
            self._local.take_whole()  # as the others had to
        self.canvas = self._local.canvas
        return gathered(chosen, [share for share in shares if share], there)


def _packed(found: Maximized) -> bytes:
    """What was found, as bytes."""
    return pack(
        {"status": found.status, "labels": found.labels},
        {name: getattr(found, name) for name in _ARRAYS},
    )


def _unpacked(data: bytes, place: int) -> Maximized | None:
    """What a worker found; `None` where it had nothing to do."""
    if not data:
        return None
    header, arrays = unpack(data)
    if "error" in header:
        raise RuntimeError(f"worker {place}: {header['error']}")
    images, scores, filters = (arrays[name] for name in _ARRAYS)
    return Maximized(
        images, scores, filters, header["status"], header["labels"]
    )
