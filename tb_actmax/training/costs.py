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
from tb_actmax.network.target import Target
from tb_actmax.stopwatch import Stopwatch

_OVERHEAD = 0.1  # seconds of an update without any work
_STEP = 2.5  # times the work of the network: forward, and back to the image
_VIEWS = 8  # of an image, that it is measured by
_EFFICIENCY = 0.5  # of networks, against one large convolution
_TRACES = 2.5  # times the time in which the layers of the model were found
_SIDE, _CHANNELS, _BATCH = 32, 64, 8  # of the convolution that is timed


@dataclasses.dataclass(frozen=True)
class UpdateCost:
    """The cost of an update of a layer.

    Attributes:
        filters: Number of images.
        steps: Steps, summed over the filters.
        built: Seconds of tracing, a one-off cost.
        seconds: Seconds in total.
    """

    filters: int
    steps: int
    built: float
    seconds: float


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

    Attributes:
        known: Whether the layer was updated before.
    """

    def __init__(self, work: Work, tracing: float, speed: float):
        self.known = False
        self._work = work
        self._tracing = tracing
        self._speed = speed

    def note(self, cost: UpdateCost) -> None:
        """Takes an update into account; the last one counts."""
        work = self._worked(cost.filters, cost.steps)
        self._speed = work / max(cost.seconds - cost.built - _OVERHEAD, 1e-3)
        self._tracing = 0.0
        self.known = True

    def seconds(self, filters: int, steps: int, traced: bool = False) -> float:
        """Estimates the seconds of an update.

        Args:
            filters: Number of images.
            steps: Steps, summed over the filters.
            traced: Whether the layer will be traced by then.
        """
        worked = self._worked(filters, steps) / self._speed
        return (0.0 if traced else self._tracing) + _OVERHEAD + worked

    def _worked(self, filters: int, steps: int) -> float:
        work = self._work
        worked = work.probe + filters * work.image + steps * work.step
        return max(worked, 1e-9)


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
    speed, costs, before = _speed_of_networks(), {}, 0.0
    for target in targets:
        tracing = _TRACES * finding * (target.order + 1) / max(found, 1)
        work = _work(fitted.of(target), target, before)
        costs[target.path] = LayerCost(work, tracing, speed)
        before = max(before, target.work)
    return costs


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
    watches = [Stopwatch() for _ in range(3)]
    for watch in watches:
        with watch.running():
            tf.nn.conv2d(images, kernel, 1, "SAME")[0, 0, 0, 0].numpy()
    work = _BATCH * _SIDE**2 * 9 * _CHANNELS**2
    return _EFFICIENCY * work / min(watch.seconds for watch in watches)
