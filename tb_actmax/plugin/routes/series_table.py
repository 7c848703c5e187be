"""Measures of a layer's filters over epochs, kept in few objects.

Of eight epochs of 512 filters, the entries of their headers take ten megabytes
as Python's objects, and a small one that is made among them and stays keeps a
megabyte from going back to the system. Rows of numbers take a tenth of that.
"""

import array
import math
from collections.abc import Callable, Sequence
from typing import Any

from tb_actmax.plugin.json_response import compact_json
from tb_actmax.records import event
from tb_actmax.records.header import FilterEntry

MOST_CELLS = 1 << 22  # numbers of one table

# Measures of an entry that are no measures: they identify or explain it.
_NOT_MEASURED = frozenset(("filter", "label", "status", "key", "exemplars"))

_Entries = Sequence[FilterEntry]


class SeriesTable:
    """Measures by name, filter and epoch."""

    def __init__(self) -> None:
        self._columns: list[_Column] = []
        self._names: set[str] = set()
        # Each key and status once, however many entries have it.
        self._words: dict[str, str] = {}
        # Filters by key, as the last epoch that has the key has it.
        self._filters: dict[str, int | None] = {}

    def __len__(self) -> int:
        """The number of epochs."""
        return len(self._columns)

    def add(self, filters: _Entries) -> bool:
        """Adds the entries of the next epoch's header.

        Returns:
            Whether there was room for them.
        """
        keys = [self._word(key) for key in event.image_keys(filters)]
        # An answer has a row for each key and name that it has met.
        names = self._names | _measures(filters)
        rows = len(self._filters.keys() | keys)
        if rows * len(names) * (len(self) + 1) > MOST_CELLS:
            return False
        self._names = names
        self._columns.append(_Column(keys, filters, self._word))
        self._filters |= zip(
            keys, (entry.get("filter") for entry in filters), strict=True
        )
        return True

    def _word(self, word: str) -> str:
        return self._words.setdefault(word, word)

    def text(self) -> str:
        """Members of a JSON object: keys, filters, values and status."""
        keys = sorted(
            self._filters, key=lambda key: (self._filters[key] or 0, key)
        )
        places = [[c.places.get(key) for key in keys] for c in self._columns]
        values = ",".join(
            f"{compact_json(name)}:{self._rows(places, _Column.measured, name)}"
            for name in sorted(self._names)
        )
        return (
            f'"keys":{compact_json(keys)},'
            f'"filters":{compact_json([self._filters[key] for key in keys])},'
            f'"values":{{{values}}},'
            f'"status":{self._rows(places, _Column.status_of)}'
        )

    def _rows(
        self,
        places: Sequence[Sequence[int | None]],
        read: Callable[..., list[Any]],
        *which: str,
    ) -> str:
        """JSON of a row for each key, with what each epoch says of it."""
        columns = [
            read(column, where, *which)
            for column, where in zip(self._columns, places, strict=True)
        ]
        return compact_json(list(zip(*columns, strict=True)))


class _Column:
    """Entries of the filters at one epoch."""

    def __init__(
        self, keys: list[str], filters: _Entries, word: Callable[[str], str]
    ):
        self.places = {key: place for place, key in enumerate(keys)}
        self._status = [
            word(entry["status"]) if "status" in entry else None
            for entry in filters
        ]
        self._measures: dict[str, array.array[float]] = {}
        for name in _measures(filters):
            numbers = (_number(entry.get(name)) for entry in filters)
            self._measures[word(name)] = array.array(
                "d", [math.nan if n is None else n for n in numbers]
            )

    def status_of(self, places: Sequence[int | None]) -> list[str | None]:
        """Status of the filters at these places."""
        return [None if p is None else self._status[p] for p in places]

    def measured(
        self, places: Sequence[int | None], name: str
    ) -> list[float | None]:
        """A measure of the filters at these places."""
        row = self._measures.get(name)
        if row is None:
            return [None] * len(places)
        return [
            None if p is None or math.isnan(row[p]) else row[p] for p in places
        ]


def _measures(filters: _Entries) -> set[str]:
    """Names of what is measured of any of these filters."""
    return {
        name
        for entry in filters
        for name, value in entry.items()
        if name not in _NOT_MEASURED and _number(value) is not None
    }


def _number(value: Any) -> float | None:
    """A number as it is; what is none was not measured."""
    return value if type(value) in (int, float) else None
