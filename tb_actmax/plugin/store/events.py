"""Reads events, in the pieces that answers are made of."""

import dataclasses
import time
from collections.abc import Callable, Iterable
from typing import Any

from tensorboard import errors

from tb_actmax.plugin.json_response import compact_json
from tb_actmax.plugin.store.event_cache import KeptEvents, Texts
from tb_actmax.plugin.store.sources import Name
from tb_actmax.plugin.store.store import Sequences, Store
from tb_actmax.records import event
from tb_actmax.records.header import EventHeader, ImageSize

_BATCH = 512  # blobs read at once, between two looks at the clock
_HEADERS = 8  # headers read at once, between two looks at the clock

Failed = list[dict[str, Any]]
# Given the keys of an event's filters and the number of all its images: the
# places of those that are wanted.
Choose = Callable[[list[str], int], list[int]]


@dataclasses.dataclass
class Event:
    """What is wanted of one layer at one epoch.

    Attributes:
        wall_time: When it was written.
        header: JSON of the header without "filters".
        size_of_image: The header's "height", "width", "channels", "depth".
        filters: Key and JSON of the entries that are wanted, by place; an
            entry's JSON has its key too.
        keys: Blob keys of the images that are wanted, by place: those of
            filters, then of extra images.
        blobs: These images, once they are read; `None` for one that is gone.
    """

    wall_time: float
    header: str
    size_of_image: ImageSize
    filters: dict[int, tuple[str, str]]
    keys: dict[int, str]
    blobs: dict[int, bytes | None]


class Events:
    """Reads events, and keeps those used last.

    Args:
        store: Where to read.
    """

    def __init__(self, store: Store):
        self._store = store
        self._kept = KeptEvents(at_hand=store.in_process)

    def load(
        self,
        ctx: Any,
        name: Name,
        sequences: Sequences,
        choose: Choose,
        until: float,
    ) -> tuple[dict[int, Event], Failed, list[int]]:
        """Reads events without images.

        Args:
            ctx: Request context.
            name: Layer.
            sequences: Where the events are.
            choose: What of each is wanted.
            until: When no further one is begun, by the monotonic clock.

        Returns:
            Events by epoch, those that cannot be read, those left.
        """
        found: dict[int, Event] = {}
        unread: Sequences = {}
        for step, (wall_time, keys) in sequences.items():
            known = self._kept.texts(name, step, wall_time)
            if known is None:
                unread[step] = (wall_time, keys)
            else:
                found[step] = _chosen(known, keys[1:], choose)
        failed: Failed = []
        left = list(unread)
        while left:
            some, left = left[:_HEADERS], left[_HEADERS:]
            parts = {step: unread[step] for step in some}
            for step, header in each_header(self._store, ctx, parts):
                if isinstance(header, event.EventError):
                    failed.append({"step": step, "error": str(header)})
                    continue
                wall_time, keys = unread[step]
                texts = _take_apart(wall_time, header)
                self._kept.keep_texts(name, step, texts)
                found[step] = _chosen(texts, keys[1:], choose)
            if time.monotonic() > until:
                break
        return dict(sorted(found.items())), failed, left

    def headers(
        self, ctx: Any, name: Name, sequences: Sequences
    ) -> Iterable[tuple[int, EventHeader | event.EventError]]:
        """Epochs with their headers, as `each_header` gives them."""
        for step, header in each_header(self._store, ctx, sequences):
            # Of one that is to be seen: images come next.
            if len(sequences) == 1 and not isinstance(header, event.EventError):
                texts = _take_apart(sequences[step][0], header.copy())
                self._kept.keep_texts(name, step, texts)
            yield step, header

    def read(
        self, ctx: Any, name: Name, wanted: dict[int, Event]
    ) -> Iterable[int]:
        """Reads images; gives the epochs whose images are all there."""
        batch: dict[int, Event] = {}
        count = 0
        for step, found in wanted.items():
            kept = self._kept.images(name, step, found.wall_time)
            batch[step] = found
            found.blobs.update(kept)
            count += len(found.keys.keys() - kept.keys())
            if count >= _BATCH:
                self._read(ctx, name, batch)
                yield from batch
                batch, count = {}, 0
        self._read(ctx, name, batch)
        yield from batch

    def _read(self, ctx: Any, name: Name, batch: dict[int, Event]) -> None:
        missing = [
            (step, place, key)
            for step, found in batch.items()
            for place, key in found.keys.items()
            if place not in found.blobs
        ]
        if not missing:
            return
        read = self._store.read(ctx, [key for _, _, key in missing])
        for (step, place, _), data in zip(missing, read, strict=True):
            gone = isinstance(data, errors.PublicError)
            batch[step].blobs[place] = None if gone else data
        for step in {step for step, _, _ in missing}:
            found = batch[step]
            images = {p: d for p, d in found.blobs.items() if d is not None}
            self._kept.keep_images(name, step, found.wall_time, images)


def _chosen(texts: Texts, keys: tuple[str, ...], choose: Choose) -> Event:
    """What is wanted of an event; `keys` are those of all its images."""
    places = choose(texts.names, len(keys))
    count = len(texts.names)
    return Event(
        texts.wall_time,
        texts.header,
        texts.size_of_image,
        {p: (texts.names[p], texts.entries[p]) for p in places if p < count},
        {place: keys[place] for place in places},
        {},
    )


def each_header(
    store: Store, ctx: Any, sequences: Sequences
) -> Iterable[tuple[int, EventHeader | event.EventError]]:
    """Epochs with their headers, or with why they cannot be read.

    One is parsed when it is asked for: it may take a megabyte.
    """
    full = {step: blobs for step, (_, blobs) in sequences.items() if blobs}
    read = store.read(ctx, [blobs[0] for blobs in full.values()])
    for step in sequences:
        try:
            if step not in full:
                raise event.EventError("The event is empty.")
            yield step, _header(next(read), len(full[step]))
        except event.EventError as error:
            yield step, error


def headers(
    store: Store, ctx: Any, sequences: Sequences
) -> tuple[dict[int, EventHeader], Failed]:
    """Headers by epoch, and the epochs whose event cannot be read."""
    good: dict[int, EventHeader] = {}
    failed: Failed = []
    for step, header in each_header(store, ctx, sequences):
        if isinstance(header, event.EventError):
            failed.append({"step": step, "error": str(header)})
        else:
            good[step] = header
    return good, failed


def _header(data: bytes | errors.PublicError, blobs: int) -> EventHeader:
    if isinstance(data, errors.PublicError):
        if isinstance(data, errors.NotFoundError):
            raise event.EventError("The event is gone.")
        raise event.EventError(f"TensorBoard cannot read it: {data!s:.200}")
    header = event.decode_header(data)
    if blobs != 1 + len(header["filters"]) + header.get("extra", 0):
        raise event.EventError(
            "The number of images is not the one that the header says."
        )
    return header


def _take_apart(wall_time: float, header: EventHeader) -> Texts:
    rest: dict[str, Any] = {**header}
    filters = rest.pop("filters")
    names = event.image_keys(filters)
    entries = [
        compact_json({**entry, "key": name})
        for entry, name in zip(filters, names, strict=True)
    ]
    size: ImageSize = {
        "height": header["height"],
        "width": header["width"],
        "channels": header["channels"],
        "depth": header.get("depth", 1),
    }
    return Texts(wall_time, size, compact_json(rest), names, entries)
