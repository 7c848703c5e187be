"""The responses of a layer's filters to the probe."""

import dataclasses
import math
from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from tb_actmax.data.sample import Sample
from tb_actmax.matching.probe_points import ProbePoints
from tb_actmax.network.activations import maps
from tb_actmax.network.image_model import ImageModel
from tb_actmax.network.layers import Target
from tb_actmax.network.private_state import PrivateState
from tb_actmax.network.snapshot import Snapshot
from tb_actmax.stopwatch import Stopwatch

Array = npt.NDArray[np.float32]

_BATCH = 64  # inputs of one forward pass, at most
_BYTES = 64 << 20  # of the largest activation of one forward pass
_COPIED = 512  # filters whose responses NumPy may copy at once
# Filters whose largest response is below these shares of the layer's median.
_DEAD = 0.001
_WEAK = 0.05


@dataclasses.dataclass(frozen=True)
class Responses:
    """Responses of all filters of a layer to a probe, before the activation.

    Attributes:
        maximum: Largest response at any position, (filters,).
        minimum: Smallest response at any position, (filters,).
        mean: Mean response, (filters,).
        share: Share of positions with a response above zero, (filters,).
        rectified: Whether a ReLU sets responses below zero to zero.
        map_size: Rows and columns of the layer's map; of a volume the slices
            in front.
        kept: Indices of the filters that the following are kept of.
        p99: 99th percentile over the points of the probe, (filters,); NaN of
            the others, or if no points are given.
        peaks: Largest response of these to each input, (n, kept).
        peak_positions: Position of each peak in the map, counted row by row,
            (n, kept).
        at_points: Responses of these at the points of the probe, (points,
            kept).
    """

    maximum: Array
    minimum: Array
    mean: Array
    share: Array
    rectified: bool
    map_size: tuple[int, ...]
    kept: list[int]
    p99: Array
    peaks: Array
    peak_positions: npt.NDArray[np.int32]
    at_points: Array

    def status(self, index: int) -> str:
        """Returns the status of a filter: "dead", "weak" or "ok".

        A filter is dead if its responses differ by less than .1 % of the
        layer's median, and weak if they differ by less than 5 %. Where a ReLU
        follows, the responses after it count.
        """
        least = self.minimum
        if self.rectified:
            least = np.maximum(least, 0)
        spread = np.maximum(self.maximum, least) - least
        largest = spread[index]
        if largest <= 0:
            return "dead"
        median = float(np.median(spread[spread > 0]))
        if largest < _DEAD * median:
            return "dead"
        return "weak" if largest < _WEAK * median else "ok"

    def refine_status(
        self, index: int | None, status: str, score: float
    ) -> str:
        """Corrects the status of a filter's image by the responses to the data.

        A filter that the data excites is not dead: if its image has no
        gradient and excites it less than the data does, no image was found.

        Args:
            index: The filter; `None` for an objective of several.
            status: Status of the image.
            score: Its score.
        """
        if index is None:
            return status
        by_data = self.status(index)
        if status in ("ok", "plain") or by_data == "dead":
            return status if by_data == "ok" else by_data
        found = status == "dead" and score >= self.p99[index]
        return by_data if found else "flat"


