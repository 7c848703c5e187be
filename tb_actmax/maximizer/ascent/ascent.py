"""Gradient ascent on the images of a layer's filters, in batches.

Each image's gradient is divided by its own length, and the length of the steps
falls linearly to zero. 32 such steps reach more than 128 steps of Adam.
"""

import contextlib
import dataclasses
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from tb_actmax.maximizer.ascent import schedule
from tb_actmax.maximizer.ascent.limits import Limits
from tb_actmax.maximizer.ascent.plan import (
    OnStep,
    Plan,
    StepPlan,
    make_plan,
    with_length,
)
from tb_actmax.maximizer.ascent.problem import Problem
from tb_actmax.maximizer.ascent.pull import Pull
from tb_actmax.maximizer.ascent.step import (
    ConcreteFunction,
    Tracing,
    bytes_per_image,
    leaked,
    trace_loop,
    trace_step,
)
from tb_actmax.maximizer.image.movements import Movements
from tb_actmax.network.private_state import PrivateState
from tb_actmax.network.read_variables import read_variables

Array = npt.NDArray[np.float32]
Fixed = tuple[tf.Tensor, ...]  # arguments of all steps, see `trace_step`

_RESCUES = (1, 2, 4, 8, 16)  # steps after which images without gradient leak


class Ascended(NamedTuple):
    """The result of an ascent.

    Attributes:
        images: (n, *size, channels), in the network's input range.
        scores: (n,) pre-activations of the images.
        moved: (n,) whether there was a gradient at any step.
        coefficients: Final coefficients, (n, ...), to start the next ascent
            from.
    """

    images: Array
    scores: Array
    moved: npt.NDArray[np.bool_]
    coefficients: Array

    def of(self, rows: slice) -> "Ascended":
        """Returns the result for some of the images."""
        return Ascended(
            self.images[rows],
            self.scores[rows],
            self.moved[rows],
            self.coefficients[rows],
        )


class _Taken(NamedTuple):
    """The result of the steps of one call.

    Attributes:
        state: Coefficients after the last step, (n, ...).
        images: Images before the last step, (n, *size, channels).
        values: Their values, (n,).
        lengths: Lengths of the gradients at the last step, (n,).
        moved: Whether there was a gradient at any step, (n,).
    """

    state: tf.Tensor
    images: tf.Tensor
    values: tf.Tensor
    lengths: Array
    moved: npt.NDArray[np.bool_]


