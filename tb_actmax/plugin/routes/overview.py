"""Answers the route `overview`: many layers at a glance.

A cell is one layer at one step: how many of its filters are dead, weak, flat,
settled and so on, and its best images. The answer is bounded in size and time:
cells that do not fit are left for another request.
"""

import dataclasses
import time
from collections.abc import Sequence
from typing import cast

from tensorboard.context import RequestContext

from tb_actmax.plugin.routes.images import Body, Selection
from tb_actmax.plugin.store.cache import Cache
from tb_actmax.plugin.store.sources import LayerName, StoredEvent
from tb_actmax.plugin.store.store import Store, batches
from tb_actmax.records.event import EventError, image_keys
from tb_actmax.records.header import EventHeader, FilterEntry

MOST_IMAGES = 20  # of a cell
MAX_SECONDS = 0.25  # after which no further cells are begun

_ENOUGH_BYTES = 8 << 20  # after which no further cells are begun
_AT_ONCE = 8  # cells
_CACHE_BYTES = 4 << 20
_CELL_BYTES = 20_000  # of a cell in the cache
_NOT_LOGGED = "The layer is not logged at this step."
_MARKS = ("dead", "weak", "flat", "plain")
# Parts of a header that are long, and that no image needs.
_LEFT_OUT = frozenset(("filters", "class_names", "signature"))


@dataclasses.dataclass(frozen=True)
class _Cell:
    """The parts of an event that the overview shows."""

    counts: dict[str, int]  # of filters by their state
    keys: dict[int, str]  # of the best filters by index, the best first
    filters: list[FilterEntry]  # their entries in the header
    header: EventHeader  # without its long parts

    def answer(self) -> dict[str, object]:
        """Returns what an answer says of the cell."""
        best = [
            {
                "key": key,
                "status": entry.get("status"),
                "score": entry.get("score"),
            }
            for key, entry in zip(self.keys.values(), self.filters, strict=True)
        ]
        return {"counts": self.counts, "best": best}

    def select(self, event: StoredEvent, images: int) -> Selection:
        """Selects the images to send."""
        keys = dict(list(self.keys.items())[:images])
        filters = self.filters[:images]
        return Selection(event, self.header, keys, filters, range(0))


class Overviewer:
    """Answers the route `overview`, and caches the most recent cells."""

    def __init__(self, store: Store):
        self._store = store
        self._cache: Cache[_Cell] = Cache(_CACHE_BYTES)

    def answer(
        self,
        ctx: RequestContext,
        at: Sequence[tuple[LayerName, int]],
        images: int,
    ) -> bytes:
        """Returns what the overview shows of layers, with some images of each.

        Raises an `InvalidArgumentError` if the answer would be too large.
        """
        until = time.monotonic() + MAX_SECONDS
        body = Body()
        answers: list[dict[str, object]] = []
        for some in batches(at, _AT_ONCE):
            answers += self._answers(ctx, some, images, body)
            if time.monotonic() > until or body.length > _ENOUGH_BYTES:
                break
        return body.after({"cells": answers, "left": len(at) - len(answers)})

    def _answers(
        self,
        ctx: RequestContext,
        at: Sequence[tuple[LayerName, int]],
        images: int,
        body: Body,
    ) -> list[dict[str, object]]:
        answers: list[dict[str, object]] = [
            {"run": name.run, "tag": name.tag, "step": step, "error": None}
            for name, step in at
        ]
        logged = []
        for answer, event in zip(
            answers, self._store.event_each(ctx, at), strict=True
        ):
            if event is None:
                answer["error"] = _NOT_LOGGED
            else:
                logged.append((answer, event))
        cells = self._cells(ctx, [event for _, event in logged])
        shown = []
        for (answer, _), (event, cell) in zip(logged, cells, strict=True):
            if isinstance(cell, EventError):
                answer["error"] = str(cell)
            else:
                answer |= cell.answer()
                shown.append((answer, cell.select(event, images)))
        blobs = [blob for _, selected in shown for blob in selected.blobs]
        read = self._store.images(ctx, blobs)
        for answer, selected in shown:
            answer["event"] = selected.answer(read, body)
        return answers

    def _cells(
        self, ctx: RequestContext, events: Sequence[StoredEvent]
    ) -> list[tuple[StoredEvent, _Cell | EventError]]:
        """Returns the cells of events, with the events that hold the images."""
        known = [self._cache.get(event.identity) for event in events]
        unknown = [
            event
            for event, cell in zip(events, known, strict=True)
            if cell is None
        ]
        headers = self._store.headers(ctx, unknown)
        found: list[tuple[StoredEvent, _Cell | EventError]] = []
        for event, cell in zip(events, known, strict=True):
            if cell is not None:
                found.append((event, cell))
                continue
            source, header = next(headers)
            if isinstance(header, EventError):
                found.append((event, header))
                continue
            made = _make_cell(header)
            found.append((source, made))
            if source.source is None:  # it holds its images itself
                self._cache.put(event.identity, made, _CELL_BYTES)
        return found


def _make_cell(header: EventHeader) -> _Cell:
    entries = header["filters"]
    keys = image_keys(entries)
    best = _best(entries)[:MOST_IMAGES]
    short = {k: value for k, value in header.items() if k not in _LEFT_OUT}
    return _Cell(
        _counts(entries),
        {index: keys[index] for index in best},
        [entries[index] for index in best],
        cast(EventHeader, short),
    )


def _counts(entries: Sequence[FilterEntry]) -> dict[str, int]:
    """Counts the filters by their state.

    No filter is counted twice: those that are marked are neither settled nor
    changing. The rest of "logged" is not known to be either.
    """
    statuses = [entry.get("status") for entry in entries]
    settled = [
        entry.get("settled")
        for entry, status in zip(entries, statuses, strict=True)
        if status is not None and status not in _MARKS
    ]
    return {
        "logged": sum(status is not None for status in statuses),
        **{mark: statuses.count(mark) for mark in _MARKS},
        "settled": settled.count(1),
        "changing": settled.count(0),
    }


def _best(entries: Sequence[FilterEntry]) -> list[int]:
    """Returns the indices of filters, those to show first.

    These are the ones that the data excites most or, without a probe, their
    images; filters with a fault come last. (A score far above the maximum of
    the data would select the least natural images.)
    """
    probed = any(entry.get("data_max") is not None for entry in entries)

    def order(index: int) -> tuple[bool, bool, float]:
        entry = entries[index]
        value = entry.get("data_max") if probed else entry.get("score")
        if value is None:
            return True, True, 0.0
        return False, entry.get("status") != "ok", -value

    return sorted(range(len(entries)), key=order)