class ResponseMeasurer:
    """Measures the responses of a layer in one pass over the probe.

    It is traced once and reads the present weights. Batches are small enough
    for the network's activations to fit into memory, and no map is kept.

    Args:
        model: The model.
        target: The layer.
        points: Points of the probe at which filters are compared; `None` if
            they are not.
        snapshot: Values of the weights to measure with; `None` for the present
            ones at each call.
    """

    def __init__(
        self,
        model: ImageModel,
        target: Target,
        points: ProbePoints | None,
        snapshot: Snapshot | None = None,
    ):
        self._tracing = Stopwatch()
        self._snapshot = snapshot
        self._model = model
        self._target = target
        self._points = points
        self._reduce: Callable[..., list[tf.Tensor]] | None = None
        self._state = PrivateState()
        self._batch = _BATCH

    @property
    def tracing_seconds(self) -> float:
        """Seconds that tracing has taken."""
        return self._tracing.seconds

    def measure(
        self, sample: Sample, kept: Sequence[int] | None = None
    ) -> Responses:
        """Measures the responses to the sample that the points belong to.

        Args:
            sample: The sample.
            kept: Filters of which to keep the peaks and the responses at the
                points: 40 KiB for each. Defaults to `None`, all.
        """
        images, count = sample.images, self._target.filters
        kept = list(range(count)) if kept is None else list(kept)
        if self._reduce is None:
            with self._tracing.running():
                self._reduce = self._trace(sample)
        self._state.refresh()
        map_size = self._target.positions or (1,) * (images.ndim - 2)
        points = np.zeros((0, images.ndim - 1), np.int32)
        if self._points is not None:
            points = self._points.positions(map_size)
        maximum = np.full(count, -np.inf, np.float32)
        minimum = np.full(count, np.inf, np.float32)
        mean, share = np.zeros(count), np.zeros(count)
        batches = []
        for first in range(0, len(images), self._batch):
            batch = slice(first, first + self._batch)
            most, least, sums, positive, *details = (
                part.numpy()
                for part in self._reduce(
                    tf.constant(images[batch], tf.float32),
                    _points_of_batch(points, first, len(images[batch])),
                    tf.constant(kept, tf.int32),
                    *(
                        tf.constant(value[batch])
                        for value in sample.other_inputs.values()
                    ),
                )
            )
            # NaN stays NaN.
            maximum = np.maximum(maximum, most)
            minimum = np.minimum(minimum, least)
            mean += sums
            share += positive
            batches.append(details)
        peaks, positions, at_points = (
            np.concatenate(parts) for parts in zip(*batches, strict=True)
        )
        p99 = np.full(count, np.nan, np.float32)
        p99[kept] = _percentile(at_points, 99)
        return Responses(
            maximum,
            minimum,
            (mean / len(images)).astype(np.float32),
            (share / len(images)).astype(np.float32),
            self._target.rectified,
            map_size,
            kept,
            p99,
            peaks,
            positions,
            at_points,
        )

    def _trace(self, sample: Sample) -> Callable[..., list[tf.Tensor]]:
        """Traces the pass, and chooses a batch size that fits into memory."""
        others = sample.other_inputs

        def reduce_batch(
            images: tf.Tensor,
            points: tf.Tensor,
            kept: tf.Tensor,
            *values: tf.Tensor,
        ) -> tuple[tf.Tensor, ...]:
            model = self._model.beside(dict(zip(others, values, strict=True)))
            found = maps(model, self._target, images)
            return _reduce_maps(found, points, kept)

        images = sample.images
        traced = tf.function(reduce_batch, autograph=False)
        concrete = traced.get_concrete_function(
            tf.TensorSpec((None, *images.shape[1:]), tf.float32),
            tf.TensorSpec((None, images.ndim - 1), tf.int32),
            tf.TensorSpec((None,), tf.int32),
            *(
                tf.TensorSpec((None, *value.shape[1:]), value.dtype)
                for value in others.values()
            ),
        )
        if self._snapshot is not None:
            self._snapshot.bind(concrete)
        self._state = PrivateState(concrete)
        largest = _largest_activation(concrete.graph)
        if self._points is not None:
            each = -(-len(self._points) // len(images))
            largest = max(largest, each * self._target.filters)
        bytes_of_one = 4 * largest
        self._batch = max(1, min(_BATCH, _BYTES // bytes_of_one))
        reduce: Callable[..., list[tf.Tensor]] = concrete
        return reduce


def _percentile(responses: Array, percent: float) -> Array:
    """Returns a percentile of each filter's responses (n, filters)."""
    count, filters = responses.shape
    found = np.full(filters, np.nan, np.float32)
    if count:
        for first in range(0, filters, _COPIED):
            some = slice(first, first + _COPIED)
            found[some] = np.percentile(responses[:, some], percent, axis=0)
    return found


def _reduce_maps(
    maps: tf.Tensor, points: tf.Tensor, kept: tf.Tensor
) -> tuple[tf.Tensor, ...]:
    """Reduces maps (n, rows, columns, filters) to what is kept of them."""
    positions, filters = math.prod(maps.shape[1:-1]), maps.shape[-1]
    flat = tf.reshape(maps, (-1, positions, filters))
    peaks = tf.reduce_max(flat, axis=1)
    where = tf.argmax(flat, axis=1, output_type=tf.int32)
    positive = tf.reduce_mean(tf.cast(flat > 0, tf.float32), axis=1)
    return (
        tf.reduce_max(peaks, axis=0),
        tf.reduce_min(flat, axis=(0, 1)),
        tf.reduce_sum(tf.reduce_mean(flat, axis=1), axis=0),
        tf.reduce_sum(positive, axis=0),
        tf.gather(peaks, kept, axis=1),
        tf.gather(where, kept, axis=1),
        tf.gather(tf.gather_nd(maps, points), kept, axis=1),
    )


def _largest_activation(graph: tf.Graph) -> int:
    """Returns the number of values of the largest activation of one input."""
    shapes = (
        output.shape
        for operation in graph.get_operations()
        for output in operation.outputs
    )
    return max(
        (
            math.prod(shape[1:])
            for shape in shapes
            if shape.rank and shape[0] is None and None not in shape[1:]
        ),
        default=1,
    )


def _points_of_batch(
    points: npt.NDArray[np.int32], first: int, count: int
) -> npt.NDArray[np.int32]:
    """Returns the points in a batch; inputs count from the batch's start."""
    inside = (points[:, 0] >= first) & (points[:, 0] < first + count)
    chosen = points[inside]
    chosen[:, 0] -= first
    return chosen
