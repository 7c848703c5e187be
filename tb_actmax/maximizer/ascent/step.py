"""Traces one step of an ascent as a graph.

The step moves the coefficients of all images of a batch uphill. Each image's
gradient is divided by its own length, so that a step has the same size for
every filter.
"""

import contextlib
from collections.abc import Iterator, Sequence
from typing import NamedTuple, TypeAlias

import tensorflow as tf

from tb_actmax.maximizer.ascent.problem import Problem
from tb_actmax.maximizer.ascent.pulled_gradient import pulled
from tb_actmax.maximizer.ascent.views import as_seen, drawn_part
from tb_actmax.maximizer.image import movements
from tb_actmax.network.features import in_running_order
from tb_actmax.network.gradients.overrides import gradients
from tb_actmax.network.kept_gradients import gradient
from tb_actmax.network.objective_values import values, values_of_each
from tb_actmax.network.positions import crop
from tb_actmax.network.shown_unit import check_field
from tb_actmax.network.tracing import trace
from tb_actmax.network.work import count_relus
from tb_actmax.objectives.terms import Function, Readout
from tb_actmax.stopwatch import Stopwatch

# A traced step or loop, see `trace_step` and `trace_loop`.
ConcreteFunction: TypeAlias = tf.types.experimental.ConcreteFunction

# Largest leak, added up over all ReLUs. An EfficientNet-Lite0 has 33, a Lite2
# 43: up to 2.2, the response is that without a leak; 3.3 and 4.3 take a quarter
# and a half of it, and 6.6 leaves nothing that can be recognized.
_LEAKED = 2.0
_APART = 0.7  # pull away from alike images, against that of the objective


class Tracing(Stopwatch):
    """Measures the time of traces, and counts them.

    Attributes:
        steps: Number of steps traced: one for each kind of objective.
    """

    def __init__(self) -> None:
        super().__init__()
        self.steps = 0

    @contextlib.contextmanager
    def measured(self, steps: int = 1) -> Iterator[None]:
        """Adds the time of a trace.

        Args:
            steps: Number of steps in the trace.
        """
        with self.running():
            yield
            self.steps += steps


class Step(NamedTuple):
    """A traced step.

    Attributes:
        call: The function, see `trace_step`.
        values: In its graph, the values of the objectives of each layer.
    """

    call: ConcreteFunction
    values: list[tf.Tensor]


def trace_step(problem: Problem) -> Step:
    """Traces a step.

    Args:
        problem: The objectives' kind, the layers and the images.

    Returns:
        A concrete function of coefficients (n, ...), a tuple, the length of
        each image's step (n,), movements (n * views, ...), the share of the
        contrast, the share of the gradient that closed ReLUs and clipped pixels
        leak, and the cutoff. The movements of an image's views follow one
        another. The tuple holds weights for each layer, (n, terms, filters),
        in total for each image, and, if images are pulled, their targets as
        `Pull.targets` returns them. The function returns the coefficients after
        the step, and images (n, *size, channels), values (n,) and lengths of
        the gradients (n,) before it.

    Raises:
        ValueError: If there is no gradient, if the layer sees another part of
            such images than of an input, or if a user's function returns an
            invalid value.
    """

    def step(
        coefficients: tf.Tensor,
        fixed: tuple[tf.Tensor, ...],
        rates: tf.Tensor,
        moves: tf.Tensor,
        contrast: tf.Tensor,
        leak: tf.Tensor,
        cutoff: tf.Tensor,
    ) -> tuple[tf.Tensor, ...]:
        with gradients(coefficients):
            images = problem.canvas.images(coefficients, contrast, leak, cutoff)
        seen, readouts = as_seen(
            problem, _for_each_view(problem, images), moves
        )
        with gradients(coefficients, leak):
            weights = [_for_each_view(problem, one) for one in fixed[:layers]]
            each, inputs, maps = _values(problem, seen, readouts, weights)
            found = tf.concat(each, axis=0)
            ends[:] = each
            if problem.crops:
                for target, one in zip(problem.targets, inputs, strict=True):
                    check_field(target, target.input_field, seen, one)
            if problem.pulled:
                uphill = pulled(
                    each, coefficients, maps, fixed[-1], problem.views
                )
            else:
                uphill = gradient(each, coefficients)
            apart = None
            if problem.diverse:
                first = inputs[-1][:: problem.views]
                apart = gradient([_unlikeness(first)], coefficients)
        if uphill is None:
            raise ValueError(_no_gradient(problem))
        direction, lengths = _normalized(uphill)
        if apart is not None:
            apart, _ = _normalized(apart)
            direction, _ = _normalized(direction + _APART * apart)
        after = coefficients + direction * _for_each(rates, direction)
        if problem.views > 1:
            found = tf.reduce_mean(tf.reshape(found, (-1, problem.views)), 1)
        return after, crop(images, shown), found, lengths

    canvas, spec = problem.canvas, tf.TensorSpec
    shown = drawn_part(canvas, [slice(0, length) for length in canvas.size])
    terms, layers = len(problem.readouts), len(problem.targets)
    fixed = [
        spec((None, terms, target.filters), tf.float32)
        for target in problem.targets
    ]
    if problem.pulled:
        fixed.append(spec((None, 3, None), tf.float32))
    ends: list[tf.Tensor] = []
    traced = trace(
        step,
        spec((None, *canvas.shape), tf.float32),
        tuple(fixed),
        spec((None,), tf.float32),
        spec((None, movements.numbers(canvas.size)), tf.float32),
        spec((), tf.float32),
        spec((), tf.float32),
        spec((), tf.float32),
        effects=_may_have_effects(problem),
    )
    return Step(traced, ends)


