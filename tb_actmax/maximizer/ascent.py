"""Gradient ascent on the images of a layer's filters, all in one batch.

"NGA", normalized-gradient ascent: each image's gradient is divided by its own
length, so that a step has the same size for every filter, and the step falls
linearly to nothing. 32 such steps do more than 128 of Adam.
"""

import dataclasses
import time
import zlib
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from tb_actmax.maximizer import compiled, schedule
from tb_actmax.maximizer import transforms as moves
from tb_actmax.maximizer.canvas import Canvas
from tb_actmax.maximizer.inputs import ImageModel
from tb_actmax.maximizer.layers import Target
from tb_actmax.maximizer.objectives import CENTRE, Place
from tb_actmax.maximizer.step import StepTracer, bytes_per_image

Array = npt.NDArray[np.float32]

MEMORY = 2**30  # bytes that the images of one batch may take, all maps counted

_TRIAL = 16  # images of a step that is timed
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
        self._batch = 0
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
        self._step: Any = None
        self._leaky: Any = None  # the same; its ReLUs leak where asked to

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
        if self._step is None:
            plain = self._leaky = self._tracer.trace()
            self._batch = max(1, MEMORY // bytes_per_image(plain.graph))
            self._step = self._faster(plain)

    def _faster(self, plain: Any) -> Any:
        """The step, its network compiled where that is faster."""
        if not compiled.worth_trying():
            return plain
        before, began = self._tracer.building, time.perf_counter()
        step = compiled.faster(
            plain,
            lambda: self._tracer.trace(compiled=True),
            lambda: self._tracer.inputs(min(self._batch, _TRIAL)),
        )
        self._tracer.building = before + time.perf_counter() - began
        return step

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
        for first in range(0, len(keys), self._batch):
            some = slice(first, first + self._batch)
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
        still = moves.identity(count, self.canvas.size)
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
        moved = np.zeros(count, bool)
        # On the device at once: small networks spend much on the way there.
        state, weights = tf.constant(state), tf.constant(weights)
        plans = zip(
            tf.unstack(_for_each(plan.rates, count)),
            tf.unstack(tf.constant(shifts)),
            tf.unstack(tf.constant(plan.contrasts)),
            tf.unstack(tf.constant(plan.leaks)),
            strict=True,
        )
        for step, (rates, shift, contrast, leak) in enumerate(plans):
            leaks = plan.leaks[step] > 0
            take = self._leaky if leaks else self._step
            state, _, _, lengths = take(
                state, weights, rates, shift, contrast, leak
            )
            stuck = lengths.numpy() == 0
            moved |= ~stuck
            if not leaks and step + 1 in _RESCUES and stuck.any():
                state, _, _, lengths = self._leaky(
                    state,
                    weights,
                    rates * stuck.astype(np.float32),
                    shift,
                    contrast,
                    schedule.LEAK,
                )
                moved |= stuck & (lengths.numpy() > 0)
            if on_step is not None:
                on_step(count)
        # One more step of size 0 draws the images as they stand.
        state, images, values, _ = self._step(
            state,
            weights,
            np.zeros(count, np.float32),
            still,
            np.float32(1),
            np.float32(0),
        )
        return Ascended(images.numpy(), values.numpy(), moved, state.numpy())

    def _random(self, key: int) -> np.random.Generator:
        layer = zlib.crc32(self.target.path.encode())
        return np.random.default_rng([self._seed, layer, key])


def _for_each(rates: Array, count: int) -> tf.Tensor:
    """Rates of steps (steps,) for each image, (steps, n)."""
    return tf.repeat(tf.constant(rates[:, None], tf.float32), count, axis=1)


def _with_length(coefficients: npt.NDArray[Any], length: float) -> Array:
    axes = tuple(range(1, coefficients.ndim))
    lengths = np.sqrt((coefficients**2).sum(axis=axes, keepdims=True))
    scaled = coefficients * (length / np.maximum(lengths, 1e-12))
    return np.asarray(scaled, np.float32)
