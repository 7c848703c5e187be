"""The interface of all maximizers.

One maximizer runs in this process, one divides a layer's filters among devices,
and one among the workers of a cluster. Callers need not know which.
"""

from __future__ import annotations

import abc
import dataclasses
from collections.abc import Callable, Mapping, Sequence
from typing import Literal

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from tb_actmax.data.fitting import FittedModel
from tb_actmax.maximizer.ascent.plan import OnStep
from tb_actmax.maximizer.figure import figure
from tb_actmax.maximizer.image.canvas import Canvas
from tb_actmax.measures.image_quality import ImageResponse
from tb_actmax.network.target import Target
from tb_actmax.objectives import Objective

Array = npt.NDArray[np.float32]

# Inputs and positions of the exemplars of objectives, see `Call`.
Exemplars = Mapping[Objective, npt.NDArray[np.int64]]


@dataclasses.dataclass
class Maximized:
    """Images that excite filters most, and their scores.

    Attributes:
        images: (n, height, width, channels) float32, in the network's own input
            range; (n, depth, height, width, channels) for volumes; (n, 1,
            length, channels) for signals.
        scores: (n,) float32, the value of the objective; for a filter, its
            pre-activation at the centre of the image.
        filters: (n,) int, the filters; -1 for objectives of several filters.
        status: (n,) strings: "ok"; "weak" (the data barely excite the filter);
            "dead" (the data never excite it, or, without data, it has no
            gradient); "flat" (no image was found); or "plain" (the unit sees a
            single value, so its image has one shade).
        labels: (n,) names of the objectives: "7" for filter 7, or the name of a
            class.
        value_range: Input values that are drawn black and white; `None` for the
            extremes of the images.
        layer: Path of the layer.
    """

    images: Array
    scores: Array
    filters: npt.NDArray[np.int64]
    status: list[str]
    labels: list[str] = dataclasses.field(default_factory=list)
    value_range: tuple[float, float] | None = None
    layer: str = ""

    def _repr_html_(self) -> str:
        """Returns the labelled images, for a notebook."""
        names = self.labels or [str(index) for index in self.filters]
        captions = [
            (name, f"score {score:.3g}{'' if kind == 'ok' else f', {kind}'}")
            for name, score, kind in zip(
                names, self.scores, self.status, strict=True
            )
        ]
        return figure(self.images, captions, self.value_range, self.layer)


@dataclasses.dataclass(frozen=True)
class Call:
    """A request to a maximizer.

    Attributes:
        how: "cold", from a random start, or "warm", from the end of the last
            ascents.
        steps: Steps to take, at least 1.
        objectives: What to maximize; for "warm", objectives that were maximized
            before.
        keep: Whether the next warm ascents start from the results.
        exemplars: The inputs that excite each objective most, and the positions
            of the peaks in the layer's map, (k, 2). Images that have room for
            objects are pulled towards them.
    """

    how: Literal["cold", "warm"]
    steps: int
    objectives: list[Objective]
    keep: bool = True
    exemplars: Exemplars | None = None


class Maximizer(abc.ABC):
    """Maximizes objectives of one layer, at each update again.

    Attributes:
        target: The layer.
        objectives: What it maximizes.
        canvas: Parametrization of the images.
    """

    target: Target
    objectives: list[Objective]
    canvas: Canvas

    @property
    def traces(self) -> int:
        """Steps traced in this process so far."""
        return 0

    @property
    def building(self) -> float:
        """Seconds that tracing has taken in this process so far."""
        return 0.0

    @property
    def variables(self) -> list[tf.Tensor] | None:
        """Handles of the variables that the results depend on.

        `None` if they are unknown: before the first call, in another process,
        or if the results also depend on something else.
        """
        return None

    @property
    @abc.abstractmethod
    def cold_steps(self) -> int:
        """Default number of steps of an ascent from a random start."""

    @property
    def pulled(self) -> bool:
        """Whether images are pulled towards exemplars, if a call has any."""
        return False

    @property
    def image_responses(self) -> Mapping[Objective, ImageResponse]:
        """Responses of the layer to the last images, if they are known.

        Empty unless the maximizing processes also run the layer on their
        images.
        """
        return {}

    @abc.abstractmethod
    def run(self, call: Call, on_step: OnStep | None = None) -> Maximized:
        """Maximizes objectives.

        Args:
            call: The objectives, and how to maximize them.
            on_step: Called after each step, with the filters that took it.
        """

    @abc.abstractmethod
    def resume(self, objective: Objective, image: Array) -> None:
        """Starts an objective's next warm ascent from an image.

        Args:
            objective: One of the objectives.
            image: An image of an earlier training, of the canvas's size,
                (*size, channels).
        """

    def cold(
        self,
        steps: int | None = None,
        objectives: Sequence[Objective] | None = None,
        on_step: OnStep | None = None,
        exemplars: Exemplars | None = None,
    ) -> Maximized:
        """Maximizes from a random start.

        Args:
            steps: Steps to take, at least 1; `None` for `cold_steps`.
            objectives: Some of the objectives; `None` for all.
            on_step: Called after each step, with the filters that took it.
            exemplars: See `Call`.
        """
        chosen = list(self.objectives if objectives is None else objectives)
        taken = self.cold_steps if steps is None else steps
        call = Call("cold", taken, chosen, exemplars=exemplars)
        return self.run(call, on_step)

    def warm(
        self,
        steps: int = 8,
        objectives: Sequence[Objective] | None = None,
        on_step: OnStep | None = None,
        keep: bool = True,
        exemplars: Exemplars | None = None,
    ) -> Maximized:
        """Maximizes from the end of the last ascents.

        Args:
            steps: Steps to take, at least 1.
            objectives: Objectives that were maximized before; `None` for all.
            on_step: Called after each step, with the filters that took it.
            keep: Whether the next warm ascents start from the results.
            exemplars: See `Call`.
        """
        chosen = list(self.objectives if objectives is None else objectives)
        call = Call("warm", steps, chosen, keep, exemplars)
        return self.run(call, on_step)


# Makes the maximizer of a layer from the model, the layer, the objectives and
# the seed of the random starts.
MakeMaximizer = Callable[
    [FittedModel, Target, Sequence[Objective], int], Maximizer
]


def gathered(
    chosen: Sequence[Objective],
    shares: Sequence[Sequence[Objective]],
    parts: Sequence[Maximized],
) -> Maximized:
    """Joins the results of several ascents, in the order of `chosen`.

    Args:
        chosen: The objectives, in the order to return.
        shares: The objectives of each ascent; together they are `chosen`.
        parts: The result of each ascent, in the order of its share.
    """
    found = {
        objective: (part, row)
        for share, part in zip(shares, parts, strict=True)
        for row, objective in enumerate(share)
    }
    rows = [found[objective] for objective in chosen]
    return Maximized(
        np.stack([part.images[row] for part, row in rows]),
        np.asarray([part.scores[row] for part, row in rows], np.float32),
        np.asarray([part.filters[row] for part, row in rows], np.int64),
        [part.status[row] for part, row in rows],
        [part.labels[row] for part, row in rows],
    )


def joined(
    parts: Sequence[list[tf.Tensor] | None],
) -> list[tf.Tensor] | None:
    """Joins the variables of several ascents; `None` if any is unknown."""
    found: list[tf.Tensor] = []
    for part in parts:
        if part is None:
            return None
        found += part
    return found or None
