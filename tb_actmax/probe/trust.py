"""How far an image can be trusted: lift, robustness, rank.

A high activation alone proves little (Geirhos et al., 2023). Lift sets it
beside what the data reaches, lift_t asks whether it survives transforms that
the ascent never made, rank whether the image is the filter's own.
"""

import dataclasses
from typing import Any

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from tb_actmax.maximizer import unit
from tb_actmax.maximizer.inputs import ImageModel
from tb_actmax.maximizer.layers import Target
from tb_actmax.probe.held_out import Data, moved
from tb_actmax.probe.responses import Measured
from tb_actmax.probe.statistics import Statistics

Array = npt.NDArray[np.float32]

_BATCH = 64  # images of one forward pass


@dataclasses.dataclass(frozen=True)
class Trusted:
    """Measures of images, one for each.

    Attributes:
        lift: (response - grey) / (the data's maximum - grey), where grey is
            the response to the data's mean: 0 for nothing, 1 for as much as
            the data does.
        lift_t: The same after held-out transforms, on average.
        rank: Place of the own filter among all of the layer, by lift: 1 where
            the image excites its own filter most.
    """

    lift: Array
    lift_t: Array
    rank: npt.NDArray[np.int64]


class Trust:
    """Measures images of a layer's filters; traced once, weights read live.

    Args:
        model: The model.
        target: The layer.
        statistics: Statistics of the data.
    """

    def __init__(
        self, model: ImageModel, target: Target, statistics: Statistics
    ):
        self._model = model
        self._target = target
        self._statistics = statistics
        self._measure: Any = None

    def __call__(
        self, images: Array, filters: list[int], measured: Measured
    ) -> Trusted:
        """Measures.

        Args:
            images: (n, height, width, channels), all of one size.
            filters: The filter of each.
            measured: Responses to the data.
        """
        statistics = self._statistics
        grey = self._responses(
            np.broadcast_to(statistics.mean, (1, *images.shape[1:]))
        )[0]
        span = np.maximum(measured.maximum - grey, 1e-6)
        lifts = (self._responses(images) - grey) / span
        index = np.arange(len(images))
        own = lifts[index, filters]
        data = Data(statistics.mean, *statistics.value_range)
        after = [
            self._responses(some)[index, filters]
            for some in moved(images, data)
        ]
        # A filter that the data does not excite has no scale of its own.
        excited = measured.maximum > grey
        lifts = np.where(excited, lifts, -np.inf)
        return Trusted(
            own,
            (np.mean(after, axis=0) - grey[filters]) / span[filters],
            1 + (lifts > own[:, None]).sum(axis=1),
        )

    def _responses(self, images: Array) -> Array:
        """Responses of all filters at the centre, (n, filters)."""
        if self._measure is None:
            trace = tf.function(self._trace, autograph=False)
            self._measure = trace.get_concrete_function(
                tf.TensorSpec((None, *images.shape[1:]), tf.float32)
            )
        parts = [
            self._measure(tf.constant(images[first : first + _BATCH])).numpy()
            for first in range(0, len(images), _BATCH)
        ]
        return np.concatenate(parts)

    def _trace(self, images: tf.Tensor) -> tf.Tensor:
        return unit.centre(self._model, self._target, images)
