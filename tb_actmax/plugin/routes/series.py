"""Answers the route `series`: measures of a layer over epochs.

The answer is bounded in size and time: epochs that do not fit are left for
another request.
"""

import time
from collections.abc import Sequence
from typing import TypeAlias

from tensorboard.context import RequestContext

from tb_actmax.plugin.routes.responses import compact_json
from tb_actmax.plugin.store.sources import LayerName
from tb_actmax.plugin.store.store import Store
from tb_actmax.records.event import EventError, image_keys
from tb_actmax.records.header import FilterEntry

MAX_NUMBERS = 1 << 21  # of one answer
MAX_SECONDS = 2.0  # after which no further epoch is begun

_TOO_MANY = f"There are more than {MAX_NUMBERS} measures of this layer."
# Numbers of an entry that are not measures.
_NOT_MEASURES = frozenset(("filter", "label", "status", "key", "exemplars"))

# Rows over epochs, by key.
_Rows: TypeAlias = dict[str, list[object]]


def series_answer(
    store: Store, ctx: RequestContext, layer: LayerName, steps: Sequence[int]
) -> str:
    """Returns measures of all filters of a layer; `steps` is empty for all."""
    until = time.monotonic() + MAX_SECONDS
    if steps:
        events = store.events(ctx, layer, steps)
    else:
        events = list(store.layer(ctx, layer).events.values())
    series = _Series()
    found, headers, failed = [], [], []
    done = 0
    for event, header in store.headers(ctx, events):
        if isinstance(header, EventError):
            failed.append({"step": event.step, "error": str(header)})
        elif series.add(header["filters"]):
            found.append(event)
            headers.append({k: v for k, v in header.items() if k != "filters"})
        elif found:
            break  # left for another request
        else:
            failed.append({"step": event.step, "error": _TOO_MANY})
        done += 1
        if time.monotonic() > until:
            break
    return compact_json(
        {
            "epochs": [event.step for event in found],
            "wall_times": [event.wall_time for event in found],
            "layer": headers,
            "missing": sorted(set(steps) - {event.step for event in events}),
            "left": [event.step for event in events[done:]],
            "errors": failed,
            **series.members(),
        }
    )


class _Series:
    """Measures by name, key and epoch."""

    def __init__(self) -> None:
        self._epochs = 0
        self._filters: dict[str, int | None] = {}  # by key
        self._values: dict[str, _Rows] = {}  # by name
        self._status: _Rows = {}

    def add(self, entries: Sequence[FilterEntry]) -> bool:
        """Adds the next epoch, unless the answer would become too large."""
        keys = image_keys(entries)
        measures = [_measures(entry) for entry in entries]
        rows = len(self._filters.keys() | keys)
        names = len(self._values.keys() | set().union(*measures))
        if rows * names * (self._epochs + 1) > MAX_NUMBERS:
            return False
        for key, entry, measured in zip(keys, entries, measures, strict=True):
            self._filters[key] = entry["filter"]
            self._put(self._status, key, entry.get("status"))
            for name, value in measured.items():
                self._put(self._values.setdefault(name, {}), key, value)
        self._epochs += 1
        return True

    def _put(self, rows: _Rows, key: str, value: object) -> None:
        row = rows.setdefault(key, [])
        row += [None] * (self._epochs - len(row))
        row.append(value)

    def members(self) -> dict[str, object]:
        """Returns the members of the answer, with a row for each key."""
        keys = sorted(
            self._filters, key=lambda key: (self._filters[key] or 0, key)
        )

        def table(rows: _Rows) -> list[list[object]]:
            found = (rows.get(key, []) for key in keys)
            return [row + [None] * (self._epochs - len(row)) for row in found]

        return {
            "keys": keys,
            "filters": [self._filters[key] for key in keys],
            "values": {
                name: table(rows) for name, rows in sorted(self._values.items())
            },
            "status": table(self._status),
        }


def _measures(entry: FilterEntry) -> dict[str, float]:
    return {
        name: value
        for name, value in entry.items()
        if name not in _NOT_MEASURES
        and isinstance(value, int | float)
        and not isinstance(value, bool)
    }
