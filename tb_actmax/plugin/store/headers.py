"""Reads the headers of events, and finds the images that events repeat."""

import dataclasses
from collections.abc import Callable

from tensorboard import errors
from tensorboard.context import RequestContext

from tb_actmax.plugin.store.cache import Cache
from tb_actmax.plugin.store.sources import (
    LayerName,
    Source,
    StoredEvent,
    read_blob,
)
from tb_actmax.records.event import EventError, decode_header, repeated
from tb_actmax.records.header import EventHeader

_BYTES = 16 << 20
_FACTOR = 5  # bytes of a decoded header for each byte of its JSON


class Headers:
    """Reads headers, and caches the most recent ones.

    `find` finds the event of a layer at a step.
    """

    def __init__(
        self,
        source: Source,
        find: Callable[[RequestContext, LayerName, int], StoredEvent | None],
    ):
        self._source = source
        self._find = find
        self._cache: Cache[EventHeader] = Cache(_BYTES)

    def read(
        self, ctx: RequestContext, event: StoredEvent
    ) -> EventHeader | EventError:
        """Returns the header of an event, or why it cannot be read."""
        try:
            return self._cache.get(event.identity) or self._decode(ctx, event)
        except EventError as error:
            return error

    def _decode(self, ctx: RequestContext, event: StoredEvent) -> EventHeader:
        if not event.size:
            raise EventError("The event is empty.")
        try:
            data = read_blob(self._source, ctx, event, 0)
        except errors.NotFoundError:
            raise EventError("The event is gone.") from None
        except errors.PublicError as error:
            raise EventError(
                f"TensorBoard cannot read it: {error!s:.200}"
            ) from None
        header = decode_header(data)
        if event.size != 1 + len(header["filters"]) + header.get("extra", 0):
            raise EventError(
                "The number of images is not the one that the header says."
            )
        self._cache.put(event.identity, header, len(data) * _FACTOR)
        return header

    def resolved(
        self,
        ctx: RequestContext,
        event: StoredEvent,
        header: EventHeader | EventError,
    ) -> tuple[StoredEvent, EventHeader | EventError]:
        """Completes an event that repeats the images of an earlier one."""
        if isinstance(header, EventError):
            return event, header
        since = header.get("unchanged_since")
        if since is None:
            return event, header
        source = self._find(ctx, event.layer, since)
        if source is None or since >= event.step:
            return event, EventError(f"Its images, of step {since}, are gone.")
        found = self.read(ctx, source)
        if (
            isinstance(found, EventError)
            or found.get("unchanged_since") is not None
        ):
            return event, EventError(
                f"Its images, of step {since}, cannot be read."
            )
        event = dataclasses.replace(event, size=source.size, source=source)
        return event, repeated(found, header)
