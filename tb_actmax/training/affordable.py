"""Tells how many filters of a layer some seconds suffice for."""

from collections.abc import Sequence

from tb_actmax.objectives import Objective
from tb_actmax.training.allowance import USED, Allowance
from tb_actmax.training.prices import Due, Prices
from tb_actmax.training.urgency import Urgency

_GROWTH = 8  # factor by which the filters of a layer may grow at once
_ONE_LAYER = 0.2  # of what is left, for more than one filter, see `_beside`
_HOPE = 1.5  # times what is left, for layers that may still fit in at the end

Filters = list[Objective]


class Affordable:
    """Chooses as many filters of a layer as fit into some seconds.

    Args:
        allowance: Tells whether updates are to save.
        prices: Estimates what images cost.
        urgency: Tells which filters have images.

    Attributes:
        due: What is to be shown in this update, by layer.
        waiting: The layers that have not had their turn in it.
    """

    def __init__(self, allowance: Allowance, prices: Prices, urgency: Urgency):
        self.due: Due = {}
        self.waiting: list[str] = []
        self._allowance = allowance
        self._prices = prices
        self._urgency = urgency

    def begin(self, due: Due) -> None:
        """Begins an update, in which all layers wait their turn."""
        self.due = due
        self.waiting = list(due)

    def __call__(
        self,
        path: str,
        urgent: Sequence[Objective],
        left: float,
        kept: float = 0.0,
    ) -> Filters:
        """Chooses filters of a layer.

        Chooses all or none if most of the cost does not depend on the number of
        filters, because saving for more of them pays off.

        Args:
            path: The layer.
            urgent: Its filters, the most urgent first.
            left: Seconds that are left.
            kept: The part of them that is not spent on more than one filter.
        """
        known = self._prices.known(path)
        most = len(urgent)
        if known:
            most = min(most, _GROWTH * self._prices.images(path))
        # If all other layers fit in too, nothing is saved.
        shared = not (known and self._allowance.saves)
        free = left - kept
        most_of_one = max(_ONE_LAYER * free, free - self._beside(left))
        # In the last update, not for one layer what shows all others.
        most_of_new = most_of_one
        if not self._allowance.saves:
            beside = self._beside(left, one_each=True)
            most_of_new = min(most_of_one, free - beside)
            if not known:  # it may take longer than estimated
                most_of_new *= USED
        some: Filters = []
        steps, price = 0, 0.0
        for objective in urgent[:most]:
            steps += self._prices.steps_of(path, [objective])
            more = self._prices.of_images(path, len(some) + 1, steps)
            shown = self._urgency.shown(path, objective)
            limit = most_of_one if shown else most_of_new
            if more > (limit if shared and some else left):
                break
            some.append(objective)
            price = more
        fixed = self._prices.of_images(path, 0, 0)
        if (
            self._allowance.saves
            and known
            and len(some) < most
            and fixed > price / 2
        ):
            return []
        return some

    def _beside(self, left: float, one_each: bool = False) -> float:
        """Returns the cost of all due filters of layers that wait their turn.

        Or of one of each.

        Those that have images wait for later updates. In the last update, those
        that take much longer than what is left do not count. New layers may
        take longer than estimated.
        """
        seconds = 0.0
        for path in self.waiting:
            if path not in self._prices:
                continue
            known = self._prices.known(path)
            if self._allowance.saves and known:
                continue
            if (
                self._allowance.saves
                or self._prices.of_one(path) <= _HOPE * left
            ):
                cost = self._prices.of_one(path)
                if not one_each:
                    cost = self._prices.of({path: self.due[path]})
                seconds += cost if known else cost / USED
        return seconds
