"""Chooses the filters of each update within a share of the training time.

An allowance pays for the first images: of all layers of a small network, of the
first layers of a large one. Updates spend the share of the time that has passed
since on the most urgent filters. Filters that are left out are gaps in the log;
they come first at the next update. A part is kept for the end of the training,
where every layer with images is to show the trained network.
"""

from collections.abc import Iterable, Mapping, Sequence

from tb_actmax.objectives import Objective
from tb_actmax.training.costs import UpdateCost
from tb_actmax.training.prices import Due, Prices

ALLOWANCE = 12.0  # seconds that no training has to earn
# Times the allowance that a training may spend, at whose end no more than half
# of its layers have images.
_FOR_FEW = 5 / 3
# Share of the allowance that is kept for the end of a short training, unless all
# images fit in; and if an image of each layer fits in, or there is none yet.
_KEPT, _KEPT_LESS = 0.5, 0.25

_USED = 0.7  # of what is left for new layers, which may take longer
_CLOSING = 0.5  # seconds in which the log is closed
# Times the seconds in which an image of each layer is refreshed, for the end.
_REFRESHED = 1.5
# Times the seconds that each layer takes if all of a group share an ascent, from
# which some of them wait for the others.
_WAITS = 1.5
# Of what is left, not for more than one image each of layers that share an
# ascent: what one of them takes does not correct the estimates for the others.
_UNSURE = 0.6
_MIN_CHANGE = 0.1  # change assumed at least, to refresh settled filters too
_GROWTH = 8  # factor by which the filters of a layer may grow at once
_ONE_LAYER = 0.2  # of what is left, for more than one filter, see `_beside`
_SHOWN = 0.05  # of all time, for layers with images while others have none
_PATIENCE = 10  # times all time so far: no saving for more expensive layers

Filters = list[Objective]


