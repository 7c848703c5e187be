"""Estimates the seconds of passes over the sample."""

from collections.abc import Collection, Iterable, Mapping, Sequence

from tb_actmax.training.costs import LayerCost


class PassPrices:
    """Estimates the seconds of passes over the sample.

    The first pass of an update measures all layers that it is likely to show.
    Another one, for further layers, begins with the input again.

    Args:
        costs: Cost of each layer, by path, in the order of the network.
    """

    def __init__(self, costs: Mapping[str, LayerCost]):
        self._costs = costs
        self._measured: set[str] = set()  # in this update
        self._parts: dict[str, float] = {}  # of a pass for all due layers

    def begin(self, due: Collection[str]) -> None:
        """Begins an update, before its first pass.

        Args:
            due: The layers that it may show.
        """
        self._measured = set()
        self._parts, before = {}, 0.0
        for path, cost in self._costs.items():
            before += cost.passing
            if path in due:
                self._parts[path], before = before, 0.0

    def measured(self, paths: Iterable[str]) -> None:
        """Takes into account which layers a pass has measured.

        Args:
            paths: The layers.
        """
        self._measured.update(paths)

    def up_to(self, paths: Iterable[str]) -> float:
        """Returns the seconds of a pass that measures layers."""
        order, last = list(self._costs), set(paths)
        ends = [place for place, path in enumerate(order) if path in last]
        before = order[: max(ends, default=-1) + 1]
        return sum(self._costs[path].passing for path in before)

    def part(self, path: str, sharing: Sequence[str] | None) -> float:
        """Returns a layer's part of the pass that is to measure it, in seconds.

        Args:
            path: The layer.
            sharing: The layers that share its ascent, in running order, which
                are measured together; `None` if there are none.
        """
        if path in self._measured:
            return 0.0
        if not self._measured or (sharing and path != sharing[0]):
            return self._parts.get(path, self._costs[path].passing)
        return self.up_to([path])
