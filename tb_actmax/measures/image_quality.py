"""Measures how far an image can be trusted: lift, robustness and rank.

A high activation alone proves little (Geirhos et al., "Don't trust your eyes",
2023). Lift compares it with the largest response to the data. Lift after
transforms that the ascent never used shows whether the image depends on single
pixels. Rank shows whether the image is specific to its filter.
"""

import dataclasses
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from tb_actmax.data.fitting import FittedModel
from tb_actmax.measures.framing import Frame
from tb_actmax.measures.responses import Responses
from tb_actmax.measures.robustness import transformed
from tb_actmax.network.activations import maps
from tb_actmax.network.private_state import PrivateState
from tb_actmax.network.shown_unit import check_field
from tb_actmax.network.target import Target
from tb_actmax.network.tracing import trace
from tb_actmax.stopwatch import Stopwatch

Array = npt.NDArray[np.float32]

_BATCH = 64  # images of one forward pass
BYTES_AT_ONCE = 64 << 20  # of the images that are transformed at the same time
_FORMS = 8  # of an image: as it is, and after each transform
_MIN_SPAN = 0.05  # of the layer's median: below it filters have no measures


@dataclasses.dataclass(frozen=True)
class ImageQuality:
    """Measures of images, one value for each image.

    NaN for filters whose responses to the data exceed grey by less than 5 % of
    the layer's median, because any value would be accidental.

    Attributes:
        lift: (response - grey) / (data_max - grey). The image lies in the
            centre of an input that is the data's mean elsewhere; the response
            is the largest among the units whose field is centred in the image.
            grey is the response without the image, and data_max the largest
            response to the data. 0 if the image has no effect, 1 if it excites
            the filter as much as the data do.
        lift_t: Mean lift after each transform of `robustness`.
        rank: Rank of the filter among all filters of the layer, by lift: 1 if
            the image excites its own filter most. Equal lifts share the mean of
            their ranks.
    """

    lift: Array
    lift_t: Array
    rank: Array


@dataclasses.dataclass(frozen=True)
class ImageResponse:
    """The response of a layer to the image of one of its filters."""

    filters: Array  # largest response of each filter, (filters,)
    # Largest response of the image's own filter, averaged over the transforms
    # of `robustness`.
    transformed: float


class ImageMeasurer:
    """Measures images of a layer's filters.

    It is traced once and reads the current weights.
    """

    def __init__(self, fitted: FittedModel, target: Target):
        self.tracing = Stopwatch()
        self._fitted = fitted
        self._target = target
        self._frame: Frame | None = None
        self._largest: tf.types.experimental.ConcreteFunction | None = None

    def responses(
        self, images: Array, filters: Sequence[int]
    ) -> list[ImageResponse]:
        """Measures the responses to images, the slow part of `quality`."""
        statistics, frame = self._fitted.statistics, self._framing(images)
        responses: list[ImageResponse] = []
        for part in self._parts(images, _FORMS):
            framed = frame(images[part])
            changed = transformed(
                framed,
                statistics.mean,
                statistics.value_range,
                self._target.pictures,
            )
            # Together, since few images take as long as one.
            found = self._largest_responses(np.concatenate([framed, *changed]))
            every, *after = found.reshape(-1, len(framed), found.shape[1])
            own = np.array(filters[part])
            each = np.arange(len(own))
            means = np.mean([one[each, own] for one in after], axis=0)
            responses += map(ImageResponse, every, means.tolist())
        return responses

    def quality(
        self,
        images: Array,
        filters: Sequence[int],
        image_responses: Sequence[ImageResponse] | None,
        responses: Responses,
    ) -> ImageQuality:
        """Compares the responses to images with those to the data.

        Images (n, height, width, channels) are always of the same size. Without
        `image_responses` the layer's responses to them are measured.
        """
        grey = self._largest_responses(self._framing(images).empty(1))[0]
        span = responses.maximum - grey
        positive = span[span > 0]
        least = _MIN_SPAN * np.median(positive) if len(positive) else np.inf
        known = span > least
        safe = np.where(known, span, np.inf)
        measures = []
        for part in self._parts(images):  # responses are not all kept
            own = np.array(filters[part])
            if image_responses is None:
                found = self.responses(images[part], filters[part])
            else:
                found = list(image_responses[part])
            every = np.stack([response.filters for response in found])
            lifts = (every - grey) / safe
            lift = lifts[np.arange(len(own)), own]
            after = [response.transformed for response in found]
            lift_t = (np.array(after, np.float32) - grey[own]) / safe[own]
            rank = rank_among(lifts[:, known], lift)
            for measure in (lift, lift_t, rank):
                measure[~known[own]] = np.nan
            measures.append((lift, lift_t, rank))
        return ImageQuality(
            *(np.concatenate(parts) for parts in zip(*measures, strict=True))
        )

    def _parts(self, images: Array, forms: int = 1) -> list[slice]:
        """Divides images, each in several forms, into parts of one pass."""
        values = self._framing(images).pixels * images.shape[-1]
        bytes_of_one = 4 * max(1, values, self._target.filters)
        count = max(1, BYTES_AT_ONCE // (forms * bytes_of_one))
        return [
            slice(first, first + count)
            for first in range(0, len(images), count)
        ]

    def _framing(self, images: Array) -> Frame:
        if self._frame is None:
            input_size = self._fitted.shape[:-1]
            size, mean = images.shape[1:-1], self._fitted.statistics.mean
            frame = Frame(self._target, input_size, size, mean)
            with self.tracing.running():
                try:
                    self._largest = self._traced(frame)
                except (TypeError, ValueError, tf.errors.OpError):
                    if not frame.crops:
                        raise  # else the network takes inputs of one size only
                    frame = Frame(self._target, input_size, size, mean, False)
                    self._largest = self._traced(frame)
                self._state = PrivateState(self._largest)
            self._frame = frame
        return self._frame

    def _largest_responses(self, framed: Array) -> Array:
        """Returns the largest responses of the frame's units, (n, filters)."""
        assert self._largest is not None
        self._state.refresh()
        batches = [
            self._largest(tf.constant(framed[first : first + _BATCH])).numpy()
            for first in range(0, len(framed), _BATCH)
        ]
        return np.concatenate(batches)

    def _traced(self, frame: Frame) -> tf.types.experimental.ConcreteFunction:
        """Traces the largest responses to framed images."""

        def largest(framed: tf.Tensor) -> tf.Tensor:
            found = maps(self._fitted.model, self._target, framed)
            if frame.crops:
                check_field(self._target, self._target.field, framed, found)
            units = found[(slice(None), *frame.units)]
            return tf.reduce_max(
                units, axis=list(range(1, units.shape.rank - 1))
            )

        spec = tf.TensorSpec((None, *frame.empty(1).shape[1:]), tf.float32)
        return trace(largest, spec)


def rank_among(lifts: Array, own: Array) -> Array:
    """Returns 1 + the number of filters with more lift + half of the ties.

    Takes the lift of each image for all filters, (n, filters), and for its own.
    """
    more = (lifts > own[:, None]).sum(axis=1)
    equal = (lifts == own[:, None]).sum(axis=1) - 1
    return np.asarray(1 + more + np.maximum(equal, 0) / 2, np.float32)
