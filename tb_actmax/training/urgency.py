"""Tells which filters most need a new image."""

from collections.abc import Iterable, Mapping

from tb_actmax.objectives import Objective

_MIN_CHANGE = 0.1  # change assumed at least, to refresh settled filters too


class Urgency:
    """Weighs filters by their change, and by how long they have waited."""

    def __init__(self) -> None:
        self._updates = 0
        self._updated: dict[tuple[str, Objective], int] = {}
        self._change: dict[tuple[str, Objective], float] = {}

    def begin(self) -> None:
        """Begins an update."""
        self._updates += 1

    def note(self, path: str, changes: Mapping[Objective, float]) -> None:
        """Takes an update of a layer into account.

        Args:
            path: Path of the layer.
            changes: Change of each filter's image: 0 for none, 1 where the
                images do not correlate.
        """
        for objective, change in changes.items():
            self._updated[path, objective] = self._updates
            self._change[path, objective] = change

    def shown(self, path: str, objective: Objective) -> bool:
        """Returns whether a filter of a layer was ever updated."""
        return (path, objective) in self._updated

    def of(self, path: str, objective: Objective) -> float:
        """Returns the weight of a filter of a layer."""
        key = (path, objective)
        waited = self._updates - self._updated.get(key, 0)
        return waited * (_MIN_CHANGE + self._change.get(key, 1.0))

    def of_layer(self, path: str, objectives: Iterable[Objective]) -> float:
        """Returns the weight of the most urgent filter of a layer."""
        return max(self.of(path, objective) for objective in objectives)
