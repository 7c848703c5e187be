"""Estimates the seconds that an update of a layer takes.

The work of an update is counted in multiplications. The speed of the machine is
measured with one convolution before the training, and later for each layer from
its own updates.
"""

import dataclasses
import math
from collections.abc import Iterable

import tensorflow as tf

from tb_actmax.data.fitting import FittedModel
from tb_actmax.maximizer.image.defaults import canvas_size
from tb_actmax.measures.shared_responses import Share
from tb_actmax.network.target import Target
from tb_actmax.stopwatch import Stopwatch

_OVERHEAD = 0.1  # seconds of an update without any work
_STEP = 2.5  # times the work of the network: forward, and back to the image
_VIEWS = 8  # of an image, that it is measured by
_EFFICIENCY = 0.5  # of networks, against one large convolution
# Seconds of tracing, whatever the network. And times the time in which the layers
# of the model were found, for the last of them: copies of the run up to the layer
# and of gradients through it, and the gradients that no layer before it has built.
_TRACES, _COPIES, _GRADIENTS = 0.4, 0.8, 2.2
# The same, for the first pass over the sample, which runs up to all layers.
_PASS = 0.8
_SIDE, _CHANNELS, _BATCH = 32, 64, 8  # of the convolution that is timed
# Of estimates for layers that were never updated: the factor that is assumed
# before there is evidence, what evidence counts as much as it (seconds
# squared), and the smallest and largest factor.
_FACTOR, _ASSUMED, _LEAST_FACTOR, _MOST_FACTOR = 1.25, 1.0, 0.7, 3.0


@dataclasses.dataclass(frozen=True)
class UpdateCost:
    """The cost of an update of a layer.

    Attributes:
        filters: Number of images.
        steps: Steps, summed over the filters.
        built: Seconds of tracing, a one-off cost.
        seconds: Seconds in total.
        share: The layer's part of the pass over the sample, if one was made.
        shared: Whether layers shared the ascent.
    """

    filters: int
    steps: int
    built: float
    seconds: float
    share: Share = dataclasses.field(default_factory=Share)
    shared: bool = False


@dataclasses.dataclass(frozen=True)
class Work:
    """Multiplications in the parts of an update of a layer.

    Attributes:
        probe: Multiplications to measure the layer on the probe, from the layer
            before it.
        image: Multiplications to measure an image.
        step: Multiplications in one step of an image.
    """

    probe: float
    image: float
    step: float


class LayerCost:
    """Estimates the seconds that an update of a layer takes.

    Args:
        work: The work of the layer.
        tracing: Approximate seconds that its traces take.
        speed: Approximate multiplications per second.
        gradients: Approximate seconds in which gradients are built from it to
            the layer before.

    Attributes:
        known: Whether the layer was updated before.
        passing: Seconds of a pass over the probe, from the layer before it.
    """

    def __init__(
        self, work: Work, tracing: float, speed: float, gradients: float = 0.0
    ):
        self.known = False
        self._work = work
        self._tracing = tracing
        self._gradients = gradients
        self._speed = speed
        self.passing = work.probe / speed

    def estimated(self, share: Share) -> float:
        """Returns the seconds that a part of a pass was estimated to take."""
        return share.work / self._speed

    def note(self, cost: UpdateCost) -> None:
        """Takes an update into account; the last one counts."""
        share = cost.share
        ran = cost.seconds - cost.built - share.seconds - _OVERHEAD
        self._speed = self._worked(cost.filters, cost.steps) / max(ran, 1e-3)
        # Measured alone, the layer's part of the pass began with the input.
        if share.work:
            self.passing = share.seconds * self._work.probe / share.work
        self._tracing = self._gradients = 0.0
        self.known = True

    def run_up_to(self, deepest: "LayerCost") -> None:
        """Lets the layer's steps run the network up to another layer.

        Args:
            deepest: The cost of that layer.
        """
        step = deepest._work.step
        self._work = dataclasses.replace(self._work, step=step)

    def seconds(
        self,
        filters: int,
        steps: int,
        traced: bool = False,
        passing: float | None = None,
    ) -> float:
        """Estimates the seconds of an update.

        Args:
            filters: Number of images.
            steps: Steps, summed over the filters.
            traced: Whether the layer will be traced by then.
            passing: Seconds of its part of a pass over the probe; `None` for
                a part that begins with the layer before it.
        """
        tracing = 0.0 if traced else self._tracing + self._gradients
        passing = self.passing if passing is None else passing
        worked = self._worked(filters, steps) / self._speed
        return tracing + _OVERHEAD + passing + worked

    def seconds_together(
        self,
        filters: int,
        steps: int,
        deepest: "LayerCost",
        layers: int,
        passing: float | None = None,
    ) -> float:
        """Estimates the seconds of a part of an ascent that layers share.

        The network runs up to the deepest layer for the images of all.

        Args:
            filters: Number of the layer's images.
            steps: Steps, summed over these images.
            deepest: The cost of the deepest layer.
            layers: Number of layers.
            passing: See `seconds`.
        """
        further = deepest._work.step - self._work.step
        return (
            self.seconds(filters, steps, traced=True, passing=passing)
            + self._gradients
            + deepest._tracing / layers
            + steps * further / self._speed
        )

    def _worked(self, filters: int, steps: int) -> float:
        work = self._work
        return max(filters * work.image + steps * work.step, 1e-9)


