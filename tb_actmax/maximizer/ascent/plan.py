"""Computes the arguments of all steps of an ascent for a batch."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from tb_actmax.maximizer.ascent.schedule import Schedule
from tb_actmax.maximizer.image import movements
from tb_actmax.maximizer.image.movements import Movements

Array = npt.NDArray[np.float32]
OnStep = Callable[[int], None]  # called after a step of so many filters


class StepPlan(NamedTuple):
    """Arguments of one step, as tensors; see `Plan`."""

    rates: tf.Tensor
    moves: tf.Tensor
    contrast: tf.Tensor
    leak: tf.Tensor
    cutoff: tf.Tensor


class Plan(NamedTuple):
    """Arguments of steps; the first axis counts the steps.

    Attributes:
        rates: Lengths of the steps, (steps, n).
        moves: Movements of the images, (steps, n * views, numbers).
        contrasts: Shares of the contrast, (steps,).
        leaks: Shares of the gradient that closed ReLUs pass, (steps,).
        cutoffs: Cutoffs of the images, (steps,).
    """

    rates: Array
    moves: Array
    contrasts: Array
    leaks: Array
    cutoffs: Array

    def part(self, first: int, last: int) -> "Plan":
        """Returns the plan of the steps from `first` to `last` - 1."""
        return Plan(*(part[first:last] for part in self))

    def steps(self) -> list[StepPlan]:
        """Returns the arguments of each step.

        A step of a small network takes a seventh longer if TensorFlow converts
        its arguments at each call.
        """
        parts = map(tf.unstack, self)
        return [StepPlan(*now) for now in zip(*parts, strict=True)]


def make_plan(
    planned: Schedule,
    moves: Movements,
    views: int,
    randoms: Sequence[np.random.Generator],
    size: tuple[int, ...],
) -> Plan:
    """Returns a plan with a last step of length 0 that draws the images.

    Args:
        planned: The schedule of steps, movements and contrast.
        moves: How far images are moved.
        views: Number of views of an image in each step.
        randoms: A random generator for each image.
        size: Size of the images, (rows, columns) or (slices, rows, columns).
    """
    count, steps = len(randoms), len(planned.rates)
    rates = np.append(planned.rates, np.float32(0))
    drawn = moves.sample(randoms, np.repeat(planned.moves, views), size)
    drawn = drawn.reshape(steps, views, count, -1)
    still = movements.identity(count * views, size)
    every = np.moveaxis(drawn, 1, 2).reshape(steps, *still.shape)
    return Plan(
        np.repeat(rates[:, None], count, axis=1),
        np.append(every, still[None], axis=0),
        np.append(planned.contrasts, np.float32(1)),
        np.append(planned.leaks, np.float32(0)),
        np.append(planned.cutoffs, planned.cutoffs[-1:]),
    )


def with_length(coefficients: npt.NDArray[np.floating], length: float) -> Array:
    """Scales the coefficients of each image, (n, ...), to a length."""
    axes = tuple(range(1, coefficients.ndim))
    lengths = np.sqrt((coefficients**2).sum(axis=axes, keepdims=True))
    scaled = coefficients * (length / np.maximum(lengths, 1e-12))
    return np.asarray(scaled, np.float32)