def trace_loop(step: ConcreteFunction) -> ConcreteFunction:
    """Traces a loop of steps.

    Args:
        step: The function of a step, see `trace_step`.

    Returns:
        A concrete function of the same arguments, all but the first two with a
        leading axis of steps. It returns the results of the last step, and
        whether each image had a gradient at any step that moved it, (n,).
    """

    def loop(
        state: tf.Tensor, fixed: tuple[tf.Tensor, ...], *plan: tf.Tensor
    ) -> tuple[tf.Tensor, ...]:
        steps, count = tf.shape(plan[0])[0], tf.shape(state)[:1]

        def body(index: tf.Tensor, *last: tf.Tensor) -> tuple[tf.Tensor, ...]:
            state, moved = last[0], last[-1]
            now = [part[index] for part in plan]
            *found, lengths = step(state, fixed, *now)
            moved |= (lengths > 0) & (now[0] > 0)
            return index + 1, *found, lengths, moved

        images = step.outputs[1].shape[1:]
        nothing = tf.zeros(tf.concat([count, images], 0)), tf.zeros(count)
        start = (0, state, *nothing, tf.zeros(count), tf.zeros(count, tf.bool))
        _, *found = tf.while_loop(
            lambda index, *_: index < steps, body, start, parallel_iterations=1
        )
        return tuple(found)

    state, fixed, *plan = step.structured_input_signature[0]
    specs = [state, fixed]
    specs += [tf.TensorSpec((None, *part.shape), part.dtype) for part in plan]
    return trace(loop, *specs)


def bytes_per_image(step: ConcreteFunction) -> int:
    """Returns an upper bound of the memory of one image: all of its maps.

    Args:
        step: The function of a step, see `trace_step`.
    """
    total = 0
    for operation in step.graph.get_operations():
        for output in operation.outputs:
            shape = output.shape
            if shape.rank and shape[0] is None and shape[1:].num_elements():
                total += shape[1:].num_elements() * output.dtype.size
    return max(total, 1)


def leaked(problem: Problem, step: ConcreteFunction) -> float:
    """Returns the share of the gradient that closed ReLUs pass in all steps.

    Args:
        problem: As `trace_step` takes it.
        step: The function of a step, see `trace_step`.
    """
    return min(problem.leak, _LEAKED / max(count_relus(step.graph), 1))


def _values(
    problem: Problem,
    seen: tf.Tensor,
    readouts: Sequence[tuple[Readout, ...]],
    weights: Sequence[tf.Tensor],
) -> tuple[list[tf.Tensor], list[tf.Tensor], list[tf.Tensor]]:
    """Returns the values and the inputs of each layer, and all features."""
    model, targets = problem.model, problem.targets
    if len(targets) == 1:
        value, inputs, maps = values(
            model, targets[0], seen, readouts[0], weights[0]
        )
        return [value], [inputs], maps
    each, every, features = values_of_each(
        model, targets, seen, readouts, weights
    )
    return each, every, in_running_order(features)


def _may_have_effects(problem: Problem) -> bool:
    """Returns whether code of the user's own, or of Keras, is called."""
    own = [r for r in problem.readouts if isinstance(r, Function)]
    kept = [problem.model.traced.kept(one.path) for one in problem.targets]
    return bool(own or problem.transforms or not all(kept))


def _for_each_view(problem: Problem, values: tf.Tensor) -> tf.Tensor:
    """Repeats values (n, ...) for each view of an image."""
    if problem.views == 1:
        return values
    return tf.repeat(values, problem.views, axis=0)


def _no_gradient(problem: Problem) -> str:
    functions = [
        *(r.name for r in problem.readouts if isinstance(r, Function)),
        *(getattr(t, "__name__", repr(t)) for t in problem.transforms),
    ]
    beside = f", or in {', '.join(functions)}" if functions else ""
    return (
        f"Layer {problem.target.path!r} has no gradient with respect to the "
        f"image: something before it{beside} passes none on (a comparison, "
        "rounding, whole numbers, `stop_gradient`). Layers before that can be "
        "maximized."
    )


def _normalized(gradient: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """Scales gradients to length 1 (or 0); returns their lengths, too."""
    axes = tuple(range(1, gradient.shape.rank))
    lengths = tf.sqrt(tf.reduce_sum(tf.square(gradient), axis=axes))
    # A value that is not finite must not spread from one image's gradient to
    # the coefficients that are carried to the next epoch.
    lengths = tf.where(tf.math.is_finite(lengths), lengths, 0.0)
    factor = _for_each(tf.math.divide_no_nan(1.0, lengths), gradient)
    return tf.math.multiply_no_nan(gradient, factor), lengths


def _for_each(numbers: tf.Tensor, arrays: tf.Tensor) -> tf.Tensor:
    """Reshapes numbers (n,) to multiply arrays (n, ...)."""
    return tf.reshape(numbers, (-1, *(1 for _ in arrays.shape[1:])))


def _unlikeness(features: tf.Tensor) -> tf.Tensor:
    """Returns how little a layer's inputs (n, ...) resemble each other."""
    count = tf.shape(features)[0]
    flat = tf.reshape(tf.cast(features, tf.float32), (count, -1))
    flat -= tf.reduce_mean(flat, axis=1, keepdims=True)
    flat = tf.math.l2_normalize(flat, axis=1, epsilon=1e-9)
    alike = tf.linalg.set_diag(
        tf.matmul(flat, flat, transpose_b=True), tf.zeros((count,))
    )
    return -tf.reduce_sum(tf.square(alike))
