"""Chooses the filters of each update within a share of the training time.

An allowance at the start pays for the first images: of all layers of a small
network, of the first layers of a large one. Later updates spend the share of the time that has passed since on the most
urgent filters. Filters that are left out are gaps in the log; they come first
at the next update.
"""

import math
from collections.abc import Iterable, Mapping, Sequence

from tb_actmax.objectives import Objective
from tb_actmax.training.costs import Correction, LayerCost, UpdateCost

ALLOWANCE = 10.0  # seconds that no training has to earn, and once at its end

_FEWEST = 0.5  # share of the steps where not all layers would be shown
_USED = 0.7  # of the time that is left then: new layers may take longer
_CLOSING = 0.5  # seconds of the allowance at the end in which the log is closed
# Times the seconds that each layer takes if all of a group share an ascent, from
# which some of them wait for the others.
_WAITS = 1.5
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
        costs: Cost of each layer, by path, in the order of the network.
        steps: Steps of a filter's first ascent, by layer.
        warm_steps: Steps of its later ascents.
        fewer: Whether first ascents may take fewer steps in the last update,
            down to half of them, if some layers would not be shown otherwise.
        together: Layers whose first images one ascent can find together, in
            running order.
    """

    def __init__(
        self,
        share: float | None,
        costs: Mapping[str, LayerCost],
        steps: Mapping[str, int],
        warm_steps: int,
        fewer: bool = False,
        together: Iterable[Sequence[str]] = (),
    ):
        self._share = share
        self._allowance = ALLOWANCE
        self._costs = costs
        self._steps = steps
        self._warm_steps = warm_steps
        self._may_take_fewer = fewer
        self._groups = list(together)
        # The layers of this update that share a first ascent, by each of them.
        self._sharing: dict[str, list[str]] = {}
        self._part = 1.0  # of the steps, that first ascents take now
        self._correction = Correction()
        self._last = False  # whether the next update is the last one
        self._saving = True  # whether to save for later updates
        self._updates = 0
        # Filters of this update, by layer that has not had its turn.
        self._due: dict[str, Sequence[Objective]] = {}
        self._wanted = self._shown = 0  # images of all updates
        self._again = 0.0  # seconds of updates of layers that had images
        self._updated: dict[tuple[str, Objective], int] = {}
        self._change: dict[tuple[str, Objective], float] = {}

    def earned(self, training: float) -> float:
        """Returns the seconds that may be spent in total.

        Args:
            training: Seconds of training so far.
        """
        if self._share is None:
            return float("inf")
        return self._allowance + self._share * training

    def allow_the_end(self) -> None:
        """Adds the allowance for the final images, once.

        The next update spends it without saving for later updates.
        """
        if self._allowance == ALLOWANCE:
            self._allowance = 2 * ALLOWANCE - _CLOSING
            self._last = True

    def begin(
        self,
        due: Mapping[str, Sequence[Objective]],
        earned: float,
        spent: float,
    ) -> dict[str, Filters]:
        """Begins an update.

        Args:
            due: What is to be shown, by layer.
            earned: Seconds that may be spent in total.
            spent: Seconds spent so far.

        Returns:
            The likely choice for each layer, in the order in which to choose
            layers: new layers first, then those that have waited longest or
            changed most.
        """
        self._updates += 1
        self._saving, self._last = not self._last, False
        self._due = dict(due)
        self._share_ascents(due)
        self._fit_steps(due, earned - spent)
        self._wanted += sum(map(len, due.values()))
        order = list(due)
        if self._share is not None:
            order.sort(key=lambda path: self._turn(path, due[path]))
        planned: dict[str, Filters] = {}
        for path in order:
            if path not in planned:
                chosen = self._choose_together(path, due, earned, spent)
                for one in self._sharing.get(path, [path]):
                    planned[one] = (chosen or {}).get(one, [])
                    spent += self._seconds_of({one: planned[one]})
        return planned

    def choose(
        self,
        path: str,
        due: Mapping[str, Sequence[Objective]],
        earned: float,
        spent: float,
    ) -> dict[str, Filters] | None:
        """Chooses the filters to show of a layer.

        Args:
            path: The layer.
            due: What is to be shown, by layer.
            earned: Seconds that may be spent in total.
            spent: Seconds spent so far.

        Returns:
            Some or none of the layer's filters, in order, and of those layers
            that share its ascent, by layer. Each of these layers is a key.
            `None` if the remaining time is saved for this layer.
        """
        together = self._sharing.get(path, [path])
        self._fit_steps([*together, *self._due], earned - spent)
        for one in together:  # others need not leave time for them
            self._due.pop(one, None)
        chosen = self._choose_together(path, due, earned, spent)
        now = [one for one, some in (chosen or {}).items() if some]
        self._sharing |= {one: now for one in now if one in self._sharing}
        return chosen

    def _choose_together(
        self,
        path: str,
        due: Mapping[str, Sequence[Objective]],
        earned: float,
        spent: float,
    ) -> dict[str, Filters] | None:
        """Chooses as `choose` does, with the numbers of steps as they are."""
        together = self._sharing.get(path, [path])
        chosen: dict[str, Filters] = {}
        left = earned - spent
        for one in together:
            some = self._choose(one, due[one], left, earned)
            if some is None:
                return None
            chosen[one] = some
            left -= self._seconds_of({one: some})
        now = {one: some for one, some in chosen.items() if some}
        if self._share is None or len(now) == len(together):
            return chosen
        # Without the others, each has a larger part in the traces.
        while now and self._seconds_of(now, list(now)) > earned - spent:
            now.popitem()
        if self._saving:
            whole = self._seconds_of(now)
            if self._seconds_of(now, list(now)) > _WAITS * whole:
                now.clear()
        return {one: now.get(one, []) for one in together}

    def _seconds_of(
        self,
        chosen: Mapping[str, Sequence[Objective]],
        sharing: Sequence[str] | None = None,
    ) -> float:
        """Estimates the seconds that an update of objectives takes.

        For `sharing` see `_estimate`.
        """
        return sum(
            self._price(path, len(s), self._steps_of_all(path, s), sharing)
            for path, s in chosen.items()
            if s
        )

    def _share_ascents(self, due: Mapping[str, Sequence[Objective]]) -> None:
        """Lets new layers share ascents where this takes less time."""
        self._sharing = {}
        for group in self._groups:
            new = [p for p in group if p in due and not self._costs[p].known]
            # Within a share of the time, few images fit in at first.
            images = {
                path: len(due[path]) if self._share is None else 1
                for path in new
            }
            together = self._seconds_of_first(images, new)
            if len(new) > 1 and together < self._seconds_of_first(images):
                self._sharing |= dict.fromkeys(new, new)

    def _seconds_of_first(
        self, images: Mapping[str, int], sharing: Sequence[str] | None = None
    ) -> float:
        """Estimates the seconds that numbers of first images take.

        For `sharing` see `_estimate`.
        """
        return sum(
            self._estimate(path, count, count * self.cold_steps(path), sharing)
            for path, count in images.items()
        )

    def _fit_steps(self, paths: Iterable[str], left: float) -> None:
        """Lets first ascents take the steps that leave all layers an image."""
        self._part = 1.0
        if self._saving or not self._may_take_fewer:
            return
        every = set(paths)
        most = sum(map(self._price_of_one, every))
        if most <= _USED * left:
            return
        self._part = _FEWEST
        least = sum(map(self._price_of_one, every))
        if most > least:
            room = (_USED * left - least) / (most - least)
            self._part += (1 - _FEWEST) * min(max(room, 0.0), 1.0)

    def _choose(
        self, path: str, due: Sequence[Objective], left: float, earned: float
    ) -> Filters | None:
        """Chooses filters of one layer from the seconds that are left."""
        if self._share is None:
            return list(due)
        if (
            self._saving
            and self._costs[path].known
            and any(
                self._price_of_one(other) <= _PATIENCE * earned
                for other, cost in self._costs.items()
                if not cost.known
            )
        ):
            left = min(left, _SHOWN * earned - self._again)
        urgent = sorted(due, key=lambda o: -self._urgency(path, o))
        some = self._affordable(path, urgent, left)
        if self._saving and not some and self._costs[path].known:
            # Otherwise an expensive layer would never get its turn.
            if self._affordable(path, urgent, earned):
                return None
        return [objective for objective in due if objective in set(some)]

    def _affordable(
        self, path: str, urgent: Sequence[Objective], left: float
    ) -> Filters:
        """Chooses as many filters as fit into some seconds.

        Chooses all or none if most of the cost does not depend on the number of
        filters, because saving for more of them pays off.
        """
        known = self._costs[path].known
        most = len(urgent)
        if known:
            shown = sum(layer == path for layer, _ in self._updated)
            most = min(most, _GROWTH * shown)
        # If all other layers fit in too, nothing is saved.
        shared = not (known and self._saving)
        most_of_one = max(_ONE_LAYER * left, left - self._beside(path, left))
        some: Filters = []
        steps, price = 0, 0.0
        for objective in urgent[:most]:
            further = steps + self.steps_of(path, objective)
            more = self._price(path, len(some) + 1, further)
            if more > (most_of_one if shared and some else left):
                if some or self._saving:
                    break
                continue  # at the end rather one with an image: fewer steps
            some.append(objective)
            steps, price = further, more
        fixed = self._price(path, 0, 0)
        if self._saving and known and len(some) < most and fixed > price / 2:
            return []
        return some

    def _beside(self, path: str, left: float) -> float:
        """Returns the cost of all due filters of the other layers.

        Those that have images wait for later updates. In the last update, those
        of which no filter fits into what is left do not count.
        """
        return sum(
            self._price(other, len(some), self._steps_of_all(other, some))
            for other, some in self._due.items()
            if other != path and other in self._costs
            if not (self._costs[other].known and self._saving)
            if self._saving or self._price_of_one(other) <= left
        )

    def _steps_of_all(self, path: str, some: Sequence[Objective]) -> int:
        return sum(self.steps_of(path, one) for one in some)

    def _price(
        self,
        path: str,
        filters: int,
        steps: int,
        sharing: Sequence[str] | None = None,
    ) -> float:
        seconds = self._estimate(path, filters, steps, sharing)
        known = self._costs[path].known
        return seconds if known else self._correction(seconds)

    def _estimate(
        self,
        path: str,
        filters: int,
        steps: int,
        sharing: Sequence[str] | None = None,
    ) -> float:
        """Estimates the seconds of an update, not corrected.

        `sharing` are the layers that share the ascent; `None` for all that can.
        """
        cost, sharing = self._costs[path], sharing or self._sharing.get(path)
        if sharing is None or cost.known:
            return cost.seconds(filters, steps)
        deepest = self._costs[sharing[-1]]
        return cost.seconds_together(filters, steps, deepest, len(sharing))

    def _price_of_one(self, path: str) -> float:
        """Returns the price of one image of a layer."""
        known = self._costs[path].known
        steps = self._warm_steps if known else self.cold_steps(path)
        return self._price(path, 1, steps)

    def cold_steps(self, path: str) -> int:
        """Returns the number of steps of a first ascent in this update."""
        return max(math.floor(self._part * self._steps[path]), 1)

    def steps_of(self, path: str, objective: Objective) -> int:
        """Returns the number of steps of a filter's next ascent."""
        known = (path, objective) in self._updated
        return self._warm_steps if known else self.cold_steps(path)

    def _urgency(self, path: str, objective: Objective) -> float:
        """Returns a weight that grows with change and waiting time."""
        key = (path, objective)
        waited = self._updates - self._updated.get(key, 0)
        return waited * (_MIN_CHANGE + self._change.get(key, 1.0))

    def _turn(self, path: str, due: Sequence[Objective]) -> tuple[bool, float]:
        """Sorts layers by their most urgent filter, new layers first.

        In the last update, as many new layers as possible are to be shown.
        """
        known = self._costs[path].known
        if not known and not self._saving:
            return known, self._price_of_one(path)
        return known, -max(self._urgency(path, one) for one in due)

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
        if self._costs[path].known:
            self._again += cost.seconds
        else:
            estimate = self._estimate(path, cost.filters, cost.steps)
            self._correction.note(estimate, cost.seconds)
        self._costs[path].note(cost)
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
