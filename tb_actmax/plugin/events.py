"""Events as answers need them: their JSON in pieces, their images as read."""

import dataclasses
import json
import time
from collections.abc import Iterable
from typing import Any

from tensorboard import errors

from tb_actmax.plugin.cache import Cache
from tb_actmax.plugin.store import Name, Sequences, Store
from tb_actmax.records import event

_MOST_BYTES = 64 << 20  # of events that are kept
_BATCH = 512  # blobs read at once, between two looks at the clock
_HEADERS = 32  # headers read at once
_IMAGE_BYTES = 130  # that an image takes beside its bytes

Failed = list[dict[str, Any]]


@dataclasses.dataclass
class Event:
    """One layer at one epoch.

    Attributes:
        wall_time: When it was written.
        header: JSON of the header without "filters".
        size_of_image: The header's "height", "width", "channels", "depth".
        names: Key of each filter's entry.
        entries: JSON of each entry, its key included.
        keys: Blob keys: those of the filters' images, then of extra images.
        blobs: Blobs that were read, by their place in `keys`; `None` for one
            that is gone.
    """

    wall_time: float
    header: str
    size_of_image: dict[str, int]
    names: list[str]
    entries: list[str]
    keys: tuple[str, ...]
    blobs: dict[int, bytes | None]

    @property
    def size(self) -> int:
        images = sum(len(blob or b"") for blob in self.blobs.values())
        texts = len(self.header) + sum(map(len, self.entries))
        beside = len(self.keys) * 2 + len(self.entries) + len(self.blobs)
        return texts + images + beside * _IMAGE_BYTES


class Events:
    """Reads events, and keeps those used last.

    Args:
        store: Where to read.
    """

    def __init__(self, store: Store):
        self._store = store
        self._kept: Cache[Event] = Cache(_MOST_BYTES)

    def load(
        self, ctx: Any, name: Name, sequences: Sequences, until: float
    ) -> tuple[dict[int, Event], Failed, list[int]]:
        """Reads events without images.

        Args:
            ctx: Request context.
            name: Layer.
            sequences: Where the events are.
            until: When no further one is begun, by the monotonic clock.

        Returns:
            Events by epoch, those that cannot be read, those left.
        """
        found: dict[int, Event] = {}
        unread: Sequences = {}
        for step, (wall_time, keys) in sequences.items():
            known = self._kept.get((*name, step))
            # A log may be written anew while TensorBoard runs.
            if known is None or known.wall_time != wall_time:
                unread[step] = (wall_time, keys)
            else:
                found[step] = known
        failed: Failed = []
        left = list(unread)
        while left:
            some, left = left[:_HEADERS], left[_HEADERS:]
            good, bad = headers(
                self._store, ctx, {step: unread[step] for step in some}
            )
            failed += bad
            for step, header in good.items():
                wall_time, keys = unread[step]
                found[step] = _take_apart(wall_time, header, keys[1:])
                self._keep(name, step, found[step])
            if time.monotonic() > until:
                break
        return dict(sorted(found.items())), failed, left

    def read(
        self, ctx: Any, name: Name, wanted: dict[int, tuple[Event, list[int]]]
    ) -> Iterable[int]:
        """Reads images; gives the epochs whose images are all there.

        Args:
            ctx: Request context.
            name: Layer.
            wanted: Event and places of its images, by epoch.
        """
        batch: dict[int, tuple[Event, list[int]]] = {}
        count = 0
        for step, (found, places) in wanted.items():
            missing = [place for place in places if place not in found.blobs]
            batch[step] = found, missing
            count += len(missing)
            if count >= _BATCH:
                self._read(ctx, name, batch)
                yield from batch
                batch, count = {}, 0
        self._read(ctx, name, batch)
        yield from batch

    def _read(
        self, ctx: Any, name: Name, batch: dict[int, tuple[Event, list[int]]]
    ) -> None:
        keys = [
            found.keys[place]
            for found, places in batch.values()
            for place in places
        ]
        if not keys:
            return
        read = iter(self._store.read(ctx, keys))
        for step, (found, places) in batch.items():
            for place in places:
                data = next(read)
                gone = isinstance(data, errors.PublicError)
                found.blobs[place] = None if gone else data
            if places:
                self._keep(name, step, found)

    def _keep(self, name: Name, step: int, found: Event) -> None:
        self._kept.put((*name, step), found, found.size)


def headers(
    store: Store, ctx: Any, sequences: Sequences
) -> tuple[dict[int, dict[str, Any]], Failed]:
    """Headers by epoch, and the epochs whose event cannot be read."""
    good: dict[int, dict[str, Any]] = {}
    failed: Failed = []
    full = {step: blobs for step, (_, blobs) in sequences.items() if blobs}
    read = store.read(ctx, [blobs[0] for blobs in full.values()])
    data = dict(zip(full, read, strict=True))
    for step in sequences:
        try:
            if step not in full:
                raise event.EventError("The event is empty.")
            good[step] = _header(data[step], len(full[step]))
        except event.EventError as error:
            failed.append({"step": step, "error": str(error)})
    return good, failed


def _header(data: bytes | errors.PublicError, blobs: int) -> dict[str, Any]:
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


def _take_apart(
    wall_time: float, header: dict[str, Any], keys: tuple[str, ...]
) -> Event:
    filters = header.pop("filters")
    names = event.image_keys(filters)
    entries = [
        _text({**entry, "key": name})
        for entry, name in zip(filters, names, strict=True)
    ]
    names_of_sizes = ("depth", "height", "width", "channels")
    size = {name: header[name] for name in names_of_sizes if name in header}
    return Event(wall_time, _text(header), size, names, entries, keys, {})


def _text(value: Any) -> str:
    return json.dumps(value, allow_nan=False, separators=(",", ":"))
