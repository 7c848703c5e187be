"""All that the data says of a layer's filters at one look."""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from tb_actmax.data.fitting import FittedModel
from tb_actmax.matching.probe_points import ProbePoints
from tb_actmax.matching.signature import Signatures
from tb_actmax.measures.exemplars import Exemplars, find_exemplars
from tb_actmax.measures.image_quality import Reaction, Trust, Trusted
from tb_actmax.measures.responses import Measured, Responses
from tb_actmax.network.layers import Target
from tb_actmax.objectives import Objective

Array = npt.NDArray[np.float32]


@dataclasses.dataclass(frozen=True)
class Found:
    """What the data says of some filters.

    Attributes:
        measured: Responses of all filters of the layer.
        entries: Measures of each plain filter, by its index, as they go into
            the header.
        exemplars: Patches, or `None` if none are wanted.
        signatures: Signatures of the plain filters.
    """

    measured: Measured
    entries: dict[int, dict[str, Any]]
    exemplars: Exemplars | None
    signatures: Signatures


class LayerMeasures:
    """Measures a layer's filters and their images on a sample.

    Args:
        fitted: The model, and the sample and statistics of its inputs.
        target: The layer.
        points: Where signatures are taken.
        exemplars: Patches for each filter; 0 for none.

    Raises:
        ValueError: If there is no sample to measure on.
    """

    def __init__(
        self,
        fitted: FittedModel,
        target: Target,
        points: ProbePoints,
        exemplars: int,
    ):
        if fitted.sample is None:
            raise ValueError("Filters are measured on a sample; none is given.")
        self._points = points
        self._target = target
        self._statistics = fitted.statistics
        self._sample = fitted.sample
        self._count = exemplars
        self._responses = Responses(fitted.model, target, points)
        self._trust = Trust(fitted, target)

    @property
    def building(self) -> float:
        """Seconds that tracing has taken."""
        return self._responses.building + self._trust.building

    def __call__(
        self,
        objectives: Sequence[Objective],
        images: Array,
        reactions: Mapping[Objective, Reaction] | None = None,
    ) -> Found:
        """Measures.

        Args:
            objectives: What the images maximize; only plain filters are
                measured.
            images: One for each, (n, height, width, channels).
            reactions: Those to the images, where others have found them.
        """
        measured = self._responses(self._sample)
        chosen = [
            (objective.filter, image)
            for objective, image in zip(objectives, images, strict=True)
            if objective.plain and objective.filter is not None
        ]
        filters = [index for index, _ in chosen]
        entries: dict[int, dict[str, Any]] = {}
        exemplars = None
        if filters:
            shown = np.stack([image for _, image in chosen])
            given = reactions or {}
            known = [given[o] for o in objectives if o.plain and o in given]
            whole = len(known) == len(filters)
            trusted = self._trust(
                shown, filters, measured, known if whole else ()
            )
            entries = _entries(filters, measured, trusted)
        if filters and self._count:
            exemplars = find_exemplars(
                self._sample,
                measured,
                filters,
                self._target.field,
                self._count,
                self._statistics.mean,
                self._statistics.value_range,
            )
        signatures = self._points.signatures(
            filters, measured.sampled[:, filters]
        )
        return Found(measured, entries, exemplars, signatures)


def _entries(
    filters: list[int], measured: Measured, trusted: Trusted
) -> dict[int, dict[str, Any]]:
    entries = {}
    for place, index in enumerate(filters):
        entries[index] = {
            "data_max": _short(measured.maximum[index]),
            "data_p99": _short(measured.p99[index]),
            "data_mean": _short(measured.mean[index]),
            "share": _short(measured.share[index]),
        }
        for name in ("lift", "lift_t", "rank"):
            value = getattr(trusted, name)[place]
            if not np.isnan(value):
                entries[index][name] = _short(value)
    return entries


def _short(value: Any) -> float:
    """Four digits are enough to look at, and keep headers small."""
    return float(f"{float(value):.4g}")
