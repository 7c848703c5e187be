"""What looks at a layer have been seen to cost, and what others would."""

import collections

import numpy as np
from scipy.optimize import nnls

_MEMORY = 4  # looks that are remembered: machines change their pace
_GROWTH = 8  # how many times more filters at once than ever before


class Cost:
    """Learns what a layer costs, in seconds, from one look to the next.

    Steps and measures both have a part that comes however many filters there
    are and one that grows with them. At a first look both are slower than
    ever again, so what is foreseen sinks at first.

    Attributes:
        first: Seconds that came but once, such as tracing.
    """

    def __init__(self, first: float):
        self.first = first
        self._looks: collections.deque[tuple[int, int, int, float, float]]
        self._looks = collections.deque(maxlen=_MEMORY)
        self._most = 1
        self._of_steps = (0.0, 0.0)  # seconds of each round, of each step
        self._beside = (0.0, 0.0)  # seconds of each look, of each filter

    @property
    def most(self) -> int:
        """Filters that may be tried at once."""
        return _GROWTH * self._most

    def note(
        self,
        filters: int,
        rounds: int,
        steps: int,
        ascent: float,
        beside: float,
    ) -> None:
        """Notes what a look has cost.

        Args:
            filters: How many.
            rounds: Steps, where one of several filters is one.
            steps: Steps of all filters together.
            ascent: Seconds that the steps took.
            beside: Seconds that all else took, without what came but once.
        """
        self._most = max(self._most, filters)
        self._looks.append((filters, rounds, steps, ascent, beside))
        seen = np.array(self._looks)
        rounds_, steps_ = seen[:, 1], seen[:, 2]
        if (rounds_ == steps_).all():
            # One filter alone does not tell how others would share: a large
            # network's steps grow with them.
            self._of_steps = (0.0, float(seen[-1, 3] / steps))
            self._beside = (float(seen[-1, 4]), 0.0)
            return
        fixed, growing = nnls(np.stack([rounds_, steps_], 1), seen[:, 3])[0]
        self._of_steps = (float(fixed), float(growing))
        columns = np.stack([np.ones(len(seen)), seen[:, 0]], 1)
        fixed, growing = nnls(columns, seen[:, 4])[0]
        self._beside = (float(fixed), float(growing))

    def opening(self, rounds: int) -> float:
        """Seconds of a look, however many filters."""
        return self._beside[0] + rounds * self._of_steps[0]

    def each(self, steps: int) -> float:
        """Seconds of each filter that takes so many steps."""
        return self._beside[1] + steps * self._of_steps[1]
