"""How far an image can be trusted: lift, robustness, rank.

A high activation alone proves little (Geirhos et al., 2023). Lift sets it
beside what the data reaches, lift_t asks whether it survives transforms that
the ascent never made, rank whether the image is the filter's own.
"""

import dataclasses
import time
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from tb_actmax.data.fitting import FittedModel
from tb_actmax.measures.framing import Frame
from tb_actmax.measures.responses import Measured
from tb_actmax.measures.robustness import Data, moved
from tb_actmax.network import activations as unit
from tb_actmax.network.layers import Target

Array = npt.NDArray[np.float32]

_BATCH = 64  # images of one forward pass
_BYTES = 64 << 20  # of images that are moved at the same time
_LITTLE = 0.05  # of the layer's median span: filters without a scale


@dataclasses.dataclass(frozen=True)
class Trusted:
    """Measures of images, one for each.

    Attributes:
        lift: (response - grey) / (the data's maximum - grey), where the image
            lies in the middle of an input of the data's mean, the response is
            the largest of the units whose field is centred in the image, and
            grey is that without the image: 0 for nothing, 1 for as much as
            the data does. NaN for filters that the data hardly moves: less
            than 5 % of the layer's median.
        lift_t: The same after held-out transforms, on average.
        rank: Place of the own filter among all of the layer, by lift: 1 where
            the image excites its own filter most. Equals share the middle of
            their places. NaN as above.
    """

    lift: Array
    lift_t: Array
    rank: Array


@dataclasses.dataclass(frozen=True)
class Reaction:
    """How a layer reacts to an image of a filter, in the middle of an input.

    Attributes:
        all: Largest response of each filter, (filters,).
        moved: That of the image's own filter after held-out transforms, on
            average.
    """

    all: Array
    moved: float


class Trust:
    """Measures images of a layer's filters; traced once, weights read live.

    Args:
        fitted: The model, and the shape and statistics of its inputs.
        target: The layer.
    """

    def __init__(self, fitted: FittedModel, target: Target):
        self._model = fitted.model
        self._target = target
        self._statistics = fitted.statistics
        self._shape = fitted.shape
        self._frame: Frame | None = None
        self._measure: Any = None
        self.building = 0.0  # seconds that tracing has taken

    def __call__(
        self,
        images: Array,
        filters: list[int],
        measured: Measured,
        reactions: Sequence[Reaction] = (),
    ) -> Trusted:
        """Measures.

        Args:
            images: (n, height, width, channels), all of one size.
            filters: The filter of each.
            measured: Responses to the data.
            reactions: Those to the images, where others have found them.
        """
        if not reactions:
            reactions = self.react(images, filters, measured.map)
        frame = self._framing(images, measured.map)
        grey = self._responses(frame(images[:1] * 0 + frame.mean))[0]
        span = measured.maximum - grey
        positive = span[span > 0]
        least = _LITTLE * np.median(positive) if len(positive) else np.inf
        known = span > least
        safe = np.where(known, span, np.inf)
        lifts = (
            np.stack([reaction.all for reaction in reactions]) - grey
        ) / safe
        lift = lifts[np.arange(len(filters)), filters]
        rank = rank_among(lifts[:, known], lift)
        after = np.array([reaction.moved for reaction in reactions], np.float32)
        lift_t = (after - grey[filters]) / safe[filters]
        nothing = ~known[filters]
        for measure in (lift, lift_t, rank):
            measure[nothing] = np.nan
        return Trusted(lift, lift_t, rank)

    def react(
        self, images: Array, filters: list[int], units: tuple[int, ...]
    ) -> list[Reaction]:
        """What the network makes of images, whatever it makes of the data.

        Args:
            images: As above.
            filters: The filter of each.
            units: Size of the layer's map for an input.
        """
        frame = self._framing(images, units)
        each = max(1, _BYTES // (4 * max(1, frame.size * images.shape[-1])))
        reactions: list[Reaction] = []
        for first in range(0, len(images), each):
            part = slice(first, first + each)
            framed = frame(images[part])
            own = np.array(filters[part])
            index = np.arange(len(own))
            every = self._responses(framed)
            after = [
                self._responses(some)[index, own]
                for some in moved(framed, self._data)
            ]
            means = np.mean(after, axis=0)
            reactions.extend(map(Reaction, every, means.tolist()))
        return reactions

    def _framing(self, images: Array, units: tuple[int, ...]) -> Frame:
        if self._frame is None:
            self._frame = Frame(
                self._target.field,
                self._shape[:-1],
                images.shape[1:-1],
                units,
                self._statistics.mean,
            )
        return self._frame

    @property
    def _data(self) -> Data:
        return Data(self._statistics.mean, *self._statistics.value_range)

    def _responses(self, framed: Array) -> Array:
        """Largest responses around the middle, (n, filters)."""
        if self._measure is None:
            began = time.perf_counter()
            trace = tf.function(self._trace, autograph=False)
            self._measure = trace.get_concrete_function(
                tf.TensorSpec((None, *framed.shape[1:]), tf.float32)
            )
            self.building = time.perf_counter() - began
        parts = [
            self._measure(tf.constant(framed[first : first + _BATCH])).numpy()
            for first in range(0, len(framed), _BATCH)
        ]
        return np.concatenate(parts)

    def _trace(self, images: tf.Tensor) -> tf.Tensor:
        assert self._frame is not None
        maps = unit.maps(self._model, self._target, images)
        around = maps[(slice(None), *self._frame.units)]
        return tf.reduce_max(around, axis=list(range(1, around.shape.rank - 1)))


def rank_among(lifts: Array, own: Array) -> Array:
    """1 + filters with more lift, + half of the others with as much.

    Args:
        lifts: Of each image for all filters, (n, filters).
        own: Of each image for its own filter, (n,).
    """
    more = (lifts > own[:, None]).sum(axis=1)
    equal = (lifts == own[:, None]).sum(axis=1) - 1
    return np.asarray(1 + more + np.maximum(equal, 0) / 2, np.float32)
