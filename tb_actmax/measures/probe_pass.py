"""Measures the responses of layers in one pass over the probe."""

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from tb_actmax.data.sample import Sample
from tb_actmax.matching.probe_points import ProbePoints
from tb_actmax.measures.responses import Responses
from tb_actmax.network.activations import run_on_inputs
from tb_actmax.network.image_model import ImageModel
from tb_actmax.network.private_state import PrivateState
from tb_actmax.network.snapshot import Snapshot
from tb_actmax.network.target import Target
from tb_actmax.network.tracing import trace
from tb_actmax.network.whole_inputs import WholeInputs
from tb_actmax.stopwatch import Stopwatch

Array = npt.NDArray[np.float32]

_BATCH = 64  # inputs of one forward pass, at most
_BYTES = 64 << 20  # of the largest activation of one forward pass
_COPIED = 512  # filters whose responses NumPy may copy at once


class ProbePass:
    """Measures the responses of layers in one pass over the probe.

    It is traced once and reads the current weights, or those of a snapshot.
    Batches are small enough for the network's activations to fit into memory,
    and no map is kept. The layers are in the same sub-model, and none inside
    another. Without `points`, their filters are not compared. With `whole`, the
    pass shares its run of the model with those of other layers.
    """

    def __init__(
        self,
        model: ImageModel,
        targets: Sequence[Target],
        points: ProbePoints | None,
        snapshot: Snapshot | None = None,
        batch: int = _BATCH,
        whole: WholeInputs | None = None,
    ):
        self.targets = list(targets)
        self.tracing = Stopwatch()
        self._snapshot = snapshot
        self._model = model
        self._points = points
        self._reduce: tf.types.experimental.ConcreteFunction | None = None
        self._state = PrivateState()
        self._batch = batch
        self._whole = whole

    def measure(
        self, sample: Sample, kept: Sequence[Sequence[int]] | None = None
    ) -> list[Responses]:
        """Measures the responses to the sample that the points belong to.

        Keeps peaks and responses at the points, 40 KiB per filter, of the
        filters of each layer in `kept`; `None` for all.
        """
        images = sample.images
        if kept is None:
            kept = [range(target.filters) for target in self.targets]
        if self._reduce is None:
            with self.tracing.running():
                self._reduce = self._trace(sample)
        self._state.refresh()
        sums = [
            _Sums(target, list(some), images.ndim - 2)
            for target, some in zip(self.targets, kept, strict=True)
        ]
        points = [
            np.zeros((0, images.ndim - 1), np.int32)
            if self._points is None
            else self._points.positions(one.map_size)
            for one in sums
        ]
        for first in range(0, len(images), self._batch):
            batch = slice(first, first + self._batch)
            found = self._reduce(
                tf.constant(images[batch], tf.float32),
                [
                    _points_of_batch(some, first, len(images[batch]))
                    for some in points
                ],
                [tf.constant(one.kept, tf.int32) for one in sums],
                *(
                    tf.constant(value[batch])
                    for value in sample.other_inputs.values()
                ),
            )
            for one, parts in zip(sums, found, strict=True):
                one.add([part.numpy() for part in parts])
        return [one.responses(len(images)) for one in sums]

    def _trace(self, sample: Sample) -> tf.types.experimental.ConcreteFunction:
        """Traces the pass, and chooses a batch size that fits into memory."""
        others, whole = sample.other_inputs, None
        if not others and self._snapshot is None:
            if self._whole is None:
                shape = sample.images.shape[1:]
                self._whole = WholeInputs(self._model, self.targets, shape)
            whole = self._whole.until(self.targets)

        def reduce_batch(
            images: tf.Tensor,
            points: list[tf.Tensor],
            kept: list[tf.Tensor],
            *values: tf.Tensor,
        ) -> list[tuple[tf.Tensor, ...]]:
            if whole is not None:
                found = whole(images)[: len(self.targets)]
            else:
                given = dict(zip(others, values, strict=True))
                model = self._model.beside(given)
                found = run_on_inputs(model, self.targets, images)
            return [
                _reduce_maps(maps, *parts)
                for maps, *parts in zip(found, points, kept, strict=True)
            ]

        images, count = sample.images, len(self.targets)
        concrete = trace(
            reduce_batch,
            tf.TensorSpec((None, *images.shape[1:]), tf.float32),
            [tf.TensorSpec((None, images.ndim - 1), tf.int32)] * count,
            [tf.TensorSpec((None,), tf.int32)] * count,
            *(
                tf.TensorSpec((None, *value.shape[1:]), value.dtype)
                for value in others.values()
            ),
        )
        if self._snapshot is not None:
            self._snapshot.bind(concrete)
        self._state = PrivateState(concrete)
        graph = concrete.graph if whole is None else whole.graph
        largest = _largest_activation(graph)
        if self._points is not None:
            each = -(-len(self._points) // len(images))
            filters = sum(target.filters for target in self.targets)
            largest = max(largest, each * filters)
        self._batch = max(1, min(self._batch, _BYTES // (4 * largest)))
        return concrete


class _Sums:
    """Adds up the responses of a layer to the batches of a probe."""

    def __init__(self, target: Target, kept: list[int], axes: int):
        count = target.filters
        self.map_size = target.positions or (1,) * axes
        self.kept = kept
        self._rectified = target.rectified
        self._maximum = np.full(count, -np.inf, np.float32)
        self._minimum = np.full(count, np.inf, np.float32)
        self._mean, self._share = np.zeros(count), np.zeros(count)
        self._details: list[list[Array]] = []

    def add(self, parts: Sequence[Array]) -> None:
        """Adds the result of `_reduce_maps` for a batch."""
        most, least, sums, positive, *details = parts
        # NaN stays NaN.
        self._maximum = np.maximum(self._maximum, most)
        self._minimum = np.minimum(self._minimum, least)
        self._mean += sums
        self._share += positive
        self._details.append(details)

    def responses(self, inputs: int) -> Responses:
        """Returns the responses to all batches."""
        peaks, positions, at_points = (
            np.concatenate(parts) for parts in zip(*self._details, strict=True)
        )
        p99 = np.full(len(self._mean), np.nan, np.float32)
        p99[self.kept] = _percentile(at_points, 99)
        return Responses(
            self._maximum,
            self._minimum,
            (self._mean / inputs).astype(np.float32),
            (self._share / inputs).astype(np.float32),
            self._rectified,
            self.map_size,
            self.kept,
            p99,
            peaks,
            positions,
            at_points,
        )


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
    """Reduces maps (n, rows, columns, filters) to the statistics to keep."""
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
