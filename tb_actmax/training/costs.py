"""Estimates the cost of updates of a layer from earlier ones."""

import collections
import dataclasses

import numpy as np
from scipy.optimize import nnls

_MEMORY = 4  # updates that count: the speed of a machine changes
_GROWTH = 8  # factor by which the number of filters may grow at once


@dataclasses.dataclass(frozen=True)
class UpdateCost:
    """The cost of an update of a layer.

    Attributes:
        steps: Steps, summed over the filters.
        built: Seconds of tracing, a one-off cost.
        ascent: Seconds of the steps.
        seconds: Seconds in total.
    """

    steps: int
    built: float
    ascent: float
    seconds: float


class LayerCost:
    """Estimates what an update of a layer costs, in seconds.

    Two non-negative least-squares fits over the last updates: the time of the
    steps has a part for each batched step and one for each filter's step, the
    time of everything else a part for the update and one for each filter. The
    first update is the slowest, so estimates fall afterwards.

    Args:
        built: Seconds of tracing, a one-off cost.

    Attributes:
        built: The same.
    """

    def __init__(self, built: float):
        self.built = built
        self._history: collections.deque[tuple[int, int, int, float, float]]
        self._history = collections.deque(maxlen=_MEMORY)
        self._largest = 1
        self._step_cost = (0.0, 0.0)  # per batched step, per filter's step
        self._other_cost = (0.0, 0.0)  # per update, per filter

    @property
    def most_filters(self) -> int:
        """Number of filters that the next update may try."""
        return _GROWTH * self._largest

    def note(self, filters: int, batched_steps: int, cost: UpdateCost) -> None:
        """Takes an update into account.

        Args:
            filters: Number of filters.
            batched_steps: Steps, where all filters step together.
            cost: The cost of the update.
        """
        other = max(cost.seconds - cost.ascent - cost.built, 0.0)
        self._largest = max(self._largest, filters)
        self._history.append(
            (filters, batched_steps, cost.steps, cost.ascent, other)
        )
        history = np.array(self._history)
        if (history[:, 1] == history[:, 2]).all():
            # Updates of one filter do not show which costs filters share. In
            # large networks all costs grow with the number of filters.
            self._step_cost = (0.0, cost.ascent / cost.steps)
            self._other_cost = (other, 0.0)
            return
        fixed, growing = nnls(history[:, 1:3], history[:, 3])[0]
        self._step_cost = (float(fixed), float(growing))
        columns = np.stack([np.ones(len(history)), history[:, 0]], 1)
        fixed, growing = nnls(columns, history[:, 4])[0]
        self._other_cost = (float(fixed), float(growing))

    def fixed(self, batched_steps: int) -> float:
        """Estimates the seconds of an update that no filter adds to."""
        return self._other_cost[0] + batched_steps * self._step_cost[0]

    def each(self, steps: int) -> float:
        """Estimates the seconds that a filter with some steps adds."""
        return self._other_cost[1] + steps * self._step_cost[1]
