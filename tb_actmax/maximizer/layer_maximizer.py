"""Maximizes the filters of one layer, in this process."""

import zlib
from collections.abc import Hashable, Mapping, Sequence

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from tb_actmax.data.fitting import FittedModel
from tb_actmax.maximizer.ascent.ascent import Ascended, Ascent
from tb_actmax.maximizer.ascent.limits import Limits
from tb_actmax.maximizer.ascent.plan import OnStep
from tb_actmax.maximizer.ascent.problem import Problem, Transform
from tb_actmax.maximizer.ascent.pull import crop_around
from tb_actmax.maximizer.ascent.step import Tracing
from tb_actmax.maximizer.base import (
    Call,
    Maximized,
    Maximizer,
    gathered,
    joined,
)
from tb_actmax.maximizer.image import defaults
from tb_actmax.network.target import Target
from tb_actmax.objectives import Objective
from tb_actmax.objectives.terms import CENTRE, Readout

Array = npt.NDArray[np.float32]

Kind = tuple[tuple[Readout, ...], bool]  # what objectives read; diverse or not

_SINGLE: Kind = ((CENTRE,), False)  # the kind of single filters
_FLAT = 0.02  # an image with less than this share of the contrast is flat


class LayerMaximizer(Maximizer):
    """Maximizes objectives of one layer, at each update again.

    The step of each kind of objective is traced at its first use. Weights are
    read at each call.

    Args:
        fitted: The model, and the shape and statistics of its inputs.
        target: The layer, as `layers.find_targets` returns it.
        objectives: What to maximize, as `choose_objectives` returns it.
        seed: Seed of the random starts.
        transforms: Functions of images to apply after the default movements;
            `None` for none.
        limits: Limits of what is computed at once.
        views: Number of differently moved views of an image in each step, if it
            has room for objects.
        pull: Whether such images of hidden units are pulled towards the
            features of exemplars.

    Attributes:
        carried: Coefficients of each objective's last ascent, from which its
            next warm ascent starts.
    """

    def __init__(
        self,
        fitted: FittedModel,
        target: Target,
        objectives: Sequence[Objective],
        seed: int = 0,
        transforms: Sequence[Transform] | None = None,
        limits: Limits | None = None,
        views: int = 1,
        pull: bool = True,
    ):
        self.target = target
        self.objectives = list(objectives)
        self._tracing = Tracing()
        self.carried: dict[Objective, Array] = {}
        statistics, shape = fitted.statistics, fitted.shape
        beside = any(set(o.readouts) != {CENTRE} for o in self.objectives)
        self.canvas = defaults.canvas(target, statistics, shape, beside)
        self._style = defaults.style(target, shape)
        self._moves = defaults.movements(target, self.canvas.size, self._style)
        self._crops = True  # whether the network takes parts of images
        self._fitted = fitted
        self._seed = seed
        self._transforms = tuple(transforms or ())
        self._limits = limits or Limits()
        self._views = views if self._style.balanced else 1
        self._pulled = (
            pull
            and self._style.pulled
            and not transforms
            and statistics.images is not None
        )
        # The ascent for each kind of objective, and the layer's index among
        # those that it maximizes.
        self._ascents: dict[Kind, tuple[Ascent, int]] = {}

    @property
    def traces(self) -> int:
        """Steps traced so far: one for each kind of objective."""
        return self._tracing.steps

    @property
    def building(self) -> float:
        """Seconds that tracing has taken so far."""
        return self._tracing.seconds

    @property
    def variables(self) -> list[tf.Tensor] | None:
        """See `Maximizer.variables`."""
        return joined(
            [ascent.variables[at] for ascent, at in self._ascents.values()]
        )

    @property
    def cold_steps(self) -> int:
        """See `Maximizer.cold_steps`."""
        return self._style.steps

    @property
    def pulled(self) -> bool:
        """See `Maximizer.pulled`."""
        return self._pulled

    def carry(self, coefficients: Mapping[Objective, Array]) -> None:
        """Replaces the coefficients from which warm ascents start."""
        self.carried = dict(coefficients)

    def resume(self, objective: Objective, image: Array) -> None:
        """Starts an objective's next warm ascent from an image."""
        (self.carried[objective],) = self.canvas.coefficients(image[None])

    def run(self, call: Call, on_step: OnStep | None = None) -> Maximized:
        """Maximizes objectives.

        Args:
            call: The objectives, and how to maximize them.
            on_step: Called after each step, with the filters that took it.
        """
        batches = _batches(call.objectives)
        parts = []
        for some in batches:
            ascended = self._ascend(call, some, on_step)
            parts.append(self.maximized(call, some, ascended))
        return gathered(call.objectives, batches, parts)

    def maximized(
        self, call: Call, some: Sequence[Objective], ascended: Ascended
    ) -> Maximized:
        """Returns what an ascent found for some objectives of a call.

        Args:
            call: The call.
            some: The objectives.
            ascended: The result of the ascent.
        """
        if call.keep:
            self.carried.update(zip(some, ascended.coefficients, strict=True))
        numbers = [-1 if o.filter is None else o.filter for o in some]
        return Maximized(
            ascended.images,
            ascended.scores,
            np.asarray(numbers, np.int64),
            self._status(ascended, call.how == "warm"),
            [o.label for o in some],
        )

    def _ascend(
        self, call: Call, some: list[Objective], on_step: OnStep | None
    ) -> Ascended:
        """Maximizes objectives of one kind."""
        ascent, layer = self.ascent(some[0])
        start = None
        if call.how == "warm":
            start = np.stack([self.carried[o] for o in some])

        return ascent.run(
            lambda part: {layer: self.weights(some[part])},
            [self.random(o) for o in some],
            call.steps,
            start,
            on_step,
            self.exemplars(call, some),
        )

    def weights(self, some: Sequence[Objective]) -> Array:
        """Returns weights of the filters in objectives, see `Ascent.run`.

        Args:
            some: Objectives of one kind.
        """
        return np.stack([o.vectors(self.target.filters) for o in some])

    def random(self, objective: Objective) -> np.random.Generator:
        """Returns the random stream of an objective.

        Its image does therefore not depend on other objectives.

        Args:
            objective: The objective.
        """
        layer = zlib.crc32(self.target.path.encode())
        return np.random.default_rng([self._seed, layer, objective.stream])

    def exemplars(
        self, call: Call, some: Sequence[Objective]
    ) -> list[list[Array]] | None:
        """Returns the exemplars to pull images towards, see `Pull.targets`.

        Args:
            call: The call.
            some: Objectives of it.
        """
        if call.exemplars is None:
            return None
        return [self._crops_of(call.exemplars.get(o)) for o in some]

    def ascent(self, objective: Objective) -> tuple[Ascent, int]:
        """Returns the ascent for an objective's kind, traced at its first use.

        Args:
            objective: The objective. Two objectives are of one kind if their
                terms read the same positions, and both or neither are diverse.

        Returns:
            The ascent, and the layer's index among those that it maximizes.
        """
        kind = (objective.readouts, objective.variants > 1)
        if kind not in self._ascents:
            try:
                self._ascents[kind] = self._traced(*kind), 0
            except (TypeError, ValueError, tf.errors.OpError):
                # Some networks take inputs of one size only, for example
                # because of position embeddings, and some resize their inputs.
                if not self._crops:
                    raise
                self._crops = False
                self._ascents[kind] = self._traced(*kind), 0
        return self._ascents[kind]

    def _traced(self, readouts: tuple[Readout, ...], diverse: bool) -> Ascent:
        problem = self._problem((self.target,), readouts, diverse)
        ascent = self._ascent_of(problem)
        if problem.pulled:  # there may be no features to pull at
            self._pulled = ascent.pulled[0]
        return ascent

    def shared_ascent(self, others: Sequence["LayerMaximizer"]) -> Ascent:
        """Traces an ascent of single filters of this layer and others.

        Args:
            others: Maximizers of layers that the model runs before this one.
                Their images and this layer's are made in the same way.
        """
        targets = (*(one.target for one in others), self.target)
        return self._ascent_of(self._problem(targets, *_SINGLE))

    def share(self, ascent: Ascent, layer: int) -> None:
        """Lets an ascent maximize the layer's single filters from now on.

        Args:
            ascent: The ascent, as `shared_ascent` returns it.
            layer: The layer's index among those of the ascent.
        """
        self._ascents[_SINGLE] = ascent, layer
        self._pulled = self._pulled and ascent.pulled[layer]

    def _ascent_of(self, problem: Problem) -> Ascent:
        return Ascent(problem, self._moves, self._tracing, self._limits)

    def _problem(
        self,
        targets: tuple[Target, ...],
        readouts: tuple[Readout, ...],
        diverse: bool,
    ) -> Problem:
        moves = self._moves
        return Problem(
            self._fitted.model,
            targets,
            readouts,
            diverse,
            self.canvas,
            self._fitted.shape[:-1],
            not moves.still,
            moves.wide > 0,
            self._transforms,
            self._crops,
            self._views,
            self._pulled and set(readouts) == {CENTRE} and not diverse,
            self._style.leak,
        )

    def _crops_of(self, exemplars: npt.NDArray[np.int64] | None) -> list[Array]:
        """Crops the inputs that excite a unit most to the part that it sees."""
        images, size = self._fitted.statistics.images, self.canvas.drawn
        if exemplars is None or images is None:
            return []
        return [
            crop_around(images[index], self.target, int(position), size)
            for index, position in exemplars
        ]

    def _status(self, found: Ascended, warm: bool) -> list[str]:
        pixels = tuple(range(1, found.images.ndim - 1))
        deviation = found.images.std(axis=pixels).max(axis=-1)
        flat = deviation < _FLAT * self.canvas.contrast
        moved, right = found.moved, "ok"
        if self.canvas.single:
            flat[:] = False  # its values are not compared
            moved = moved | warm  # its colour may be at a limit
            right = "ok" if self.canvas.channels > 1 else "plain"
        return [
            "dead" if not one else "flat" if is_flat else right
            for one, is_flat in zip(moved, flat, strict=True)
        ]


def _batches(objectives: Sequence[Objective]) -> list[list[Objective]]:
    """Groups objectives by kind, and variants of one objective together."""
    batches: dict[Hashable, list[Objective]] = {}
    for objective in objectives:
        alone = objective.terms if objective.variants > 1 else None
        batches.setdefault((objective.readouts, alone), []).append(objective)
    return list(batches.values())
