"""Takes steps of an ascent: one at a call, or several where they are small.

A call from Python costs a third of the step of a small network. Of a large one
each step is a call of its own, so that it can be interrupted and its progress
is seen.
"""

import time
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from tb_actmax.maximizer.ascent import compiled
from tb_actmax.maximizer.ascent.step import StepTracer, bytes_per_image

Array = npt.NDArray[np.float32]

MEMORY = 2**30  # bytes that the images of one batch may take, all maps counted

_CALL = 2**30  # bytes that the maps of the steps of one call may have, in sum
_FEW = 16  # steps at a call for which no loop is made
_ALONE = 50  # steps that are taken one by one before: a loop must pay
_TRIAL = 16  # images of a step that is timed


class Taken(NamedTuple):
    """What steps led to.

    Attributes:
        state: Coefficients after the last step, (n, ...).
        images: Images before the last step, (n, *size, channels).
        values: What is maximized, of those, (n,).
        lengths: Of the gradients at the last step, (n,).
        moved: Whether there was a gradient at any step that was taken, (n,).
    """

    state: tf.Tensor
    images: tf.Tensor
    values: tf.Tensor
    lengths: Array
    moved: npt.NDArray[np.bool_]


class Stepper:
    """The steps of one layer's ascents; traced once.

    Args:
        tracer: What traces a step.
    """

    def __init__(self, tracer: StepTracer):
        self._tracer = tracer
        self._bytes = 1
        self._plain: Any = None
        self._fast: Any = None  # the same, compiled by XLA where that is faster
        self._loop: Any = None
        self._alone = 0  # steps taken one by one

    @property
    def batch(self) -> int:
        """Images that steps may be taken with at once."""
        return max(1, MEMORY // self._bytes)

    def build(self) -> None:
        """Traces the step. Called by the first one taken if not before."""
        if self._plain is not None:
            return
        self._plain = self._fast = self._tracer.trace()
        self._bytes = bytes_per_image(self._plain.graph)
        if compiled.worth_trying():
            before, began = self._tracer.building, time.perf_counter()
            self._fast = compiled.faster(
                self._plain,
                lambda: self._tracer.trace(compiled=True),
                lambda: self._tracer.inputs(min(self.batch, _TRIAL)),
            )
            took = time.perf_counter() - began
            self._tracer.building = before + took

    def at_once(self, count: int) -> int:
        """How many steps of so many images one call takes at most."""
        most = int(_CALL // (self._bytes * count))
        if self._fast is not self._plain or most < _FEW:
            return 1
        return most if self._alone >= _ALONE else 1

    def __call__(
        self,
        state: tf.Tensor,
        weights: tf.Tensor,
        rates: Array,
        moves: Array,
        contrasts: Array,
        leaks: Array,
    ) -> Taken:
        """Takes one step, or as many as `at_once` allows.

        Args:
            state: Coefficients (n, ...).
            weights: How much each filter counts, (n, places, filters).
            rates: Lengths of the steps, (steps, n).
            moves: Movements of the images, (steps, n, numbers).
            contrasts: Shares of the contrast, (steps,).
            leaks: What closed ReLUs let through, (steps,).
        """
        self.build()
        if len(leaks) > 1:
            if self._loop is None:
                began = time.perf_counter()
                self._loop = _around(self._plain)
                self._tracer.building += time.perf_counter() - began
            state, images, values, lengths, moved = self._loop(
                state, weights, rates, moves, contrasts, leaks
            )
            lengths, moved = lengths.numpy(), moved.numpy()
            return Taken(state, images, values, lengths, moved)
        self._alone += 1
        step = self._plain if leaks[0] else self._fast
        state, images, values, lengths = step(
            state, weights, rates[0], moves[0], contrasts[0], leaks[0]
        )
        lengths = lengths.numpy()
        moved = (lengths > 0) & (rates[0] > 0)
        return Taken(state, images, values, lengths, moved)


def _around(step: Any) -> Any:
    """Traces a loop around a step; see `Stepper.__call__`."""

    def loop(
        state: tf.Tensor, weights: tf.Tensor, *plan: tf.Tensor
    ) -> tuple[tf.Tensor, ...]:
        steps, count = tf.shape(plan[0])[0], tf.shape(state)[:1]

        def body(index: tf.Tensor, *last: tf.Tensor) -> tuple[tf.Tensor, ...]:
            state, moved = last[0], last[-1]
            now = [part[index] for part in plan]
            *found, lengths = step(state, weights, *now)
            moved |= (lengths > 0) & (now[0] > 0)
            return index + 1, *found, lengths, moved

        images = step.outputs[1].shape[1:]
        nothing = tf.zeros(tf.concat([count, images], 0)), tf.zeros(count)
        start = (0, state, *nothing, tf.zeros(count), tf.zeros(count, tf.bool))
        _, *found = tf.while_loop(
            lambda index, *_: index < steps, body, start, parallel_iterations=1
        )
        return tuple(found)

    state, weights, *plan = step.structured_input_signature[0]
    specs = [state, weights]
    specs += [tf.TensorSpec((None, *part.shape), part.dtype) for part in plan]
    return tf.function(loop, autograph=False).get_concrete_function(*specs)