class Correction:
    """Corrects estimates for new layers by what others took when new.

    A machine may be slower than it seems, or busy. The factor fits the seconds
    that layers took to their estimates.
    """

    def __init__(self) -> None:
        self._squares = _ASSUMED
        self._products = _ASSUMED * _FACTOR

    def __call__(self, estimate: float) -> float:
        """Returns the corrected estimate, in seconds."""
        factor = self._products / self._squares
        return min(max(factor, _LEAST_FACTOR), _MOST_FACTOR) * estimate

    def note(self, estimate: float, seconds: float) -> None:
        """Takes the first update of a layer into account."""
        self._squares += estimate**2
        self._products += estimate * seconds


def layer_costs(
    fitted: FittedModel, targets: Iterable[Target], finding: float, found: int
) -> dict[str, LayerCost]:
    """Estimates the costs of updates of layers, by path.

    Args:
        fitted: The model and its inputs.
        targets: The layers that are shown, in running order.
        finding: Seconds that finding the layers of the model took.
        found: Number of layers that were found.
    """
    speed, costs, before, built = _speed_of_networks(), {}, 0.0, 0.0
    for target in targets:
        depth = min((target.order + 1) / max(found, 1), 1.0)
        costs[target.path] = LayerCost(
            _work(fitted.of(target), target, before),
            _TRACES + _COPIES * finding * depth,
            speed,
            _GRADIENTS * finding * max(depth - built, 0.0),
        )
        before, built = max(before, target.work), max(built, depth)
    return costs


def first_pass(finding: float) -> float:
    """Estimates the seconds in which the first pass over the sample is traced.

    Args:
        finding: Seconds that finding the layers of the model took.
    """
    return _PASS * finding


def _work(fitted: FittedModel, target: Target, before: float) -> Work:
    """Returns the work of a layer.

    Args:
        fitted: The model and its inputs.
        target: The layer.
        before: Work per input up to the layers that are measured earlier in the
            same pass.
    """
    shape = fitted.shape
    part = math.prod(canvas_size(target, shape)) / math.prod(shape[:-1])
    probe = 0 if fitted.sample is None else len(fitted.sample.images)
    measured = min(2 * part, 1.0) if probe else 0.0
    return Work(
        max(target.work - before, 0.0) * probe,
        target.work * measured * _VIEWS,
        target.work * part * _STEP,
    )


def _speed_of_networks() -> float:
    """Measures approximately how many multiplications per second are done."""
    images = tf.zeros((_BATCH, _SIDE, _SIDE, _CHANNELS))
    kernel = tf.zeros((3, 3, _CHANNELS, _CHANNELS))
    watches = [Stopwatch() for _ in range(5)]
    for watch in watches:
        with watch.running():
            tf.nn.conv2d(images, kernel, 1, "SAME")[0, 0, 0, 0].numpy()
    work = _BATCH * _SIDE**2 * 9 * _CHANNELS**2
    return _EFFICIENCY * work / min(watch.seconds for watch in watches)
