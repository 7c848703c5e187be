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

from tb_actmax.maximizer import schedule, unit
from tb_actmax.maximizer import transforms as moves
from tb_actmax.maximizer.canvas import Canvas
from tb_actmax.maximizer.field import FieldReader
from tb_actmax.maximizer.gradients import LEAK, gradients
from tb_actmax.maximizer.inputs import ImageModel
from tb_actmax.maximizer.layers import Target
from tb_actmax.maximizer.objectives import CENTRE, Place
from tb_actmax.maximizer.window import find_window

Array = npt.NDArray[np.float32]

MEMORY = 2**30  # bytes that the images of one batch may take, all maps counted

_RESCUES = (1, 2, 4, 8, 16)  # steps after which images without gradient leak
_APART = 0.7  # pull away from alike images, against that of the objective


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
        self.traces = 0
        self.building = 0.0  # seconds that tracing has taken
        self._model = model
        self._transforms = transforms
        self._places = tuple(places)
        self._diverse = diverse
        self._seed = seed
        self._batch = 0
        self._step: Any = None
        self._rescue: Any = None
        self._window = None
        if cut:
            self._window = find_window(target, places, canvas.size, size)

    def build(self) -> None:
        """Traces the step. Called by the first ascent if not before."""
        if self._step is None:
            self._step = self._traced(leak=False)
            self._batch = max(1, MEMORY // _bytes_per_image(self._step.graph))

    def _traced(self, leak: bool) -> Any:
        """One step; for images without a gradient, one that leaks."""
        spec = tf.TensorSpec

        def trace(*tensors: tf.Tensor) -> tuple[tf.Tensor, ...]:
            return self._trace(leak, *tensors)

        began = time.perf_counter()
        step = tf.function(trace, autograph=False)
        traced = step.get_concrete_function(
            spec((None, *self.canvas.shape), tf.float32),
            spec((None, len(self._places), self.target.filters), tf.float32),
            spec((None,), tf.float32),
            spec((None, moves.numbers(self.canvas.size)), tf.float32),
            spec((), tf.float32),
        )
        self.building += time.perf_counter() - began
        return traced

    def run(
        self,
        weights: Array,
        keys: Sequence[int],
        steps: int,
        start: Array | None = None,
        on_step: Callable[[], None] | None = None,
    ) -> Ascended:
        """Maximizes.

        Args:
            weights: How much each filter of the layer counts for each image
                at each place, (n, places, filters); one-hot for a single one.
            keys: A number for each image that names its random stream.
            steps: Steps to take, at least 1.
            start: Coefficients of an earlier ascent to go on from.
            on_step: Called after each step of each batch.

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
        on_step: Callable[[], None] | None,
    ) -> Ascended:
        randoms = [self._random(key) for key in keys]
        count = len(keys)
        still = moves.identity(count, self.canvas.size)
        if start is None:
            plan = schedule.cold(steps)
            start = np.stack(
                [r.normal(size=self.canvas.shape) for r in randoms]
            )
            # An even start would lie beyond the range, without a gradient.
            start.reshape(count, self.canvas.channels, -1, 2)[:, :, 0] = 0
        else:
            plan = schedule.warm(steps, template=not self._transforms.moves)
        state = _with_length(start, plan.length)
        shifts = self._transforms.sample(randoms, plan.moves, self.canvas.size)
        weights = tf.constant(weights)
        moved = np.zeros(count, bool)
        for step in range(steps):
            rates, contrast = (
                np.full(count, plan.rates[step]),
                plan.contrasts[step],
            )
            state, _, _, lengths = self._step(
                state, weights, rates, shifts[step], contrast
            )
            stuck = lengths.numpy() == 0
            moved |= ~stuck
            if step + 1 in _RESCUES and stuck.any():
                self._rescue = self._rescue or self._traced(leak=True)
                state, _, _, lengths = self._rescue(
                    state, weights, rates * stuck, shifts[step], contrast
                )
                moved |= stuck & (lengths.numpy() > 0)
            if on_step is not None:
                on_step()
        # One more step of size 0 draws the images as they stand.
        state, images, values, _ = self._step(
            state, weights, np.zeros(count, np.float32), still, np.float32(1)
        )
        return Ascended(images.numpy(), values.numpy(), moved, state.numpy())

    def _random(self, key: int) -> np.random.Generator:
        layer = zlib.crc32(self.target.path.encode())
        return np.random.default_rng([self._seed, layer, key])

    def _trace(
        self,
        leak: bool,
        coefficients: tf.Tensor,
        weights: tf.Tensor,
        rates: tf.Tensor,
        transforms: tf.Tensor,
        contrast: tf.Tensor,
    ) -> tuple[tf.Tensor, ...]:
        self.traces += 1
        images = self.canvas.images(
            coefficients, contrast, LEAK if leak else 0.0
        )
        seen = images
        if self._transforms.moves:
            seen = moves.apply(images, transforms)
        places, window = self._places, self._window
        if window is not None:
            places = window.places
            seen = seen[(slice(None), *window.slices)]
        with gradients(leak):
            values, inputs = unit.values(
                self._model, self.target, seen, places, weights
            )
            self._check_field(seen, inputs)
            apart = _unlikeness(inputs) if self._diverse else None
        gradient = tf.gradients(values, coefficients)[0]
        if gradient is None:
            raise ValueError(
                f"Layer {self.target.path!r} has no gradient with respect to "
                "the image: something before it passes none on (a comparison, "
                "rounding, whole numbers, `stop_gradient`). Layers before that "
                "can be maximized."
            )
        direction, lengths = _normalized(gradient)
        if apart is not None:
            away, _ = _normalized(tf.gradients(apart, coefficients)[0])
            direction, _ = _normalized(direction + _APART * away)
        moved = coefficients + direction * _for_each(rates, direction)
        return moved, images, values, lengths

    def _check_field(self, images: tf.Tensor, inputs: Any) -> None:
        """Checks that the layer sees of an image what it sees of an input.

        A network may scale what it is given to a size of its own.
        """
        declared = self.target.sees
        if declared is None or declared.whole or not tf.is_tensor(inputs):
            return
        field = FieldReader(images)(inputs)
        if field is None or not field.looks_like(declared):
            raise ValueError(
                f"Layer {self.target.path!r} sees another part of images of "
                f"{' x '.join(map(str, images.shape[1:-1]))} pixels."
            )


def _normalized(gradient: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """Each image's gradient in length 1 (or 0), and its length before."""
    axes = tuple(range(1, gradient.shape.rank))
    # A weight that is not finite must not spread from one image's gradient
    # to what is carried to the next epoch.
    gradient = tf.where(tf.math.is_finite(gradient), gradient, 0.0)
    lengths = tf.sqrt(tf.reduce_sum(tf.square(gradient), axis=axes))
    factor = tf.math.divide_no_nan(1.0, lengths)
    return gradient * _for_each(factor, gradient), lengths


def _for_each(numbers: tf.Tensor, arrays: tf.Tensor) -> tf.Tensor:
    """Numbers (n,) in a shape that multiplies arrays (n, ...)."""
    return tf.reshape(numbers, (-1, *(1 for _ in arrays.shape[1:])))


def _unlikeness(features: tf.Tensor) -> tf.Tensor:
    """How little a layer's inputs (n, ...) are like each other, a scalar."""
    count = tf.shape(features)[0]
    flat = tf.reshape(tf.cast(features, tf.float32), (count, -1))
    flat -= tf.reduce_mean(flat, axis=1, keepdims=True)
    flat = tf.math.l2_normalize(flat, axis=1, epsilon=1e-9)
    alike = tf.linalg.set_diag(
        tf.matmul(flat, flat, transpose_b=True), tf.zeros((count,))
    )
    return -tf.reduce_sum(tf.square(alike))


def _with_length(coefficients: npt.NDArray[Any], length: float) -> Array:
    axes = tuple(range(1, coefficients.ndim))
    lengths = np.sqrt((coefficients**2).sum(axis=axes, keepdims=True))
    scaled = coefficients * (length / np.maximum(lengths, 1e-12))
    return np.asarray(scaled, np.float32)


def _bytes_per_image(graph: Any) -> int:
    """Upper bound of what one image takes: all maps, none freed."""
    total = 0
    for operation in graph.get_operations():
        for output in operation.outputs:
            shape = output.shape
            if shape.rank and shape[0] is None and shape[1:].num_elements():
                total += shape[1:].num_elements() * output.dtype.size
    return max(total, 1)
