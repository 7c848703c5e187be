"""Answers of the route `series`: measures of a layer over epochs.

Every answer is bounded in size and time: what would be too much is named as
left for another request.
"""

import time
from collections.abc import Sequence
from typing import Any

from tb_actmax.plugin.json_response import compact_json
from tb_actmax.plugin.routes.series_table import MOST_CELLS, SeriesTable
from tb_actmax.plugin.store.events import Events
from tb_actmax.plugin.store.sources import Name
from tb_actmax.plugin.store.store import Store
from tb_actmax.records import event

MOST_SECONDS = 2.0  # after which no further epoch is begun

_STEPS = 8  # headers read between two looks at the clock
_TOO_MANY = f"There are more than {MOST_CELLS} measures of this layer."


def series_answer(
    store: Store,
    kept: Events,
    ctx: Any,
    name: Name,
    steps: Sequence[int],
) -> str:
    """Measures of all filters of a layer over epochs, without images.

    Args:
        store: Where to find events.
        kept: Where to read them.
        ctx: Request context.
        name: Experiment, run and path of the layer.
        steps: Epochs; all where empty.

    Returns:
        JSON: the answer of the route `series`, as docs/http_api.md describes it.

    Raises:
        NotFoundError: If there is no such layer.
    """
    until = time.monotonic() + MOST_SECONDS
    sequences = store.sequences(ctx, *name, steps or None)
    table = SeriesTable()
    epochs: list[int] = []
    layer: list[dict[str, Any]] = []
    failed: list[dict[str, Any]] = []
    left = list(sequences)
    crowded: list[int] = []
    while left and not crowded:
        some, left = left[:_STEPS], left[_STEPS:]
        parts = {step: sequences[step] for step in some}
        for step, header in kept.headers(ctx, name, parts):
            if isinstance(header, event.EventError):
                failed.append({"step": step, "error": str(header)})
            elif table.add(header["filters"]):
                epochs.append(step)
                rest: dict[str, Any] = {**header}
                del rest["filters"]
                layer.append(rest)
            elif len(table):
                crowded.append(step)
            else:
                failed.append({"step": step, "error": _TOO_MANY})
        if time.monotonic() > until:
            break
    about = {
        "epochs": epochs,
        "wall_times": [sequences[step][0] for step in epochs],
        "layer": layer,
        "missing": sorted(set(steps) - sequences.keys()),
        "left": [*crowded, *left],
        "errors": failed,
    }
    return f"{compact_json(about)[:-1]},{table.text()}}}"
