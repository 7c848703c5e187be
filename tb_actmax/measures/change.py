"""Measures how filters change between updates, and when they have settled."""

import dataclasses
from collections.abc import Hashable, Iterable

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float32]

_STEADY = 0.98  # least correlation of responses of a settled filter
_UPDATES = 2  # consecutive updates at which a settled filter is unchanged
_SAME = 0.995  # correlation of images that look the same


def correlation(a: Array, b: Array) -> float:
    """Returns the correlation of two arrays; 0 if one is constant."""
    a, b = a - a.mean(), b - b.mean()
    scale = float(np.sqrt((a**2).sum() * (b**2).sum()))
    return float((a * b).sum()) / scale if scale > 0 else 0.0


@dataclasses.dataclass
class _Snapshot:
    image: Array
    responses: Array | None
    inputs: frozenset[int]
    unchanged: int = 0  # consecutive updates


class Changes:
    """Compares each filter with its last snapshot.

    Attributes:
        floor: Correlation that nine of ten images of unchanged filters exceed;
            `None` before `measure_floor`.
    """

    def __init__(self) -> None:
        self._last: dict[Hashable, _Snapshot] = {}
        self.floor: float | None = None

    def known(self, key: Hashable) -> bool:
        return key in self._last

    def measure_floor(
        self, before: Iterable[Array], after: Iterable[Array]
    ) -> None:
        """Measures how well images of unchanged filters correlate.

        `after` are images of the same filters after one more ascent with the
        same weights.
        """
        found = [correlation(a, b) for a, b in zip(before, after, strict=True)]
        if found:
            self.floor = float(np.percentile(found, 10))

    def resume(
        self,
        key: Hashable,
        image: Array,
        inputs: Iterable[int],
        settled: bool,
    ) -> None:
        """Restores the snapshot of a filter from a log."""
        unchanged = _UPDATES if settled else 0
        self._last[key] = _Snapshot(image, None, frozenset(inputs), unchanged)

    def compare(
        self,
        key: Hashable,
        image: Array,
        responses: Array | None = None,
        inputs: Iterable[int] = (),
    ) -> dict[str, float]:
        """Compares a filter with its last snapshot, and replaces it.

        Takes its responses at the points of the probe, and the inputs of its
        exemplars.

        Returns:
            Empty for the first snapshot. Later: "ncc", the correlation of the
            images; "drift", 1 - ncc; "steadiness", the correlation of the
            responses; "overlap", the share of inputs in both; and "settled", 1
            if ncc reached `floor` (or .995) and steadiness .98 at two
            consecutive updates, else 0.
        """
        last = self._last.get(key)
        now = _Snapshot(image, responses, frozenset(inputs))
        self._last[key] = now
        if last is None:
            return {}
        ncc = correlation(last.image, image)
        found = {"ncc": ncc, "drift": 1 - ncc}
        if now.inputs:
            found["overlap"] = len(now.inputs & last.inputs) / len(now.inputs)
        if responses is None or last.responses is None:
            now.unchanged = last.unchanged  # as far as it is known
            return found
        found["steadiness"] = correlation(last.responses, responses)
        least = _SAME if self.floor is None else min(self.floor, _SAME)
        if ncc >= least and found["steadiness"] >= _STEADY:
            now.unchanged = last.unchanged + 1
        found["settled"] = int(now.unchanged >= _UPDATES)
        return found