class Budget:
    """Spends at most the allowance and a share of the training time.

    Args:
        share: Share of the training time, in (0, 1]; `None` for no limit.
        prices: Estimates what images cost.
        fewer: Whether first ascents may take fewer steps in the last update,
            down to half of them, if some layers would not be shown otherwise.
    """

    def __init__(
        self, share: float | None, prices: Prices, fewer: bool = False
    ):
        self._share = share
        self.prices = prices
        self._may_take_fewer = fewer
        self._saving = True  # whether to save for later updates
        self._least = 0.0  # seconds that may be spent at the end
        self._kept = _KEPT  # share of the allowance kept for the end
        self._updates = 0
        self._due: Due = {}  # filters of this update, by layer
        self._waiting: list[str] = []  # layers that have not had their turn
        self._wanted = self._shown = 0  # images of all updates
        self._again = 0.0  # seconds of updates of layers that had images
        self._updated: dict[tuple[str, Objective], int] = {}
        self._change: dict[tuple[str, Objective], float] = {}

    def earned(self, training: float) -> float:
        """Returns the seconds that may be spent so far.

        Args:
            training: Seconds of training so far.
        """
        if self._share is None:
            return float("inf")
        earned = ALLOWANCE + self._share * training
        if not self._saving:
            if self.prices.few_shown:
                earned = max(earned, _FOR_FEW * ALLOWANCE)
            return max(earned - _CLOSING, self._least)
        part = self._kept if self._shown else min(self._kept, _KEPT_LESS)
        kept = max(
            part * ALLOWANCE - self._share * training,
            self.prices.of_refreshing(new=self._kept < _KEPT),
        )
        return earned - min(kept, _KEPT * earned)

    def look_ahead(self, due: Due, training: float, spent: float) -> None:
        """Keeps less for the end if the next update can show all layers.

        Args:
            due: What is to be shown, by layer.
            training: Seconds of training so far.
            spent: Seconds spent so far.
        """
        every = self.prices.of(due)
        one = sum(map(self.prices.of_one, due)) / _USED
        for self._kept, cost in ((0.0, every), (_KEPT_LESS, one)):
            if spent + cost <= self.earned(training):
                return
        self._kept = _KEPT

    def save_for_the_end(self) -> None:
        """Lets the next updates save for later ones, as they do at first."""
        self._saving = True

    def allow_the_end(self, spent: float = 0.0) -> None:
        """Lets the next updates spend what was kept for the end.

        If estimates were too low, the first end may take longer: all layers
        that have images are to show the trained network. Not so later ones, for
        `fit` may be called in a loop.

        Args:
            spent: Seconds spent so far.
        """
        self._saving = False
        if not self._least:
            self._least = spent + _REFRESHED * self.prices.of_refreshing()

    def begin(
        self, due: Due, earned: float, spent: float
    ) -> dict[str, Filters]:
        """Begins an update.

        Args:
            due: What is to be shown, by layer.
            earned: Seconds that may be spent in total.
            spent: Seconds spent so far.

        Returns:
            The likely choice for each layer, in the order in which to choose
            layers: new layers first, then those that have waited longest or
            changed most. In the last update, new layers come last.
        """
        self._updates += 1
        self._due = due
        self._waiting = list(due)
        # Within a share of the time, few images fit in at first.
        every = self._share is None
        self.prices.take_all_steps()
        self.prices.begin({p: len(o) if every else 1 for p, o in due.items()})
        self._fit_steps(earned - spent)
        self._wanted += sum(map(len, due.values()))
        order = list(due)
        if not every:
            order.sort(key=self._turn)
        planned: dict[str, Filters] = {}
        for path in order:
            if path not in planned:
                together = self.prices.sharing(path)
                chosen = self._choose_together(together, earned, spent)
                for one in together:
                    planned[one] = (chosen or {}).get(one, [])
                    spent += self.prices.of({one: planned[one]})
        self._waiting = list(due)
        return planned

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
            `None` if the remaining time is saved for this layer.
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
        self._waiting += paths

    def _fit_steps(self, left: float) -> None:
        """Lets first ascents take fewer steps if this shows more layers."""
        if self._may_take_fewer and not self._saving:
            self.prices.fit_steps(self._waiting, _USED * left)

    def _choose_together(
        self, together: Sequence[str], earned: float, spent: float
    ) -> dict[str, Filters] | None:
        """Chooses filters of layers that may share an ascent."""
        chosen: dict[str, Filters] = {}
        left = earned - spent
        kept = _UNSURE * left if len(together) > 1 else 0.0
        for one in together:
            self._waiting.remove(one)
            some = self._choose(one, left, earned, kept)
            if some is None:
                return None
            chosen[one] = some
            left -= self.prices.of({one: some})
        now = {one: some for one, some in chosen.items() if some}
        if self._share is None or len(now) == len(together):
            return chosen
        # Without the others, each has a larger part in the traces.
        while now and self.prices.of(now, list(now)) > earned - spent:
            now.popitem()
        if self._saving:
            whole = self.prices.of(now)
            if self.prices.of(now, list(now)) > _WAITS * whole:
                now.clear()
        return {one: now.get(one, []) for one in together}

    def _choose(
        self, path: str, left: float, earned: float, kept: float
    ) -> Filters | None:
        """Chooses filters of one layer from the seconds that are left.

        Seconds that are `kept` are not spent on more than one of them.
        """
        due, prices = self._due[path], self.prices
        if self._share is None:
            return list(due)
        if (
            self._saving
            and prices.known(path)
            and any(prices.of_one(p) <= _PATIENCE * earned for p in prices.new)
        ):
            left = min(left, _SHOWN * earned - self._again)
        # At the end, images are refreshed before others are made: they show
        # what the training changed, and take fewer steps.
        urgent = sorted(
            due,
            key=lambda o: (
                not self._saving and (path, o) not in self._updated,
                -self._urgency(path, o),
            ),
        )
        some = set(self._affordable(path, urgent, left, kept))
        if self._saving and not some and prices.known(path):
            # Otherwise an expensive layer would never get its turn.
            if self._affordable(path, urgent, earned):
                return None
        return [objective for objective in due if objective in some]

    def _affordable(
        self,
        path: str,
        urgent: Sequence[Objective],
        left: float,
        kept: float = 0.0,
    ) -> Filters:
        """Chooses as many filters as fit into some seconds.

        Chooses all or none if most of the cost does not depend on the number of
        filters, because saving for more of them pays off.
        """
        known = self.prices.known(path)
        most = len(urgent)
        if known:
            most = min(most, _GROWTH * self.prices.images(path))
        # If all other layers fit in too, nothing is saved.
        shared = not (known and self._saving)
        free = left - kept
        most_of_one = max(_ONE_LAYER * free, free - self._beside(left))
        some: Filters = []
        steps, price = 0, 0.0
        for objective in urgent[:most]:
            steps += self.prices.steps_of(path, [objective])
            more = self.prices.of_images(path, len(some) + 1, steps)
            if more > (most_of_one if shared and some else left):
                break
            some.append(objective)
            price = more
        fixed = self.prices.of_images(path, 0, 0)
        if self._saving and known and len(some) < most and fixed > price / 2:
            return []
        return some

    def _beside(self, left: float) -> float:
        """Returns the cost of all due filters of layers that wait their turn.

        Those that have images wait for later updates. In the last update, those
        of which no filter fits into what is left do not count. New layers may
        take longer than estimated.
        """
        seconds = 0.0
        for path in self._waiting:
            if path not in self.prices:
                continue
            known = self.prices.known(path)
            if self._saving and known:
                continue
            if self._saving or self.prices.of_one(path) <= left:
                cost = self.prices.of({path: self._due[path]})
                seconds += cost if known else cost / _USED
        return seconds

    def _urgency(self, path: str, objective: Objective) -> float:
        """Returns a weight that grows with change and waiting time."""
        key = (path, objective)
        waited = self._updates - self._updated.get(key, 0)
        return waited * (_MIN_CHANGE + self._change.get(key, 1.0))

    def _turn(self, path: str) -> tuple[bool, float]:
        """Sorts layers by their most urgent filter, new layers first.

        In the last update, layers with images are to show the trained network,
        and then as many new layers as possible are to be shown.
        """
        known = self.prices.known(path)
        if not known and not self._saving:
            return True, self.prices.of_one(path)
        urgency = max(self._urgency(path, o) for o in self._due[path])
        return known and self._saving, -urgency

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
        self._shown += len(changes)
        for objective, change in changes.items():
            self._updated[path, objective] = self._updates
            self._change[path, objective] = change

    def left_out(self) -> str:
        """Returns a sentence on the images left out; empty if there are none."""
        missing = self._wanted - self._shown
        if self._share is None or missing <= 0:
            return ""
        return (
            f" To stay within {self._share:.4g} of the time, {missing} of "
            f"{self._wanted} images were left out: gaps in the log."
        )
