"""One step of an ascent: the graph that is traced and called again and again.

Each image's gradient is divided by its own length, so that a step has the same
size for every filter.
"""

import time
from collections.abc import Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from tb_actmax.maximizer.ascent.gradients import gradients
from tb_actmax.maximizer.ascent.window import find_window
from tb_actmax.maximizer.image import transforms as moves
from tb_actmax.maximizer.image import warp
from tb_actmax.maximizer.image.canvas import Canvas
from tb_actmax.network import activations as unit
from tb_actmax.network.image_model import ImageModel
from tb_actmax.network.layers import Target
from tb_actmax.network.receptive_field.reader import FieldReader
from tb_actmax.objectives import CENTRE, Place

_APART = 0.7  # pull away from alike images, against that of the objective


class StepTracer:
    """Moves the coefficients of images uphill, all images at once.

    Args:
        model: The model; its weights are read as they are at each call.
        target: The layer.
        canvas: How images are made of coefficients.
        moved: Whether images are moved before they are looked at.
        size: Rows and columns of one input of the model; of a volume slices
            before them.
        places: Where in the layer's map the terms of the objectives are.
        diverse: Whether the images of one run are to differ from each other.
        cut: Whether the network may be run on the part of an image that the
            places see.

    Attributes:
        traces: Graphs traced so far.
        building: Seconds that tracing has taken.
    """

    def __init__(
        self,
        model: ImageModel,
        target: Target,
        canvas: Canvas,
        moved: bool,
        size: tuple[int, ...],
        places: Sequence[Place] = (CENTRE,),
        diverse: bool = False,
        cut: bool = True,
    ):
        self.traces = 0
        self.building = 0.0
        self._model = model
        self._target = target
        self._canvas = canvas
        self._moved = moved
        self._places = tuple(places)
        self._diverse = diverse
        self._window = None
        if cut:
            self._window = find_window(target, places, canvas.size, size)

    def trace(self, compiled: bool = False) -> Any:
        """Traces the step.

        Args:
            compiled: Whether XLA compiles the network, whose ReLUs then leak
                nothing; only after the step has been traced without, which
                checks it.

        Returns:
            A concrete function of coefficients (n, ...), weights (n, places,
            filters), the length of each image's step (n,), movements (n,
            ...), the share of the contrast and that of the gradient which
            closed ReLUs and clipped pixels leak. It returns the coefficients
            after the step and, as they were before it, images (n, *size,
            channels), values (n,) and the lengths of the gradients (n,).

        Raises:
            ValueError: If there is no gradient, or the layer sees another
                part of such images than of an input.
        """
        spec = tf.TensorSpec

        def step(*tensors: tf.Tensor) -> tuple[tf.Tensor, ...]:
            return self._step(compiled, *tensors)

        began = time.perf_counter()
        traced = tf.function(step, autograph=False).get_concrete_function(
            spec((None, *self._canvas.shape), tf.float32),
            spec((None, len(self._places), self._target.filters), tf.float32),
            spec((None,), tf.float32),
            spec((None, moves.numbers(self._canvas.size)), tf.float32),
            spec((), tf.float32),
            spec((), tf.float32),
        )
        self.building += time.perf_counter() - began
        return traced

    def inputs(self, count: int) -> tuple[Any, ...]:
        """What the step may be called with, to time it: images of noise."""
        random = np.random.default_rng(0)
        start = random.normal(size=(count, *self._canvas.shape))
        places, filters = len(self._places), self._target.filters
        return (
            tf.constant(start, tf.float32),
            tf.ones((count, places, filters)),
            tf.ones((count,)),
            tf.constant(moves.identity(count, self._canvas.size)),
            tf.constant(1.0),
            tf.constant(0.0),
        )

    def _step(
        self,
        compiled: bool,
        coefficients: tf.Tensor,
        weights: tf.Tensor,
        rates: tf.Tensor,
        transforms: tf.Tensor,
        contrast: tf.Tensor,
        leak: tf.Tensor,
    ) -> tuple[tf.Tensor, ...]:
        self.traces += 1
        images = self._canvas.images(coefficients, contrast, leak)
        places, part = self._places, None
        if self._window is not None:
            places, part = self._window.places, self._window.slices
        if self._moved:
            seen = warp.apply(images, transforms, part)
        elif part is not None:
            seen = images[(slice(None), *part)]
        else:
            seen = images

        def network(seen: tf.Tensor, weights: tf.Tensor) -> tuple[Any, Any]:
            return unit.values(self._model, self._target, seen, places, weights)

        if compiled:
            network = tf.function(network, autograph=False, jit_compile=True)
        with gradients(leak):
            values, inputs = network(seen, weights)
            if not compiled:
                self._check_field(seen, inputs)
            apart = _unlikeness(inputs) if self._diverse else None
            gradient = tf.gradients(values, coefficients)[0]
            away = None
            if apart is not None:
                away = tf.gradients(apart, coefficients)[0]
        if gradient is None:
            raise ValueError(
                f"Layer {self._target.path!r} has no gradient with respect to "
                "the image: something before it passes none on (a comparison, "
                "rounding, whole numbers, `stop_gradient`). Layers before that "
                "can be maximized."
            )
        direction, lengths = _normalized(gradient)
        if away is not None:
            away, _ = _normalized(away)
            direction, _ = _normalized(direction + _APART * away)
        moved = coefficients + direction * _for_each(rates, direction)
        return moved, images, values, lengths

    def _check_field(self, images: tf.Tensor, inputs: Any) -> None:
        """Checks that the layer sees of an image what it sees of an input.

        A network may scale what it is given to a size of its own.
        """
        declared = self._target.sees
        if declared is None or declared.whole or not tf.is_tensor(inputs):
            return
        field = FieldReader(images)(inputs)
        if field is None or not field.looks_like(declared):
            raise ValueError(
                f"Layer {self._target.path!r} sees another part of images of "
                f"{' x '.join(map(str, images.shape[1:-1]))} pixels."
            )


def _normalized(gradient: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """Each image's gradient in length 1 (or 0), and its length before."""
    axes = tuple(range(1, gradient.shape.rank))
    lengths = tf.sqrt(tf.reduce_sum(tf.square(gradient), axis=axes))
    # A weight that is not finite must not spread from one image's gradient
    # to what is carried to the next epoch.
    lengths = tf.where(tf.math.is_finite(lengths), lengths, 0.0)
    factor = _for_each(tf.math.divide_no_nan(1.0, lengths), gradient)
    return tf.math.multiply_no_nan(gradient, factor), lengths


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


def bytes_per_image(graph: Any) -> int:
    """Upper bound of what one image takes: all maps, none freed."""
    total = 0
    for operation in graph.get_operations():
        for output in operation.outputs:
            shape = output.shape
            if shape.rank and shape[0] is None and shape[1:].num_elements():
                total += shape[1:].num_elements() * output.dtype.size
    return max(total, 1)
