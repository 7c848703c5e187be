"""Chooses the filters of each update so that a share of the time suffices.

The cost of a layer is measured during the training, at first with one filter.
Each update spends the time earned so far on the most urgent filters. Filters
that are left out are gaps in the log and come first at the next update.
"""

import logging
import time
from collections.abc import Mapping, Sequence

from tb_actmax.objectives import Objective
from tb_actmax.training.costs import LayerCost, UpdateCost

_log = logging.getLogger("tb_actmax")

_GUESS = 0.5  # seconds assumed for the first update of the first layer
_MIN_CHANGE = 0.1  # change assumed at least, to refresh settled filters too

Filters = list[Objective]


class Stopwatch:
    """Adds up the time between `begin` and `end`.

    Attributes:
        seconds: The sum so far.
    """

    def __init__(self) -> None:
        self.seconds = 0.0
        self._since: float | None = None

    def begin(self) -> None:
        """Starts the clock."""
        self._since = time.perf_counter()

    def end(self) -> None:
        """Stops the clock."""
        if self._since is not None:
            self.seconds += time.perf_counter() - self._since
        self._since = None


class Budget:
    """Spends at most a share of the training time.

    Args:
        share: Share of the training time, in (0, 1].
        layers: Filters of each layer, by path.
        steps: Steps of a filter's first ascent.
        warm_steps: Steps of its later ascents.
    """

    def __init__(
        self,
        share: float,
        layers: Mapping[str, Sequence[Objective]],
        steps: int,
        warm_steps: int,
    ):
        self._share = share
        self._layers = layers
        self._steps = steps
        self._warm_steps = warm_steps
        self._costs: dict[str, LayerCost] = {}
        self._updates = 0
        self._wanted = self._planned = 0  # images of all updates
        self._updated: dict[tuple[str, Objective], int] = {}
        self._change: dict[tuple[str, Objective], float] = {}

    def plan(self, training: float, spent: float) -> dict[str, Filters]:
        """Chooses the filters of the next update.

        Args:
            training: Seconds of training so far.
            spent: Seconds of updates so far.

        Returns:
            Filters to maximize, by layer; only layers that have any.
        """
        self._updates += 1
        earned = self._share * training
        left = earned - spent
        chosen: dict[str, Filters] = {}
        due = {
            layer: sorted(
                filters, key=lambda f: self._urgency(layer, f), reverse=True
            )
            for layer, filters in self._layers.items()
            if filters
        }
        for layer in sorted(due, key=lambda path: self._turn(path, due[path])):
            # The cost of the first layer is the estimate for the others.
            if chosen and not self._costs:
                break
            some, price = self._affordable(layer, due[layer], left)
            if not some:
                # Save for the layer that waits longest, or expensive layers
                # never get their turn; unless even all time so far would not
                # have paid for it.
                if self._affordable(layer, due[layer], earned)[0]:
                    break
                continue
            left -= price
            chosen[layer] = some
        wanted = sum(map(len, self._layers.values()))
        planned = sum(map(len, chosen.values()))
        self._wanted += wanted
        self._planned += planned
        if planned < wanted:
            _log.info(
                "%d of %d filters are maximized, to stay within %g %% of the "
                "training time.",
                planned,
                wanted,
                100 * self._share,
            )
        return {
            layer: [f for f in self._layers[layer] if f in some]
            for layer, some in chosen.items()
        }

    def left_out(self) -> str:
        """Returns a sentence on images left out; empty if there are none."""
        if self._planned == self._wanted:
            return ""
        return (
            f" To stay within {self._share:.4g} of the time, "
            f"{self._wanted - self._planned} of {self._wanted} images were "
            "left out: gaps in the log."
        )

    def _urgency(self, layer: str, objective: Objective) -> float:
        """Grows with the filter's last change and with its waiting time."""
        key = (layer, objective)
        waited = self._updates - self._updated.get(key, 0)
        return waited * (_MIN_CHANGE + self._change.get(key, 1.0))

    def _turn(self, layer: str, due: Sequence[Objective]) -> tuple[float, bool]:
        """Sorts layers by their most urgent filter, new layers first."""
        return -self._urgency(layer, due[0]), layer in self._costs

    def _affordable(
        self, layer: str, due: Sequence[Objective], left: float
    ) -> tuple[Filters, float]:
        """Chooses filters of a layer for some seconds; returns their price.

        Returns no filters where the fixed part would be more than half of the
        price, unless all filters are chosen: saving for more filters pays.
        """
        cost = self._costs.get(layer)
        if cost is None:
            return self._first(due, left)
        some: Filters = []
        rounds: set[int] = set()
        growing, price = 0.0, 0.0
        for objective in due[: cost.most_filters]:
            steps = self._steps_of(layer, objective)
            fixed = cost.fixed(sum(rounds | {steps}))
            grown = growing + cost.each(steps)
            if fixed + grown > left:
                break
            some.append(objective)
            rounds.add(steps)
            growing, price = grown, fixed + grown
        whole = len(some) == min(len(due), cost.most_filters)
        if not whole and growing < price - growing:
            return [], 0.0
        return some, price

    def _first(
        self, due: Sequence[Objective], left: float
    ) -> tuple[Filters, float]:
        """Chooses filters of a layer whose cost is unknown.

        The very first layer gets one filter. Later ones are assumed to cost as
        much as the most expensive layer, and get as many filters as the
        one-off cost would pay for.
        """
        others = list(self._costs.values())
        if not others:
            return ([due[0]], _GUESS) if left >= _GUESS else ([], 0.0)
        once = max(cost.built for cost in others)
        once += max(cost.fixed(self._steps) for cost in others)
        each = max(cost.each(self._steps) for cost in others)
        if once + each > left:
            return [], 0.0
        more = (min(once, left - once) - each) / max(each, 1e-9)
        limit = min(cost.most_filters for cost in others)
        count = 1 + int(min(max(more, 0), limit - 1))
        some = list(due[:count])
        return some, once + each * len(some)

    def _steps_of(self, layer: str, objective: Objective) -> int:
        known = (layer, objective) in self._updated
        return self._warm_steps if known else self._steps

    def note(
        self, layer: str, cost: UpdateCost, changes: Mapping[Objective, float]
    ) -> None:
        """Takes an update of a layer into account.

        Args:
            layer: Path of the layer.
            cost: The cost of the update.
            changes: Change of each filter's image: 0 for none, 1 where the
                images do not correlate.
        """
        if changes:
            rounds = {self._steps_of(layer, objective) for objective in changes}
            known = self._costs.setdefault(layer, LayerCost(cost.built))
            known.note(len(changes), sum(rounds), cost)
        for objective, change in changes.items():
            self._updated[layer, objective] = self._updates
            self._change[layer, objective] = change
