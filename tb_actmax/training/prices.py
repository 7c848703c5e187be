"""Estimates the seconds that the images of an update take."""

import math
from collections.abc import Iterable, Mapping, Sequence

from tb_actmax.objectives import Objective
from tb_actmax.training.costs import Correction, LayerCost, UpdateCost
from tb_actmax.training.pass_prices import PassPrices

Due = Mapping[str, Sequence[Objective]]  # what is to be shown, by layer

# Of a first ascent where not all layers would be shown: share of its steps, and
# steps, at least. Images with these are as good as with half of the steps, and
# much better than with a quarter (docs/method.md).
_FEWEST, _FEWEST_STEPS = 1 / 3, 16


class Prices:
    """Estimates the seconds that the images of an update take.

    Layers share the ascent of their first images where this takes less time.
    Estimates for layers that were never updated are corrected by what others
    took.

    Args:
        costs: Cost of each layer, by path, in the order of the network.
        steps: Steps of a filter's first ascent, by layer.
        warm_steps: Steps of its later ascents.
        together: Layers whose first images one ascent can find together, in
            running order.
        first_pass: Seconds of tracing before the first layer is measured.

    Attributes:
        passes: Estimates for passes over the sample.
    """

    def __init__(
        self,
        costs: Mapping[str, LayerCost],
        steps: Mapping[str, int],
        warm_steps: int,
        together: Iterable[Sequence[str]] = (),
        first_pass: float = 0.0,
    ):
        self.passes = PassPrices(costs)
        self._costs = costs
        self._steps = steps
        self._warm_steps = warm_steps
        self._first_pass = first_pass
        self._groups: list[Sequence[str]] = list(together)
        # The layers of this update that share a first ascent, by each of them.
        self._sharing: dict[str, list[str]] = {}
        self._part = 1.0  # of the steps, that first ascents take now
        self._correction = Correction()
        self._shown: dict[str, set[Objective]] = {}  # so far, by layer

    def begin(self, images: Mapping[str, int]) -> None:
        """Begins an update: new layers may share ascents in it.

        Args:
            images: Number of images of each layer that are likely to be made.
        """
        self._sharing = {}
        self.passes.begin(images)
        for group in self._groups:
            new = [p for p in group if p in images and not self.known(p)]
            if len(new) < 2:
                continue
            alone = together = 0.0
            for path in new:
                steps = images[path] * self.cold_steps(path)
                alone += self._estimate(path, images[path], steps)
                together += self._estimate(path, images[path], steps, new)
            if together < alone:
                self._sharing |= dict.fromkeys(new, new)

    def sharing(self, path: str) -> list[str]:
        """Returns the layers that share an ascent with a layer, and itself."""
        return self._sharing.get(path, [path])

    def share_only(self, paths: Sequence[str]) -> None:
        """Lets fewer layers share an ascent in this update.

        Those that are left share another.
        """
        every = list(self.sharing(paths[0])) if paths else []
        rest = [path for path in every if path not in paths]
        for some in (list(paths), rest):
            for path in some:
                self._sharing.pop(path, None)
                if len(some) > 1:
                    self._sharing[path] = some

    def separate(self, paths: Iterable[str]) -> None:
        """Lets layers share no ascents from now on."""
        alone = set(paths)
        self._groups = [
            [path for path in group if path not in alone]
            for group in self._groups
        ]
        for path in alone:
            self._sharing.pop(path, None)

    @property
    def first_pass(self) -> float:
        """Seconds of tracing that only the very first update takes."""
        return 0.0 if self.shown else self._first_pass

    def known(self, path: str) -> bool:
        """Returns whether a layer was updated before."""
        return self._costs[path].known

    def __contains__(self, path: str) -> bool:
        """Returns whether a layer has not been dropped."""
        return path in self._costs

    @property
    def new(self) -> list[str]:
        """The layers that were never updated."""
        return [path for path, cost in self._costs.items() if not cost.known]

    @property
    def shown(self) -> float:
        """Share of the layers that were ever updated, 0 to 1."""
        return 1 - len(self.new) / max(len(self._costs), 1)

    def images(self, path: str) -> int:
        """Returns the number of objectives of a layer that have an image."""
        return len(self._shown.get(path, ()))

    def cold_steps(self, path: str) -> int:
        """Returns the number of steps of a first ascent in this update."""
        steps = self._steps[path]
        fewer = max(math.floor(self._part * steps), _FEWEST_STEPS)
        return min(fewer, steps)

    def steps_of(self, path: str, objectives: Iterable[Objective]) -> int:
        """Returns the steps of the next ascents of objectives, in total."""
        shown, cold = self._shown.get(path, ()), self.cold_steps(path)
        return sum(self._warm_steps if o in shown else cold for o in objectives)

    def fit_steps(self, paths: Iterable[str], left: float) -> None:
        """Lets first ascents take the steps that leave all layers an image.

        They take a third of their steps at least.

        Args:
            paths: The layers.
            left: Seconds that their images may take.
        """
        every = set(paths)
        self._part = 1.0
        most = sum(map(self.of_one, every))
        if most <= left:
            return
        self._part = _FEWEST
        least = sum(map(self.of_one, every))
        if most > least:
            room = (left - least) / (most - least)
            self._part += (1 - _FEWEST) * min(max(room, 0.0), 1.0)

    def take_all_steps(self) -> None:
        """Lets first ascents take all of their steps."""
        self._part = 1.0

    def of(self, due: Due, sharing: Sequence[str] | None = None) -> float:
        """Returns the seconds that an update of layers takes.

        Args:
            due: The objectives.
            sharing: The layers that share an ascent; `None` for all that can.
        """
        return sum(
            self.of_images(path, len(some), self.steps_of(path, some), sharing)
            for path, some in due.items()
            if some
        )

    def of_images(
        self,
        path: str,
        images: int,
        steps: int,
        sharing: Sequence[str] | None = None,
    ) -> float:
        """Returns the seconds that images of a layer take.

        Args:
            path: The layer.
            images: Number of images.
            steps: Steps, summed over the images.
            sharing: See `of`.
        """
        sharing = sharing or self._sharing.get(path)
        seconds = self._estimate(path, images, steps, sharing)
        return seconds if self.known(path) else self._correction(seconds)

    def of_one(self, path: str) -> float:
        """Returns the seconds that one image of a layer takes."""
        known = self.known(path)
        steps = self._warm_steps if known else self.cold_steps(path)
        return self.of_images(path, 1, steps)

    def of_refreshing(self, new: bool = False) -> float:
        """Returns the seconds that one later image of each layer takes.

        Args:
            new: Whether layers count that were never updated.
        """
        seconds = 0.0
        for cost in self._costs.values():
            later = cost.seconds(1, self._warm_steps, traced=True)
            if cost.known:
                seconds += later
            elif new:
                seconds += self._correction(later)
        return seconds

    def of_showing_again(self, paths: Iterable[str]) -> float:
        """Returns what it takes to show layers again later, if shown now.

        That is a pass over the sample, and a later image of each of them and of
        all layers with images.

        Args:
            paths: Layers that were never updated.
        """
        again = {path for path, cost in self._costs.items() if cost.known}
        again.update(paths)
        seconds = self.passes.up_to(again)
        for path in again:
            cost = self._costs[path]
            later = cost.seconds(1, self._warm_steps, traced=True, passing=0.0)
            seconds += later if cost.known else self._correction(later)
        return seconds

    def _estimate(
        self,
        path: str,
        images: int,
        steps: int,
        sharing: Sequence[str] | None = None,
    ) -> float:
        """Estimates the seconds that images take, not corrected."""
        cost = self._costs[path]
        passing = self.passes.part(path, sharing)
        if sharing is None or cost.known:
            return cost.seconds(images, steps, passing=passing)
        deepest = self._costs[sharing[-1]]
        return cost.seconds_together(
            images, steps, deepest, len(sharing), passing
        )

    def note(
        self, path: str, cost: UpdateCost, objectives: Iterable[Objective]
    ) -> None:
        """Takes an update of a layer into account.

        Args:
            path: The layer.
            cost: The cost of the update.
            objectives: The objectives that have an image now.
        """
        own, sharing = self._costs[path], self._sharing.get(path)
        if not own.known:
            # The trace of the pass was estimated for itself.
            self.passes.measured([path])
            estimate = self._estimate(path, cost.filters, cost.steps, sharing)
            estimate += own.estimated(cost.share)
            self._correction.note(estimate, cost.seconds - cost.share.built)
        if cost.shared and sharing:
            own.run_up_to(self._costs[sharing[-1]])
        own.note(cost)
        self._shown.setdefault(path, set()).update(objectives)
