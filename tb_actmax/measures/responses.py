"""The responses of a layer's filters to the probe."""

import dataclasses
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float32]

# A filter is weak or dead if its largest response is below this share of the
# layer's median.
_DEAD = 0.001
_WEAK = 0.05


@dataclasses.dataclass(frozen=True)
class Responses:
    """Pre-activations of all filters of a layer on a probe."""

    maximum: Array  # largest response at any position, (filters,)
    minimum: Array  # smallest response at any position, (filters,)
    mean: Array  # response, (filters,)
    share: Array  # of positions with a positive response, (filters,)
    rectified: bool  # whether a ReLU sets negative responses to zero
    map_size: tuple[int, ...]  # (rows, columns) or (slices, rows, columns)
    kept: list[int]  # indices of the filters that the following describe
    # 99th percentile over the points of the probe, (filters,); NaN for filters
    # not in `kept`, or without points.
    p99: Array
    peaks: Array  # largest response to each input, (n, kept)
    # Position of each peak in the map, counted row by row, (n, kept).
    peak_positions: npt.NDArray[np.int32]
    at_points: Array  # (points of the probe, kept)

    def status(self, index: int) -> str:
        """Returns the status of a filter: "dead", "weak" or "ok".

        A filter is dead if its responses vary by less than .1 % of the layer's
        median, and weak if they vary by less than 5 %. If a ReLU follows, the
        responses after it count.
        """
        least = self.minimum
        if self.rectified:
            least = np.maximum(least, 0)
        spread = np.maximum(self.maximum, least) - least
        largest = spread[index]
        if largest <= 0:
            return "dead"
        median = float(np.median(spread[spread > 0]))
        if largest < _DEAD * median:
            return "dead"
        return "weak" if largest < _WEAK * median else "ok"

    def refine_status(
        self, index: int | None, status: str, score: float
    ) -> str:
        """Corrects the status of an image with the responses to the data.

        A filter that the data excite is not dead: if its image has no gradient
        and excites it less than the data do, no image was found. The status of
        an objective of several filters, whose index is `None`, stays.
        """
        if index is None:
            return status
        by_data = self.status(index)
        if status in ("ok", "plain") or by_data == "dead":
            return status if by_data == "ok" else by_data
        found = status == "dead" and score >= self.p99[index]
        return by_data if found else "flat"

    def of(self, kept: Sequence[int]) -> "Responses | None":
        """Returns the responses of kept filters; `None` if one is missing."""
        if self.kept == kept:
            return self
        columns = {index: column for column, index in enumerate(self.kept)}
        if any(index not in columns for index in kept):
            return None
        some = [columns[index] for index in kept]
        return dataclasses.replace(
            self,
            kept=list(kept),
            peaks=self.peaks[:, some],
            peak_positions=self.peak_positions[:, some],
            at_points=self.at_points[:, some],
        )
