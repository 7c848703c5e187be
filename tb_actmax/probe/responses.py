"""How strongly the data itself excites each filter of a layer."""

import dataclasses
from typing import Any

import keras
import numpy as np
import numpy.typing as npt
import tensorflow as tf

from tb_actmax.maximizer import unit
from tb_actmax.maximizer.layers import Target

Array = npt.NDArray[np.float32]

_BATCH = 64  # inputs of one forward pass
_WEAK = 0.05  # a filter is weak below this share of the layer's median


@dataclasses.dataclass
class Measured:
    """Responses of all filters of a layer to a probe, before activation.

    Attributes:
        maximum: Largest response anywhere, (filters,).
        share: Share of positions with a response above zero, (filters,).
    """

    maximum: Array
    share: Array

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

    Args:
        model: The model.
        target: The layer.
    """

    def __init__(self, model: keras.Model, target: Target):
        self._model = model
        self._target = target
        self._measure: Any = None

    def __call__(self, images: Array) -> Measured:
        """Measures.

        Args:
            images: Inputs (n, height, width, channels), n >= 1.
        """
        if self._measure is None:
            trace = tf.function(self._trace, autograph=False)
            self._measure = trace.get_concrete_function(
                tf.TensorSpec((None, *images.shape[1:]), tf.float32)
            )
        maximum, share = [], []
        for first in range(0, len(images), _BATCH):
            batch = images[first : first + _BATCH]
            highest, above = self._measure(tf.constant(batch))
            maximum.append(highest.numpy())
            share.append(above.numpy())
        return Measured(
            np.concatenate(maximum).max(axis=0),
            np.concatenate(share).mean(axis=0),
        )

    def _trace(self, images: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        maps = unit.maps(self._model, self._target, images)
        above = tf.cast(maps > 0, tf.float32)
        return (
            tf.reduce_max(maps, axis=(1, 2)),
            tf.reduce_mean(above, axis=(1, 2)),
        )
