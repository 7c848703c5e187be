"""Plans which filters are maximized so that a share of the time is enough.

What a layer costs is measured as it goes, on a single filter at first: what
comes but once, each look, each step of a filter. At each look the time that
has been earned is spent on the filters that are due; what is left out is a gap
in the log, and comes first the next time.
"""

import logging
import time
from collections.abc import Hashable, Mapping, Sequence
from typing import Any

from tb_actmax.training.costs import Cost

_log = logging.getLogger("tb_actmax")

_GUESS = 0.5  # seconds that a first look at a first layer is taken to cost
_CALM = 0.1  # change that even the most settled filter is taken to have


class Watch:
    """Adds up the time between `begin` and `end`, in seconds."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self._since: float | None = None

    def begin(self) -> None:
        """Starts to count."""
        self._since = time.perf_counter()

    def end(self) -> float:
        """Stops to count; returns what this stretch added."""
        if self._since is None:
            return 0.0
        spent = time.perf_counter() - self._since
        self.seconds += spent
        self._since = None
        return spent


class Budget:
    """Spends at most a share of the training time.

    Args:
        share: Largest share of the training time, in (0, 1].
        layers: Filters of each layer that are to be shown.
        steps: Steps of a filter's first ascent.
        warm_steps: Steps of its later ones.
    """

    def __init__(
        self,
        share: float,
        layers: Mapping[str, Sequence[Hashable]],
        steps: int,
        warm_steps: int,
    ):
        self._share = share
        self._layers = layers
        self._steps = steps
        self._warm_steps = warm_steps
        self._costs: dict[str, Cost] = {}
        self._looks = 0
        self._wanted = self._planned = 0  # images, of all looks
        self._seen: dict[tuple[str, Hashable], int] = {}
        self._change: dict[tuple[str, Hashable], float] = {}

    def plan(self, training: float, spent: float) -> dict[str, list[Any]]:
        """Chooses the filters of the next look.

        Args:
            training: Seconds of training so far.
            spent: Seconds of maximizing so far.

        Returns:
            Filters to maximize, by layer; layers without any are left out.
        """
        self._looks += 1
        earned = self._share * training
        left = earned - spent
        chosen: dict[str, list[Any]] = {}
        due = {
            layer: sorted(
                indices, key=lambda i: self._urgency(layer, i), reverse=True
            )
            for layer, indices in self._layers.items()
            if indices
        }
        for layer in sorted(due, key=lambda la: self._turn(la, due[la][0])):
            # The first layer tells what others may cost.
            if chosen and not self._costs:
                break
            some, price = self._affordable(layer, due[layer], left)
            if not some:
                # Whoever waits longest is saved for, or dear layers starve;
                # but not as long as none could have been afforded at all.
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
            layer: [index for index in self._layers[layer] if index in some]
            for layer, some in chosen.items()
        }

    def left_out(self) -> str:
        """A sentence on what was left out, empty if nothing was."""
        if self._planned == self._wanted:
            return ""
        return (
            f" To stay within {self._share:.4g} of the time, "
            f"{self._wanted - self._planned} of {self._wanted} images were "
            "left out: gaps in the log."
        )

    def _urgency(self, layer: str, index: Hashable) -> float:
        """What changes comes first, and all the sooner the longer it waits."""
        key = (layer, index)
        waited = self._looks - self._seen.get(key, 0)
        return waited * (_CALM + self._change.get(key, 1.0))

    def _turn(self, layer: str, index: Hashable) -> tuple[float, bool]:
        """Sorts layers: by the most urgent filter, unseen ones first."""
        return -self._urgency(layer, index), layer in self._costs

    def _affordable(
        self, layer: str, due: Sequence[Any], left: float
    ) -> tuple[list[Any], float]:
        """Filters of a layer that the time suffices for, and their price.

        A look has costs of its own: it is saved for until filters take as much
        again, or all can be shown.
        """
        known = self._costs.get(layer)
        if known is None:
            return self._first(due, left)
        some: list[Any] = []
        rounds: set[int] = set()
        filters, price = 0.0, 0.0
        for index in due[: known.most]:
            steps = self._steps_of(layer, index)
            opening = known.opening(sum(rounds | {steps}))
            own = filters + known.each(steps)
            if opening + own > left:
                break
            some.append(index)
            rounds.add(steps)
            filters, price = own, opening + own
        whole = len(some) == min(len(due), known.most)
        if not whole and filters < price - filters:
            return [], 0.0
        return some, price

    def _first(
        self, due: Sequence[Any], left: float
    ) -> tuple[list[Any], float]:
        """Filters of a layer that has not been looked at.

        One tells what it costs. Where other layers tell what that may be, more
        are shown, as long as they take less than what comes but once.
        """
        others = list(self._costs.values())
        if not others:
            return ([due[0]], _GUESS) if left >= _GUESS else ([], 0.0)
        once = max(cost.first for cost in others)
        once += max(cost.opening(self._steps) for cost in others)
        each = max(cost.each(self._steps) for cost in others)
        if once + each > left:
            return [], 0.0
        more = (min(once, left - once) - each) / max(each, 1e-9)
        count = 1 + int(min(max(more, 0), min(c.most for c in others) - 1))
        some = list(due[:count])
        return some, once + each * len(some)

    def _steps_of(self, layer: str, index: Hashable) -> int:
        known = (layer, index) in self._seen
        return self._warm_steps if known else self._steps

    def spent(
        self,
        layer: str,
        built: float,
        ascent: float,
        whole: float,
        steps: int,
        changes: Mapping[Any, float],
    ) -> None:
        """Notes what a look at a layer has cost and shown.

        Args:
            layer: The layer.
            built: Seconds that will not come again.
            ascent: Seconds that the steps took.
            whole: Seconds in all.
            steps: Steps taken, of all filters together.
            changes: How much each filter's image has changed, 0 for not at
                all, 1 for beyond recognition.
        """
        rounds = sum({self._steps_of(layer, index) for index in changes})
        if changes:
            cost = self._costs.setdefault(layer, Cost(built))
            beside = max(whole - ascent - built, 0.0)
            cost.note(len(changes), rounds, steps, ascent, beside)
        for index, change in changes.items():
            self._seen[layer, index] = self._looks
            self._change[layer, index] = change
