"""How strongly the data itself excites each filter of a layer."""

import dataclasses
import math
import time
from typing import Any

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from tb_actmax.data.sample import Sample
from tb_actmax.matching.probe_points import ProbePoints
from tb_actmax.network import activations as unit
from tb_actmax.network.image_model import ImageModel
from tb_actmax.network.layers import Target

Array = npt.NDArray[np.float32]

_BATCH = 64  # most inputs of one forward pass
_BYTES = 64 << 20  # of the largest activation of one forward pass
# Below these shares of the layer's median a filter is dead, and weak.
_DEAD = 0.001
_WEAK = 0.05


@dataclasses.dataclass
class Measured:
    """Responses of all filters of a layer to a probe, before activation.

    Attributes:
        maximum: Largest response anywhere, (filters,).
        p99: The 99th percentile, over a sample of positions, (filters,).
        mean: Mean response, (filters,).
        share: Share of positions with a response above zero, (filters,).
        peaks: Largest response of each input, (n, filters).
        positions: Where it is, (n, filters): counted row by row.
        map: Rows and columns of the layer's map; of a volume slices before
            them.
        sampled: Responses at places that cover all inputs evenly, the same
            ones each time, (places, filters).
    """

    maximum: Array
    p99: Array
    mean: Array
    share: Array
    peaks: Array
    positions: npt.NDArray[np.int32]
    map: tuple[int, ...]
    sampled: Array

    def status(self, index: int) -> str:
        """ "dead", "weak" or "ok", of one filter."""
        largest = self.maximum[index]
        if largest <= 0:
            return "dead"
        middle = float(np.median(self.maximum[self.maximum > 0]))
        if largest < _DEAD * middle:
            return "dead"
        return "weak" if largest < _WEAK * middle else "ok"

    def refine(self, index: int | None, status: str) -> str:
        """What the data says of a filter whose image is all right."""
        if index is None or status != "ok":
            return status
        return self.status(index)


class Responses:
    """Measures a layer's responses; traced once, weights read live.

    One pass over the inputs, in batches as small as the network's activations
    demand; of the maps themselves nothing is kept.

    Args:
        model: The model.
        target: The layer.
        points: Where responses are compared.
    """

    def __init__(self, model: ImageModel, target: Target, points: ProbePoints):
        self._model = model
        self._target = target
        self._points = points
        self._measure: Any = None
        self._map: tuple[int, ...] = ()
        self._batch = _BATCH
        self.building = 0.0  # seconds that tracing has taken

    def __call__(self, sample: Sample) -> Measured:
        """Measures.

        Args:
            sample: Inputs, at least one: those that the places were drawn
                from.
        """
        images, others = sample.images, sample.other_inputs
        if self._measure is None:
            began = time.perf_counter()
            self._prepare(sample)
            self.building = time.perf_counter() - began
        places = self._points.positions(self._map)
        parts = []
        for first in range(0, len(images), self._batch):
            batch = slice(first, first + self._batch)
            some = images[batch]
            found = self._measure(
                tf.constant(some, tf.float32),
                _within(places, first, len(some)),
                *(tf.constant(value[batch]) for value in others.values()),
            )
            parts.append([part.numpy() for part in found])
        peaks, positions, share, mean, sampled = (
            np.concatenate(some) for some in zip(*parts, strict=True)
        )
        return Measured(
            maximum=peaks.max(axis=0),
            p99=np.percentile(sampled, 99, axis=0).astype(np.float32),
            mean=mean.mean(axis=0),
            share=share.mean(axis=0),
            peaks=peaks,
            positions=positions,
            map=self._map,
            sampled=sampled,
        )

    def _prepare(self, sample: Sample) -> None:
        """Traces, and finds out how many inputs fit into memory at once."""
        images = sample.images
        keys = list(sample.other_inputs)

        def trace(
            images: tf.Tensor,
            places: tf.Tensor,
            *others: tf.Tensor,
        ) -> tuple[tf.Tensor, ...]:
            # Each image with what the network takes beside it.
            model = self._model.beside(dict(zip(keys, others, strict=True)))
            maps = unit.maps(model, self._target, images)
            self._map = tuple(maps.shape[1:-1])
            return _reduce(maps, places)

        self._measure = tf.function(trace, autograph=False)
        self._measure = self._measure.get_concrete_function(
            tf.TensorSpec((None, *images.shape[1:]), tf.float32),
            tf.TensorSpec((None, images.ndim - 1), tf.int32),
            *(
                tf.TensorSpec((None, *value.shape[1:]), value.dtype)
                for value in sample.other_inputs.values()
            ),
        )
        each = 4 * _largest(self._measure.graph)
        self._batch = max(1, min(_BATCH, _BYTES // each))


def _reduce(maps: tf.Tensor, places: tf.Tensor) -> tuple[tf.Tensor, ...]:
    """What is kept of maps (n, rows, columns, filters)."""
    positions, filters = math.prod(maps.shape[1:-1]), maps.shape[-1]
    flat = tf.reshape(maps, (-1, positions, filters))
    return (
        tf.reduce_max(flat, axis=1),
        tf.argmax(flat, axis=1, output_type=tf.int32),
        tf.reduce_mean(tf.cast(flat > 0, tf.float32), axis=1),
        tf.reduce_mean(flat, axis=1),
        tf.gather_nd(maps, places),
    )


def _largest(graph: tf.Graph) -> int:
    """Values of the largest activation of one input."""
    largest = 1
    for operation in graph.get_operations():
        for output in operation.outputs:
            shape = output.shape
            if shape.rank and shape[0] is None and None not in shape[1:]:
                largest = max(largest, math.prod(shape[1:]))
    return largest


def _within(
    places: npt.NDArray[np.int32], first: int, count: int
) -> npt.NDArray[np.int32]:
    """Places in a batch, their inputs counted from its start."""
    inside = (places[:, 0] >= first) & (places[:, 0] < first + count)
    chosen = places[inside]
    chosen[:, 0] -= first
    return chosen