class Ascent:
    """Maximizes objectives of one kind; traced once, used at every epoch.

    Args:
        problem: The objectives' kind, the layer and the images.
        moves: How far images are moved at each step.
        tracing: Counts the traces.
        limits: Limits of what is computed at once.

    Attributes:
        variables: Handles of the variables that the results of each layer
            depend on, see `read_variables`.
        bytes_per_image: Upper bound of the memory of one image of a batch.
        pulled: Whether the images of each layer are pulled.

    Raises:
        ValueError: If the step cannot be traced; see `trace_step`.
    """

    def __init__(
        self,
        problem: Problem,
        moves: Movements,
        tracing: Tracing,
        limits: Limits,
    ):
        self._targets = problem.targets
        self._canvas = problem.canvas
        self._moves = moves
        self._views = problem.views
        self._tracing = tracing
        self._limits = limits
        self._pull: Pull | None = None
        if problem.pulled:
            with tracing.measured(steps=0):
                pull = Pull(problem)
            self._pull = pull if pull.size else None
            problem = dataclasses.replace(problem, pulled=pull.size > 0)
        with tracing.measured():
            step = trace_step(problem)
            self._step = self._draw = step.call
        if problem.transforms:
            still = dataclasses.replace(problem, moved=False, transforms=())
            with tracing.measured():
                self._draw = trace_step(still).call
        self._leak = leaked(problem, self._step)
        # The gradient of several layers passes all of them: for each of them,
        # only what its values read counts.
        self.variables = (
            [read_variables(self._step)]
            if len(problem.targets) == 1
            else [read_variables(self._step, [end]) for end in step.values]
        )
        self.pulled = [
            self._pull is not None and bool(self._pull.own[layer].any())
            for layer in range(len(problem.targets))
        ]
        self._state = PrivateState(self._step, self._draw)
        self._loop: ConcreteFunction | None = None
        self._taken = 0  # steps, one by one
        self._operations = len(self._step.graph.get_operations())
        self.bytes_per_image = problem.views * bytes_per_image(self._step)
        terms = len(problem.readouts)
        most = max(target.filters for target in problem.targets)
        self._weight_bytes = 4 * terms * most
        self._no_weights = [
            np.zeros((0, terms, target.filters), np.float32)
            for target in problem.targets
        ]

    def run(
        self,
        weights: Callable[[slice], Mapping[int, Array]],
        randoms: Sequence[np.random.Generator],
        steps: int,
        start: Array | None = None,
        on_step: OnStep | None = None,
        exemplars: Sequence[Sequence[Array]] | None = None,
    ) -> Ascended:
        """Maximizes the objectives.

        Args:
            weights: Returns the weights of a layer's filters in each term,
                (n, terms, filters), for some of the images; one-hot for single
                filters. The weights of all filters of a wide layer at once
                would take gigabytes. By the layer's index in the problem's
                targets, in ascending order; layers without images may be
                missing.
            randoms: The random stream of each image's start and movements.
            steps: Steps to take, at least 1.
            start: Coefficients of an earlier ascent to start from.
            on_step: Called after each step, with the images of the batch.
            exemplars: The exemplars to pull each image towards, see
                `Pull.targets`; `None` not to pull.
        """
        batch = self._limits.memory // self.bytes_per_image
        batch = max(1, min(batch, self._limits.weights // self._weight_bytes))
        parts = []
        for first in range(0, len(randoms), batch):
            some = slice(first, first + batch)
            begin = None if start is None else start[some]
            pulled = None if exemplars is None else exemplars[some]
            fixed = self._fixed(weights(some), pulled)
            parts.append(self._run(fixed, randoms[some], steps, begin, on_step))
        return Ascended(*map(np.concatenate, zip(*parts, strict=True)))

    def _fixed(
        self,
        weights: Mapping[int, Array],
        exemplars: Sequence[Sequence[Array]] | None,
    ) -> Fixed:
        """Returns the arguments that are the same at all steps."""
        # They are copied to the device once, because small networks spend much
        # time on copying.
        fixed = tuple(
            tf.constant(weights.get(layer, nothing))
            for layer, nothing in enumerate(self._no_weights)
        )
        if self._pull is None:
            return fixed
        layers = [layer for layer, some in weights.items() for _ in some]
        targets = self._pull.targets(exemplars or [()] * len(layers), layers)
        return *fixed, tf.constant(targets)

    def _run(
        self,
        fixed: Fixed,
        randoms: Sequence[np.random.Generator],
        steps: int,
        start: Array | None,
        on_step: OnStep | None,
    ) -> Ascended:
        self._state.refresh()
        count, canvas, moves = len(randoms), self._canvas, self._moves
        cutoff, leak = canvas.cutoff, self._leak
        if start is None:
            deep = self._targets[0].field.depth > 1
            patches = canvas.statistics.heavy and not canvas.single
            planned = schedule.cold(steps, deep, cutoff, patches, leak)
            begin = self._patches(randoms) if patches else self._noise(randoms)
        else:
            begin = start
            planned = schedule.warm(
                steps, moves.still, cutoff, canvas.single, leak
            )
        plan = make_plan(planned, moves, self._views, randoms, canvas.drawn)
        each = plan.steps()
        state = tf.constant(with_length(begin, planned.length))
        moved = np.zeros(count, bool)
        for first, last in self._calls(steps, count):
            if last - first == 1:
                taken = self._take(state, fixed, each[first], first == steps)
            else:
                taken = self._take_many(state, fixed, plan.part(first, last))
            state = taken.state
            moved |= taken.moved
            stuck = taken.lengths == 0
            closed = stuck.any() and last <= steps and not plan.leaks[last - 1]
            if closed and last in _RESCUES:
                leaking = each[last - 1]._replace(
                    rates=tf.where(stuck, plan.rates[last - 1], 0.0),
                    leak=tf.constant(schedule.LEAK, tf.float32),
                )
                rescued = self._take(state, fixed, leaking)
                state = rescued.state
                moved |= rescued.moved
            if on_step is not None:
                for _ in range(first, min(last, steps)):
                    on_step(count)
        return Ascended(
            taken.images.numpy(), taken.values.numpy(), moved, state.numpy()
        )

    def _noise(
        self, randoms: Sequence[np.random.Generator]
    ) -> npt.NDArray[np.floating]:
        """Returns random coefficients."""
        noise = np.stack([r.normal(size=self._canvas.shape) for r in randoms])
        # A uniform start would lie outside the range, where there is no
        # gradient.
        noise.reshape(len(noise), self._canvas.channels, -1, 2)[:, :, 0] = 0
        return noise

    def _patches(self, randoms: Sequence[np.random.Generator]) -> Array:
        """Returns coefficients of random crops of the data.

        Noise with the contrast of heavy-tailed data resembles none of them: it
        closes units that a single peak would open.
        """
        crops = self._canvas.statistics.crops(self._canvas.size)
        chosen = [crops[r.integers(len(crops))] for r in randoms]
        return self._canvas.coefficients(np.stack(chosen))

    def _calls(self, steps: int, count: int) -> Iterator[tuple[int, int]]:
        """Yields the first step, and the last step + 1, of each call.

        A call ends where images without gradient may need a leak, and before
        the step that draws the images if that step is traced separately.
        """
        ends = [end for end in (*_RESCUES, steps) if end <= steps]
        if self._draw is self._step:
            ends.remove(steps)
        most, first = self._at_once(count), 0
        while first <= steps:
            end = next((e for e in sorted(ends) if e > first), steps + 1)
            last = min(end, first + most)
            yield first, last
            first = last

    def _at_once(self, count: int) -> int:
        """Returns the largest number of steps of a batch in one call."""
        most = self._limits.call // (self.bytes_per_image * count)
        looped = self._taken >= self._limits.before_loop * self._operations
        return most if looped and most >= self._limits.fewest else 1

    def _take(
        self,
        state: tf.Tensor,
        fixed: Fixed,
        plan: StepPlan,
        draws: bool = False,
    ) -> _Taken:
        """Takes one step, or draws the images with the last one."""
        step = self._draw if draws else self._step
        # TensorFlow prepares a graph at its first call, as long as several.
        first = self._tracing.measured(steps=0) if not self._taken else None
        self._taken += 1
        with first or contextlib.nullcontext():
            state, images, values, lengths = step(state, fixed, *plan)
            lengths = lengths.numpy()
        moved = (lengths > 0) & (plan.rates.numpy() > 0)
        return _Taken(state, images, values, lengths, moved)

    def _take_many(self, state: tf.Tensor, fixed: Fixed, plan: Plan) -> _Taken:
        """Takes all steps of a plan in one call."""
        if self._loop is None:
            with self._tracing.measured(steps=0):
                self._loop = trace_loop(self._step)
        state, images, values, lengths, moved = self._loop(state, fixed, *plan)
        return _Taken(state, images, values, lengths.numpy(), moved.numpy())
