"""Chooses the filters of each update within the seconds that it may take.

The most urgent filters are shown. Those that are left out are gaps in the log,
and come first at the next update.
"""

from collections.abc import Iterable, Mapping, Sequence

from tb_actmax.objectives import Objective
from tb_actmax.training.affordable import Affordable, Filters
from tb_actmax.training.allowance import USED, Allowance
from tb_actmax.training.costs import UpdateCost
from tb_actmax.training.prices import Due, Prices
from tb_actmax.training.urgency import Urgency

# Times the seconds that each layer takes if all of a group share an ascent, from
# which some of them wait for the others.
_WAITS = 1.5
# Of what is left, not for more than one image each of layers that share an
# ascent: what one of them takes does not correct the estimates for the others.
_UNSURE = 0.6
# In the last update, all layers are measured on the sample together if they may
# fit in with estimates so many times too high, or if the pass takes only so many
# times as long.
_MISJUDGED, _LONGER = 1.25, 1.1
# Of what the rest of a training earns, for showing layers now and again at its
# end. The other part is for layers without images.
_AGAIN = 0.5
_SHOWN = 0.02  # of all time, for layers with images while others have none
_PATIENCE = 10  # times all time so far: no saving for more expensive layers


class Budget:
    """Spends at most what a training allows.

    Args:
        allowance: Tells whether updates are to save, and the share of the
            training time.
        prices: Estimates what images cost.
        fewer: Whether first ascents may take fewer steps in the last update,
            down to a third of them, if some layers would not be shown otherwise.

    Attributes:
        likely: The layers that this update is likely to show. One pass over the
            sample is to measure all of them.
    """

    def __init__(
        self, allowance: Allowance, prices: Prices, fewer: bool = False
    ):
        self.prices = prices
        self.likely: list[str] = []
        self._allowance = allowance
        self._may_take_fewer = fewer
        self._urgency = Urgency()
        self._affordable = Affordable(allowance, prices, self._urgency)
        self._wanted = self._shown = 0  # images of all updates
        self._again = 0.0  # seconds of updates of layers that had images

    def begin(
        self,
        due: Due,
        earned: float,
        spent: float,
        then: float | None = None,
    ) -> dict[str, Filters]:
        """Begins an update.

        Args:
            due: What is to be shown, by layer.
            earned: Seconds that may be spent in total.
            spent: Seconds spent so far.
            then: Seconds that may be spent in total once a layer has images;
                `None` for as many.

        Returns:
            The likely choice for each layer, in the order in which to choose
            layers: new layers first, then those that have waited longest or
            changed most. In the last update, new layers come last.
        """
        self._urgency.begin()
        self._affordable.begin(due)
        # Within a share of the time, few images fit in at first.
        every = self._allowance.share is None
        self.prices.take_all_steps()
        self.prices.begin({p: len(o) if every else 1 for p, o in due.items()})
        self._fit_steps(earned - spent)
        self._wanted += sum(map(len, due.values()))
        order = list(due)
        if not every:
            order.sort(key=self._turn)
        planned: dict[str, Filters] = {}
        before = spent
        spent += self.prices.first_pass
        for path in order:
            if path not in planned:
                together = self.prices.sharing(path)
                chosen = self._choose_together(together, earned, spent)
                for one in together:
                    planned[one] = (chosen or {}).get(one, [])
                    spent += self.prices.of({one: planned[one]})
                if then is not None and any(planned.values()):
                    earned = then
        self._affordable.begin(due)
        self.likely = [path for path, some in planned.items() if some]
        if self._allowance.share is not None and not self._allowance.saves:
            self._hope(planned, earned - before)
        return planned

    def _hope(self, planned: Mapping[str, Filters], left: float) -> None:
        """Counts on new layers that may fit into the last update after all.

        A pass over the sample would be repeated for layers that were not
        measured together with the others.

        Args:
            planned: The likely choice for each layer.
            left: Seconds that are left for all of them.
        """
        passes = self.prices.passes
        least = passes.up_to(self.likely)
        taken = self.prices.of(planned)
        for path, some in planned.items():
            if some or self.prices.known(path):
                continue
            taken += self.prices.of_one(path)
            passing = passes.up_to([*self.likely, path])
            if taken <= _MISJUDGED * left or passing <= _LONGER * least:
                self.likely.append(path)

    def choose(
        self, path: str, earned: float, spent: float
    ) -> dict[str, Filters] | None:
        """Chooses the filters to show of a layer.

        Args:
            path: The layer.
            earned: Seconds that may be spent in total.
            spent: Seconds spent so far.

        Returns:
            Some or none of the layer's filters, in order, and of those layers
            that share its ascent, by layer. Each of these layers is a key.
            Of layers without a key, the turn is still to come. `None` if the
            remaining time is saved for this layer.
        """
        self._fit_steps(earned - spent)
        together = self.prices.sharing(path)
        chosen = self._choose_together(together, earned, spent)
        if chosen is not None:
            self.prices.share_only([one for one in chosen if chosen[one]])
        return chosen

    def separate(self, paths: Iterable[str]) -> None:
        """Lets layers, for which no ascent can be shared, be chosen again.

        Args:
            paths: The layers of the last choice.
        """
        paths = list(paths)
        self.prices.separate(paths)
        self._affordable.waiting += paths

    def _fit_steps(self, left: float) -> None:
        """Lets first ascents take fewer steps if this shows more layers."""
        if self._may_take_fewer and not self._allowance.saves:
            self.prices.fit_steps(self._affordable.waiting, USED * left)

    def _choose_together(
        self, together: Sequence[str], earned: float, spent: float
    ) -> dict[str, Filters] | None:
        """Chooses filters of layers that may share an ascent."""
        if self._waits_for_the_end(together):
            self._affordable.waiting = [
                p for p in self._affordable.waiting if p not in together
            ]
            return {one: [] for one in together}
        chosen: dict[str, Filters] = {}
        kept = _UNSURE * (earned - spent) if len(together) > 1 else 0.0
        taken = 0.0
        for one in together:
            self._affordable.waiting.remove(one)
            some = self._choose(one, earned, spent + taken, kept)
            if some is None:
                return None
            chosen[one] = some
            taken += self.prices.of({one: some})
        now = {one: some for one, some in chosen.items() if some}
        if self._allowance.share is None or len(now) == len(together):
            return chosen
        # Without the others, each has a larger part in the traces.
        while now and self.prices.of(now, list(now)) > earned - spent:
            now.popitem()
        if self._allowance.saves:
            whole = self.prices.of(now)
            if self.prices.of(now, list(now)) > _WAITS * whole:
                now.clear()
        elif now:  # the others may fit in afterwards
            self._affordable.waiting += [
                one for one in together if one not in now
            ]
            return now
        return {one: now.get(one, []) for one in together}

    def _waits_for_the_end(self, together: Sequence[str]) -> bool:
        """Returns whether new layers are better shown in the last update.

        They are if it takes most of what the rest of the training earns to show
        them twice, beside the layers that have images.
        """
        if not self._allowance.waits or self.prices.known(together[0]):
            return False
        again = self.prices.of_showing_again(together)
        return again > _AGAIN * self._allowance.to_come

    def _choose(
        self, path: str, earned: float, spent: float, kept: float
    ) -> Filters | None:
        """Chooses filters of one layer from the seconds that are left.

        Seconds that are `kept` are not spent on more than one of them.
        """
        due, prices = self._affordable.due[path], self.prices
        left = earned - spent
        if self._allowance.share is None:
            return list(due)
        if (
            self._allowance.saves
            and prices.known(path)
            and any(prices.of_one(p) <= _PATIENCE * earned for p in prices.new)
        ):
            left = min(left, _SHOWN * earned - self._again)
        # At the end, images are refreshed before others are made: they show
        # what the training changed, and take fewer steps.
        urgent = sorted(
            due,
            key=lambda o: (
                not (self._allowance.saves or self._urgency.shown(path, o)),
                -self._urgency.of(path, o),
            ),
        )
        some = self._affordable(path, urgent, left, kept)
        if not some and prices.known(path):
            if not self._allowance.saves:
                left = self._allowance.left_to_refresh(spent)
                some = self._affordable(path, urgent[:1], left)
            # Otherwise an expensive layer would never get its turn.
            elif self._affordable(path, urgent, earned):
                return None
        return [objective for objective in due if objective in some]

    def _turn(self, path: str) -> tuple[bool, float]:
        """Sorts layers by their most urgent filter, new layers first.

        In the last update, layers with images are to show the trained network,
        and then as many new layers as possible are to be shown.
        """
        known = self.prices.known(path)
        if not known and not self._allowance.saves:
            return True, self.prices.of_one(path)
        urgency = self._urgency.of_layer(path, self._affordable.due[path])
        return known and self._allowance.saves, -urgency

    def note(
        self, path: str, cost: UpdateCost, changes: Mapping[Objective, float]
    ) -> None:
        """Takes an update of a layer into account.

        Args:
            path: Path of the layer.
            cost: The cost of the update.
            changes: Change of each filter's image: 0 for none, 1 where the
                images do not correlate.
        """
        if self.prices.known(path):
            self._again += cost.seconds
        self.prices.note(path, cost, changes)
        self.prices.passes.measured(self.likely)  # in the pass for this layer
        self._shown += len(changes)
        self._urgency.note(path, changes)

    def left_out(self) -> str:
        """Returns a sentence on the images left out; empty if there are none."""
        missing = self._wanted - self._shown
        if self._allowance.share is None or missing <= 0:
            return ""
        return (
            f" To stay within {self._allowance.share:.4g} of the time, {missing} "
            f"of {self._wanted} images were left out: gaps in the log."
        )
