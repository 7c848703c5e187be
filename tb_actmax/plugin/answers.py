"""Makes answers of events: images of a layer, series over epochs.

Every answer is bounded in size and time: what does not fit is refused, what
would take too long is named as left for another request.
"""

import functools
import json
import struct
import time
from collections.abc import Callable, Collection, Sequence
from typing import Any

from tensorboard import errors

from tb_actmax.plugin.events import Event, Events, headers
from tb_actmax.plugin.store import Name, Store
from tb_actmax.records import event

MOST_IMAGES = 8192  # images of one answer
MOST_BYTES = 96 << 20  # bytes of one answer
MOST_CELLS = 1 << 22  # numbers of one answer
MOST_SECONDS = 2.0  # after which no further epoch is begun

_SERIES_STEPS = 8  # headers read between two looks at the clock

_TOO_LARGE = (
    f"One request can ask for {MOST_BYTES >> 20} MiB; ask for fewer steps or "
    "keys at once."
)
_TOO_MANY = f"There are more than {MOST_CELLS} measures of this layer."

# Measures of an entry that are no measures: they identify or explain it.
_NOT_MEASURED = frozenset(("filter", "label", "status", "key", "exemplars"))


def images_answer(
    store: Store,
    kept: Events,
    ctx: Any,
    name: Name,
    steps: Sequence[int],
    keys: Collection[str],
    extra: bool,
) -> bytes:
    """Images of a layer at some epochs, in one piece.

    Args:
        store: Where to find events.
        kept: Where to read them.
        ctx: Request context.
        name: Experiment, run and path of the layer.
        steps: Epochs.
        keys: Images to send; all where empty.
        extra: Whether to send the extra images too.

    Returns:
        Length of the JSON (uint32, little-endian), the JSON and the images.

    Raises:
        InvalidArgumentError: If the answer would be too large.
        NotFoundError: If there is no such layer.
    """
    until = time.monotonic() + MOST_SECONDS
    sequences = store.sequences(ctx, *name, steps)
    found, failed, unread = kept.load(ctx, name, sequences, until)
    wanted = {
        step: (one, _places(one, keys, extra)) for step, one in found.items()
    }
    if sum(len(places) for _, places in wanted.values()) > MOST_IMAGES:
        raise errors.InvalidArgumentError(
            f"One request can ask for {MOST_IMAGES} images; ask for fewer "
            "steps or keys at once."
        )
    body = _Body()
    texts: list[str] = []
    left = {*found, *unread}
    for step in kept.read(ctx, name, wanted):
        texts.append(_event(step, *wanted[step], body))
        left.remove(step)
        if time.monotonic() > until:
            break
    rest = {
        "missing": sorted(set(steps) - sequences.keys()),
        "left": sorted(left),
        "errors": failed,
    }
    text = f'{{"events": [{", ".join(texts)}], {json.dumps(rest)[1:]}'.encode()
    if len(text) > MOST_BYTES:
        raise errors.InvalidArgumentError(_TOO_LARGE)
    return b"".join([struct.pack("<I", len(text)), text, *body.parts])


def _places(found: Event, keys: Collection[str], extra: bool) -> list[int]:
    """Places of the images to send among all of the event's."""
    places = [
        place
        for place, name in enumerate(found.names)
        if not keys or name in keys
    ]
    return places + (
        list(range(len(found.names), len(found.keys))) if extra else []
    )


def _event(step: int, found: Event, places: list[int], body: "_Body") -> str:
    count = len(found.names)
    own = [place for place in places if place < count]
    entries = ",".join(found.entries[place] for place in own)
    rest = {
        "images": [
            {
                "key": found.names[place],
                **body.add(
                    found.blobs[place],
                    functools.partial(event.image_fault, found.size_of_image),
                ),
            }
            for place in own
        ],
        "extra": [
            body.add(found.blobs[place], event.extra_fault)
            for place in places
            if place >= count
        ],
    }
    return (
        f'{{"step": {step}, "wall_time": {json.dumps(found.wall_time)}, '
        f'"header": {found.header[:-1]},"filters":[{entries}]}}, '
        f"{json.dumps(rest)[1:]}"
    )


class _Body:
    """The images of an answer, back to back."""

    def __init__(self) -> None:
        self.parts: list[bytes] = []
        self._length = 0

    def add(
        self, data: bytes | None, fault: Callable[[bytes], str | None]
    ) -> dict[str, Any]:
        wrong = "The image is gone." if data is None else fault(data)
        if data is None or wrong is not None:
            return {"error": wrong}
        offset = self._length
        self._length += len(data)
        if self._length > MOST_BYTES:
            raise errors.InvalidArgumentError(_TOO_LARGE)
        self.parts.append(data)
        return {"offset": offset, "size": len(data)}


def series_answer(
    store: Store, ctx: Any, name: Name, steps: Sequence[int]
) -> dict[str, Any]:
    """Measures of all filters of a layer over epochs, without images.

    Args:
        store: Where to read.
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
        some, left = left[:_SERIES_STEPS], left[_SERIES_STEPS:]
        good, bad = headers(
            store, ctx, {step: sequences[step] for step in some}
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
