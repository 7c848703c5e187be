"""Takes all measures of a layer's filters and images on the probe."""

import dataclasses
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import numpy.typing as npt

from tb_actmax.data.fitting import FittedModel
from tb_actmax.matching.signature import Signatures
from tb_actmax.measures.exemplars import Exemplars, find_exemplars
from tb_actmax.measures.image_quality import (
    ImageMeasurer,
    ImageQuality,
    ImageResponse,
)
from tb_actmax.measures.responses import Responses
from tb_actmax.measures.shared_responses import AT_ONCE, SharedResponses
from tb_actmax.network.target import Target
from tb_actmax.objectives import Objective

Array = npt.NDArray[np.float32]

_STRIDE = 8  # of 8192 points, to tell how steady responses are


@dataclasses.dataclass(frozen=True)
class MeasuredFilters:
    """The measures of a layer's filters at one update."""

    responses: Responses  # of all filters of the layer to the probe
    # Measures of each filter that has an image, as the header stores them.
    entries: dict[int, dict[str, float]]
    signatures: Signatures  # of these filters
    at_points: dict[int, Array]  # responses at some of the points
    exemplars: Exemplars | None


class LayerMeasures:
    """Measures a layer's filters and their images.

    Responses are measured together with those of other layers that `shared`
    knows.
    """

    def __init__(
        self,
        fitted: FittedModel,
        target: Target,
        shared: SharedResponses,
        exemplars: int,
    ):
        assert fitted.sample is not None
        self._fitted = fitted
        self._target = target
        self._responses = shared
        self._points = shared.points.of(fitted.sample)
        self._count = exemplars
        self._images = ImageMeasurer(fitted, target)

    @property
    def tracing_seconds(self) -> float:
        """Seconds spent on tracing, without the passes over the probe."""
        return self._images.tracing.seconds

    def share_trace(
        self, others: Sequence["LayerMeasures"], size: tuple[int, ...]
    ) -> None:
        """Lets measures of layers' images use one trace.

        Args:
            others: Those of layers that the model runs before this one.
            size: Size of the images of all of them.
        """
        self._images.share_trace([one._images for one in others], size)

    def responses(self, objectives: Iterable[Objective]) -> Responses:
        """Measures the responses to the sample; keeps these filters' peaks."""
        return self._responses.measure(self._target, filters_of(objectives))

    def measure(
        self,
        images: Mapping[Objective, Array],
        image_responses: Mapping[Objective, ImageResponse],
        measured: Responses | None = None,
    ) -> MeasuredFilters:
        """Measures the layer with its current weights.

        Of the images (height, width, channels), those of single filters are
        measured. Takes the layer's responses to them, if the maximizer has
        measured them, and the result of `responses` for the same objectives, if
        it was called.
        """
        objectives = {
            objective.filter: objective
            for objective in images
            if objective.plain and objective.filter is not None
        }
        filters = list(objectives)
        signatures: list[Signatures] = []
        at_points: dict[int, Array] = {}
        exemplars: Exemplars | None = None
        p99 = np.full(self._target.filters, np.nan, np.float32)
        parts = [
            filters[first : first + AT_ONCE]
            for first in range(0, max(len(filters), 1), AT_ONCE)
        ]
        for part in parts:  # each takes a pass over the sample
            responses = (
                measured
                if measured is not None and measured.kept == part
                else self._responses.measure(self._target, part)
            )
            p99[part] = responses.p99[part]
            some = responses.at_points[::_STRIDE].T
            at_points |= zip(part, some.copy(), strict=True)
            if self._count and part:
                exemplars = find_exemplars(
                    self._fitted,
                    self._target,
                    responses,
                    self._count,
                    exemplars,
                )
            signatures.append(
                self._points.signatures(part, responses.at_points)
            )
        responses = dataclasses.replace(responses, p99=p99)
        entries: dict[int, dict[str, float]] = {}
        if filters:
            shown = np.stack([images[one] for one in objectives.values()])
            known = [
                image_responses[one]
                for one in objectives.values()
                if one in image_responses
            ]
            quality = self._images.quality(
                shown,
                filters,
                known if len(known) == len(filters) else None,
                responses,
            )
            entries = {
                index: _entry(index, row, responses, quality)
                for row, index in enumerate(filters)
            }
        joined = dataclasses.replace(
            signatures[0],
            filters=filters,
            values=np.concatenate([one.values for one in signatures]),
        )
        return MeasuredFilters(responses, entries, joined, at_points, exemplars)


def _entry(
    index: int, row: int, responses: Responses, quality: ImageQuality
) -> dict[str, float]:
    """Returns the known measures of a filter."""
    values = {
        "data_max": responses.maximum[index],
        "data_p99": responses.p99[index],
        "data_mean": responses.mean[index],
        "share": responses.share[index],
        "lift": quality.lift[row],
        "lift_t": quality.lift_t[row],
        "rank": quality.rank[row],
    }
    # Four digits are enough to read, and keep headers small.
    return {
        name: float(f"{float(value):.4g}")
        for name, value in values.items()
        if name not in ("lift", "lift_t", "rank") or not np.isnan(value)
    }


def filters_of(objectives: Iterable[Objective]) -> list[int]:
    """Returns the filters of the objectives that have a single filter."""
    single = [o.filter for o in objectives if o.plain]
    return list(dict.fromkeys(f for f in single if f is not None))
