"""Answers of the route `series`: measures of a layer over epochs.

Every answer is bounded in size and time: what would be too much is named as
left for another request.
"""

import time
from collections.abc import Sequence
from typing import Any

from tb_actmax.plugin.events import Events
from tb_actmax.plugin.places import Name
from tb_actmax.plugin.store import Store
from tb_actmax.records import event

MOST_CELLS = 1 << 22  # numbers of one answer
MOST_SECONDS = 2.0  # after which no further epoch is begun

_STEPS = 8  # headers read between two looks at the clock
_TOO_MANY = f"There are more than {MOST_CELLS} measures of this layer."

# Measures of an entry that are no measures: they identify or explain it.
_NOT_MEASURED = frozenset(("filter", "label", "status", "key", "exemplars"))


def series_answer(
    store: Store,
    kept: Events,
    ctx: Any,
    name: Name,
    steps: Sequence[int],
) -> dict[str, Any]:
    """Measures of all filters of a layer over epochs, without images.

    Args:
        store: Where to find events.
        kept: Where to read them.
        ctx: Request context.
        name: Experiment, run and path of the layer.
        steps: Epochs; all where empty.

    Returns:
        The answer of the route `series`, as docs/http_api.md describes it.

    Raises:
        NotFoundError: If there is no such layer.
    """
    until = time.monotonic() + MOST_SECONDS
    sequences = store.sequences(ctx, *name, steps or None)
    columns: dict[int, dict[str, dict[str, Any]]] = {}
    layer: list[dict[str, Any]] = []
    failed: list[dict[str, Any]] = []
    keys: set[str] = set()
    names: set[str] = set()
    left = list(sequences)
    crowded: list[int] = []
    while left and not crowded:
        some, left = left[:_STEPS], left[_STEPS:]
        good, bad = kept.headers(
            ctx, name, {step: sequences[step] for step in some}
        )
        failed += bad
        for step, header in good.items():
            filters = header.pop("filters")
            column = dict(zip(event.image_keys(filters), filters, strict=True))
            # An answer has a row for each key and name that it has met.
            wider = keys | column.keys()
            more = names | _measures(filters)
            if len(wider) * len(more) * (len(columns) + 1) <= MOST_CELLS:
                keys, names = wider, more
                layer.append(header)
                columns[step] = column
            elif columns:
                crowded.append(step)
            else:
                failed.append({"step": step, "error": _TOO_MANY})
        if time.monotonic() > until:
            break
    return {
        "epochs": list(columns),
        "wall_times": [sequences[step][0] for step in columns],
        **_table(list(columns.values())),
        "layer": layer,
        "missing": sorted(set(steps) - sequences.keys()),
        "left": [*crowded, *left],
        "errors": failed,
    }


def _measures(filters: Sequence[dict[str, Any]]) -> set[str]:
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


def _table(columns: list[dict[str, dict[str, Any]]]) -> dict[str, Any]:
    """Turns entries by epoch and key into rows of each measure."""
    entries = {
        key: entry for column in columns for key, entry in column.items()
    }
    names = sorted(
        set[str]().union(
            *(_measures(list(column.values())) for column in columns)
        )
    )
    keys = sorted(
        entries, key=lambda key: (entries[key].get("filter") or 0, key)
    )
    nothing: dict[str, Any] = {}
    rows = [[column.get(key, nothing) for column in columns] for key in keys]
    return {
        "keys": keys,
        "filters": [entries[key].get("filter") for key in keys],
        "values": {
            name: [[_number(entry.get(name)) for entry in row] for row in rows]
            for name in names
        },
        "status": [[entry.get("status") for entry in row] for row in rows],
    }
