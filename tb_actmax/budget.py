"""Plans which filters are maximized so that a share of the time is enough.

What a layer costs is measured as it goes, on a single filter at first: what
comes but once, each look, each step of a filter. At each look the time that
has been earned is spent on the filters that are due; what is left out is a gap
in the log, and comes first the next time.
"""

import dataclasses
import logging
import time
from collections.abc import Hashable, Mapping, Sequence
from typing import Any

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


@dataclasses.dataclass
class Cost:
    """What a layer has been seen to cost.

    Attributes:
        first: Seconds that came but once, such as those of tracing.
        fixed: Seconds of a look, however many filters.
        step: Seconds of one step of one filter.
    """

    first: float
    fixed: float
    step: float


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
        left = self._share * training - spent
        chosen: dict[str, list[Any]] = {}
        due = sorted(
            (
                (layer, index)
                for layer, indices in self._layers.items()
                for index in indices
            ),
            key=self._urgency,
            reverse=True,
        )
        for layer, index in due:
            # One filter tells what its layer costs, and the first layer what
            # others may.
            if layer not in self._costs and (
                layer in chosen or (chosen and not self._costs)
            ):
                continue
            cost = self._price(layer, index, opened=layer in chosen)
            if cost > left:
                continue
            left -= cost
            chosen.setdefault(layer, []).append(index)
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

    def _urgency(self, key: tuple[str, Hashable]) -> float:
        """What changes comes first, and all the sooner the longer it waits."""
        waited = self._looks - self._seen.get(key, 0)
        return waited * (_CALM + self._change.get(key, 1.0))

    def _price(self, layer: str, index: Hashable, opened: bool) -> float:
        known = self._costs.get(layer)
        others = list(self._costs.values())
        if known is None and others:
            known = Cost(
                max(cost.first for cost in others),
                max(cost.fixed for cost in others),
                max(cost.step for cost in others),
            )
        if known is None:
            known = Cost(_GUESS, 0.0, 0.0)
        steps = self._warm_steps
        if (layer, index) not in self._seen:
            steps = self._steps
        price = known.step * (steps + 1)
        if not opened:
            price += known.fixed
            if layer not in self._costs:
                price += known.first
        return price

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
        before = self._costs.get(layer)
        self._costs[layer] = Cost(
            built if before is None else before.first,
            max(whole - ascent - built, 0.0),
            ascent / max(steps, 1),
        )
        for index, change in changes.items():
            self._seen[layer, index] = self._looks
            self._change[layer, index] = change
