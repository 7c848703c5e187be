"""How strongly the data itself excites each filter of a layer."""

import dataclasses
import math
from typing import Any

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from tb_actmax.maximizer import unit
from tb_actmax.maximizer.inputs import ImageModel
from tb_actmax.maximizer.layers import Target
from tb_actmax.probe.signature import Places

Array = npt.NDArray[np.float32]

_BATCH = 64  # inputs of one forward pass
_WEAK = 0.05  # a filter is weak below this share of the layer's median
_SAMPLED = 8192  # positions that percentiles are taken from


@dataclasses.dataclass
class Measured:
    """Responses of all filters of a layer to a probe, before activation.

    Attributes:
        maximum: Largest response anywhere, (filters,).
        p99: The 99th percentile, over a sample of positions, (filters,).
        mean: Mean response, (filters,).
        share: Share of positions with a response above zero, (filters,).
        peaks: Largest response of each input, (n, filters).
        positions: Where it is, (n, filters): row * columns + column, as
            `numpy.unravel_index` reads it.
        map: Rows and columns of the layer's map; of a volume slices before
            them.
        signature: Responses at the places of a signature, (places, filters).
    """

    maximum: Array
    p99: Array
    mean: Array
    share: Array
    peaks: Array
    positions: npt.NDArray[np.int32]
    map: tuple[int, ...]
    signature: Array

    def status(self, index: int) -> str:
        """ "dead", "weak" or "ok", of one filter."""
        if self.maximum[index] <= 0:
            return "dead"
        alive = self.maximum[self.maximum > 0]
        weak = self.maximum[index] < _WEAK * float(np.median(alive))
        return "weak" if weak else "ok"

    def refine(self, index: int | None, status: str) -> str:
        """What the data says of a filter whose image is all right."""
        if index is None or status != "ok":
            return status
        return self.status(index)


class Responses:
    """Measures a layer's responses; traced once, weights read live.

    One pass over the inputs, in batches; of the maps themselves nothing is
    kept.

    Args:
        model: The model.
        target: The layer.
        places: Where signatures are taken.
    """

    def __init__(self, model: ImageModel, target: Target, places: Places):
        self._model = model
        self._target = target
        self._places = places
        self._measure: Any = None
        self._map: tuple[int, ...] = ()

    def __call__(self, images: Array) -> Measured:
        """Measures.

        Args:
            images: Inputs (n, height, width, channels), n >= 1: those that
                the places were drawn from.
        """
        if self._measure is None:
            trace = tf.function(self._trace, autograph=False)
            self._measure = trace.get_concrete_function(
                tf.TensorSpec((None, *images.shape[1:]), tf.float32),
                tf.TensorSpec((None, images.ndim - 1), tf.int32),
                tf.TensorSpec((None, images.ndim - 1), tf.int32),
            )
        signed = self._places.positions(self._map)
        sampled = self._sampled(len(images))
        parts = []
        for first in range(0, len(images), _BATCH):
            batch = images[first : first + _BATCH]
            found = self._measure(
                tf.constant(batch),
                _within(signed, first, len(batch)),
                _within(sampled, first, len(batch)),
            )
            parts.append([part.numpy() for part in found])
        peaks, positions, share, mean, signature, sample = (
            np.concatenate(some) for some in zip(*parts, strict=True)
        )
        return Measured(
            maximum=peaks.max(axis=0),
            p99=np.percentile(sample, 99, axis=0).astype(np.float32),
            mean=mean.mean(axis=0),
            share=share.mean(axis=0),
            peaks=peaks,
            positions=positions,
            map=self._map,
            signature=signature,
        )

    def _sampled(self, count: int) -> npt.NDArray[np.int32]:
        """Positions (input, row, column), evenly many of each input."""
        each = max(1, min(_SAMPLED // count, math.prod(self._map)))
        random = np.random.default_rng(0)
        inputs = np.repeat(np.arange(count), each)
        places = [random.integers(0, n, len(inputs)) for n in self._map]
        return np.stack([inputs, *places], axis=1).astype(np.int32)

    def _trace(
        self, images: tf.Tensor, signed: tf.Tensor, sampled: tf.Tensor
    ) -> tuple[tf.Tensor, ...]:
        maps = unit.maps(self._model, self._target, images)
        *sizes, filters = maps.shape[1:]
        self._map = tuple(sizes)
        every = tuple(range(1, 1 + len(sizes)))
        flat = tf.reshape(maps, (-1, math.prod(sizes), filters))
        above = tf.cast(maps > 0, tf.float32)
        return (
            tf.reduce_max(flat, axis=1),
            tf.argmax(flat, axis=1, output_type=tf.int32),
            tf.reduce_mean(above, axis=every),
            tf.reduce_mean(maps, axis=every),
            tf.gather_nd(maps, signed),
            tf.gather_nd(maps, sampled),
        )


def _within(
    places: npt.NDArray[np.int32], first: int, count: int
) -> npt.NDArray[np.int32]:
    """Places in a batch, their inputs counted from its start."""
    inside = (places[:, 0] >= first) & (places[:, 0] < first + count)
    found = places[inside]
    found[:, 0] -= first
    return found
