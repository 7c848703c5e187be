"""How filters change from look to look, and when they have settled."""

import dataclasses
from collections.abc import Hashable, Iterable
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float32]

_STEADY = 0.98  # correlation of responses of a filter that has settled
_LOOKS = 2  # looks running for which it must hold
_SAME = 0.995  # correlation from which on images look the same


def correlation(a: Array, b: Array) -> float:
    """Correlation of all values of two arrays; 0 where one is flat."""
    a, b = a - a.mean(), b - b.mean()
    scale = float(np.sqrt((a**2).sum() * (b**2).sum()))
    return float((a * b).sum()) / scale if scale > 0 else 0.0


@dataclasses.dataclass
class _Last:
    image: Array
    responses: Array | None
    inputs: frozenset[int]
    steady: int = 0


class Changes:
    """Remembers each filter as it was last shown.

    Attributes:
        floor: How alike the images of unchanged filters are: the correlation
            that nine of ten reach, of those measured last; `None` before
            `note_floor`.
    """

    def __init__(self) -> None:
        self._last: dict[Hashable, _Last] = {}
        self.floor: float | None = None

    def known(self, key: Hashable) -> bool:
        """Whether there is anything to compare with."""
        return key in self._last

    def note_floor(
        self, before: Iterable[Array], after: Iterable[Array]
    ) -> None:
        """Measures how alike images of unchanged filters are.

        Args:
            before: Images of some filters.
            after: Images of the same filters after one more ascent with the
                same weights.
        """
        alike = [correlation(a, b) for a, b in zip(before, after, strict=True)]
        if alike:
            self.floor = float(np.percentile(alike, 10))

    def resume(
        self,
        key: Hashable,
        image: Array,
        inputs: Iterable[int],
        settled: bool,
    ) -> None:
        """Takes a filter as a log shows it, which holds no responses.

        Args:
            key: Names the filter.
            image: Its image.
            inputs: The inputs that excited it most.
            settled: Whether it had settled.
        """
        steady = _LOOKS if settled else 0
        self._last[key] = _Last(image, None, frozenset(inputs), steady)

    def note(
        self,
        key: Hashable,
        image: Array,
        responses: Array | None = None,
        inputs: Iterable[int] = (),
    ) -> dict[str, Any]:
        """What has changed since the last time.

        Args:
            key: Names the filter.
            image: Its image.
            responses: Its responses at the same positions each time, drawn
                evenly from the maps of all inputs.
            inputs: The inputs that excite it most.

        Returns:
            Nothing at the first look; then "ncc" (correlation of the images),
            "drift" (1 - ncc), "steadiness" (correlation of the responses),
            "overlap" (share of the inputs that are the same) and "settled" (1
            where for two looks running the image was as like the last one as
            it is reproducible, and the steadiness at least .98).
        """
        last = self._last.get(key)
        now = _Last(image, responses, frozenset(inputs))
        self._last[key] = now
        if last is None:
            return {}
        found: dict[str, Any] = {}
        ncc = correlation(last.image, image)
        found["ncc"], found["drift"] = ncc, 1 - ncc
        if now.inputs:
            same = len(now.inputs & last.inputs)
            found["overlap"] = same / len(now.inputs)
        if responses is None or last.responses is None:
            now.steady = last.steady  # nothing speaks against it
            return found
        steadiness = correlation(last.responses, responses)
        found["steadiness"] = steadiness
        floor = 1.0 if self.floor is None else self.floor
        steady = ncc >= min(floor, _SAME) and steadiness >= _STEADY
        now.steady = last.steady + 1 if steady else 0
        found["settled"] = int(now.steady >= _LOOKS)
        return found
