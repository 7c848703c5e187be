"""Measures how far an image can be trusted: lift, robustness and rank.

A high activation alone proves little (Geirhos et al., "Don't trust your eyes",
2023). Lift compares it with the largest response to the data. Lift after
transforms that the ascent never used shows whether the image depends on single
pixels. Rank shows whether the image is specific to its filter.
"""

import contextlib
import dataclasses
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from tb_actmax.data.fitting import FittedModel
from tb_actmax.measures.framing import Frame
from tb_actmax.measures.responses import Responses
from tb_actmax.measures.robustness import transformed
from tb_actmax.network.activations import maps, maps_of_each
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


class _Traced(NamedTuple):
    """The traced responses of a layer to framed images.

    Attributes:
        largest: Returns the largest responses of the frame's units, (n,
            filters), of this layer and of those that share the trace.
        place: Index of this layer among them.
        state: State of the model that the function would change.
    """

    largest: tf.types.experimental.ConcreteFunction
    place: int
    state: PrivateState


class ImageMeasurer:
    """Measures images of a layer's filters.

    It is traced once and reads the current weights.
    """

    def __init__(self, fitted: FittedModel, target: Target):
        self.tracing = Stopwatch()
        self._fitted = fitted
        self._target = target
        self._frame: Frame | None = None
        self._traced: _Traced | None = None

    def share_trace(
        self, others: Sequence["ImageMeasurer"], size: tuple[int, ...]
    ) -> None:
        """Lets this layer's measurer and others use one trace.

        Those of parts of inputs, and of models that were not traced up to all
        of the layers, keep traces of their own.

        Args:
            others: Measurers of layers that the model runs before this one.
            size: Size of the images of all of them.
        """
        measurers = [*others, self]
        frames = [one._framed(size) for one in measurers]
        if any(frame.crops for frame in frames):
            return
        with (
            self.tracing.running(),
            contextlib.suppress(TypeError, ValueError, tf.errors.OpError),
        ):
            targets = [one._target for one in measurers]
            largest = _trace(self._fitted, targets, frames)
            state = PrivateState(largest)
            for place, one in enumerate(measurers):
                one._frame = frames[place]
                one._traced = _Traced(largest, place, state)

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

    def _framed(self, size: tuple[int, ...], crops: bool = True) -> Frame:
        """Returns the frame of images of a size."""
        shape, mean = self._fitted.shape, self._fitted.statistics.mean
        return Frame(self._target, shape[:-1], size, mean, crops)

    def _framing(self, images: Array) -> Frame:
        """Returns the frame of images; traces the responses to them."""
        if self._frame is None:
            size = images.shape[1:-1]
            frame = self._framed(size)
            with self.tracing.running():
                try:
                    largest = _trace(self._fitted, [self._target], [frame])
                except (TypeError, ValueError, tf.errors.OpError):
                    if not frame.crops:
                        raise  # else the network takes inputs of one size only
                    frame = self._framed(size, False)
                    largest = _trace(self._fitted, [self._target], [frame])
                self._traced = _Traced(largest, 0, PrivateState(largest))
            self._frame = frame
        return self._frame

    def _largest_responses(self, framed: Array) -> Array:
        """Returns the largest responses of the frame's units, (n, filters)."""
        assert self._traced is not None
        self._traced.state.refresh()
        batches = [
            self._traced.largest(tf.constant(framed[first : first + _BATCH]))
            for first in range(0, len(framed), _BATCH)
        ]
        return np.concatenate([b[self._traced.place].numpy() for b in batches])


def _trace(
    fitted: FittedModel, targets: Sequence[Target], frames: Sequence[Frame]
) -> tf.types.experimental.ConcreteFunction:
    """Traces the largest responses of layers to images in equal frames."""

    def largest(framed: tf.Tensor) -> list[tf.Tensor]:
        if len(targets) > 1:
            every = maps_of_each(fitted.model, targets, framed)
        else:
            every = [maps(fitted.model, targets[0], framed)]
        found = []
        for target, frame, own in zip(targets, frames, every, strict=True):
            if frame.crops:
                check_field(target, target.field, framed, own)
            units = own[(slice(None), *frame.units)]
            axes = list(range(1, units.shape.rank - 1))
            found.append(tf.reduce_max(units, axis=axes))
        return found

    spec = tf.TensorSpec((None, *frames[0].empty(1).shape[1:]), tf.float32)
    kept = [fitted.model.traced.kept(target.path) for target in targets]
    return trace(largest, spec, effects=not all(kept))


def rank_among(lifts: Array, own: Array) -> Array:
    """Returns 1 + the number of filters with more lift + half of the ties.

    Takes the lift of each image for all filters, (n, filters), and for its own.
    """
    more = (lifts > own[:, None]).sum(axis=1)
    equal = (lifts == own[:, None]).sum(axis=1) - 1
    return np.asarray(1 + more + np.maximum(equal, 0) / 2, np.float32)
