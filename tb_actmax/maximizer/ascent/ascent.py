"""Gradient ascent on the images of a layer's filters, all in one batch.

"NGA", normalized-gradient ascent: each image's gradient is divided by its own
length, so that a step has the same size for every filter, and the step falls
linearly to nothing. 32 such steps do more than 128 of Adam.
"""

import dataclasses
import zlib
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from tb_actmax.maximizer.ascent import schedule
from tb_actmax.maximizer.ascent.step import StepTracer
from tb_actmax.maximizer.ascent.stepper import Stepper
from tb_actmax.maximizer.image import transforms as moves
from tb_actmax.maximizer.image.canvas import Canvas
from tb_actmax.network.image_model import ImageModel
from tb_actmax.network.layers import Target
from tb_actmax.objectives import CENTRE, Place

Array = npt.NDArray[np.float32]

_RESCUES = (1, 2, 4, 8, 16)  # steps after which images without gradient leak


@dataclasses.dataclass
class Ascended:
    """What an ascent found.

    Attributes:
        images: (n, *size, channels), in the network's input range.
        scores: (n,) pre-activations of the images.
        moved: (n,) whether there ever was a gradient to follow.
        coefficients: (n, ...) to start from the next time.
    """

    images: Array
    scores: Array
    moved: npt.NDArray[np.bool_]
    coefficients: Array


class Ascent:
    """Maximizes filters of one layer; traced once, used at every epoch.

    Args:
        model: The model; its weights are read as they are at each call.
        target: The layer.
        canvas: How images are made of coefficients.
        transforms: How images are moved at each step.
        size: Rows and columns of one input of the model; of a volume slices
            before them.
        places: Where in the layer's map the terms of the objectives are.
        diverse: Whether the images of one run are to differ from each other.
        seed: Seed of the starts and movements. Each filter has its own
            stream, so its image does not depend on what else is maximized.
        cut: Whether the network may be run on the part of an image that the
            places see.
    """

    def __init__(
        self,
        model: ImageModel,
        target: Target,
        canvas: Canvas,
        transforms: moves.Transforms,
        size: tuple[int, ...],
        places: Sequence[Place] = (CENTRE,),
        diverse: bool = False,
        seed: int = 0,
        cut: bool = True,
    ):
        self.target = target
        self.canvas = canvas
        self._transforms = transforms
        self._seed = seed
        self._tracer = StepTracer(
            model,
            target,
            canvas,
            transforms.moves,
            size,
            places,
            diverse,
            cut,
        )
        self._take = Stepper(self._tracer)

    @property
    def traces(self) -> int:
        """Steps traced so far."""
        return self._tracer.traces

    @property
    def building(self) -> float:
        """Seconds that tracing has taken."""
        return self._tracer.building

    def build(self) -> None:
        """Traces the step. Called by the first ascent if not before."""
        self._take.build()

    def run(
        self,
        weights: Array,
        keys: Sequence[int],
        steps: int,
        start: Array | None = None,
        on_step: Callable[[int], None] | None = None,
    ) -> Ascended:
        """Maximizes.

        Args:
            weights: How much each filter of the layer counts for each image
                at each place, (n, places, filters); one-hot for a single one.
            keys: A number for each image that names its random stream.
            steps: Steps to take, at least 1.
            start: Coefficients of an earlier ascent to go on from.
            on_step: Called after each step, with the images of the batch.

        Returns:
            The images and what is known of them.
        """
        self.build()
        parts = []
        for first in range(0, len(keys), self._take.batch):
            some = slice(first, first + self._take.batch)
            begin = None if start is None else start[some]
            parts.append(
                self._run(weights[some], keys[some], steps, begin, on_step)
            )
        return Ascended(
            *(
                np.concatenate([getattr(part, field.name) for part in parts])
                for field in dataclasses.fields(Ascended)
            )
        )

    def _run(
        self,
        weights: Array,
        keys: Sequence[int],
        steps: int,
        start: Array | None,
        on_step: Callable[[int], None] | None,
    ) -> Ascended:
        randoms = [self._random(key) for key in keys]
        count = len(keys)
        if start is None:
            plan = schedule.cold(steps, deep=self.target.field.depth > 1)
            start = np.stack(
                [r.normal(size=self.canvas.shape) for r in randoms]
            )
            # An even start would lie beyond the range, without a gradient.
            start.reshape(count, self.canvas.channels, -1, 2)[:, :, 0] = 0
        else:
            plan = schedule.warm(steps, template=not self._transforms.moves)
        state = _with_length(start, plan.length)
        shifts = self._transforms.sample(randoms, plan.moves, self.canvas.size)
        # One more step of size 0 draws the images as they stand.
        still = moves.identity(count, self.canvas.size)
        rates: Array = np.repeat(
            np.append(plan.rates, np.float32(0))[:, None], count, axis=1
        )
        shifts = np.append(shifts, still[None], axis=0)
        contrasts = np.append(plan.contrasts, np.float32(1))
        leaks = np.append(plan.leaks, np.float32(0))
        # On the device at once: small networks spend much on the way there.
        state, weights = tf.constant(state), tf.constant(weights)
        moved = np.zeros(count, bool)
        for first, last in self._calls(steps, count):
            some = slice(first, last)
            taken = self._take(
                state,
                weights,
                rates[some],
                shifts[some],
                contrasts[some],
                leaks[some],
            )
            state = taken.state
            moved |= taken.moved
            stuck = taken.lengths == 0
            at = slice(last - 1, last)
            closed = stuck.any() and last <= steps and not leaks[at]
            if closed and last in _RESCUES:
                again = self._take(
                    state,
                    weights,
                    np.where(stuck, rates[at], np.float32(0)),
                    shifts[at],
                    contrasts[at],
                    np.full(1, schedule.LEAK),
                )
                state = again.state
                moved |= again.moved
            if on_step is not None:
                for _ in range(first, min(last, steps)):
                    on_step(count)
        return Ascended(
            taken.images.numpy(), taken.values.numpy(), moved, state.numpy()
        )

    def _calls(self, steps: int, count: int) -> Iterator[tuple[int, int]]:
        """First step, and last + 1, of each call; the drawing one counted."""
        most, first = self._take.at_once(count), 0
        while first <= steps:
            ends = (end for end in _RESCUES if first < end <= steps)
            last = min(next(ends, steps + 1), first + most)
            yield first, last
            first = last

    def _random(self, key: int) -> np.random.Generator:
        layer = zlib.crc32(self.target.path.encode())
        return np.random.default_rng([self._seed, layer, key])


def _with_length(coefficients: npt.NDArray[Any], length: float) -> Array:
    axes = tuple(range(1, coefficients.ndim))
    lengths = np.sqrt((coefficients**2).sum(axis=axes, keepdims=True))
    scaled = coefficients * (length / np.maximum(lengths, 1e-12))
    return np.asarray(scaled, np.float32)
