"""Lists and reads logs through TensorBoard.

A log may hold a million images, so the listing contains layers only. The events
of a layer, their headers and their images are read on request.
"""

import concurrent.futures
import dataclasses
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias, TypeVar

from tensorboard import errors
from tensorboard.context import RequestContext
from tensorboard.data import provider

from tb_actmax.plugin.store.cache import Cache, Coalescer
from tb_actmax.plugin.store.headers import Headers
from tb_actmax.plugin.store.layers import (
    LARGEST_STEP,
    Layer,
    LayerEvents,
    list_events,
    make_layer,
)
from tb_actmax.plugin.store.sources import (
    EVERY_STEP,
    NEWEST_STEP,
    Blob,
    LayerName,
    MemorySource,
    ProviderSource,
    Source,
    StoredEvent,
    read_blob,
)
from tb_actmax.records.event import PLUGIN_NAME, EventError
from tb_actmax.records.header import EventHeader

if TYPE_CHECKING:
    from tensorboard.backend.event_processing.plugin_event_multiplexer import (
        EventMultiplexer,
    )

T = TypeVar("T")

_LISTING_SECONDS = 1.0  # for which a listing is not read again
_EVENTS_BYTES = 24 << 20
_IMAGES_BYTES = 16 << 20
_IMAGE_OVERHEAD = 300  # bytes of an image's key and entry in the cache

# The data server takes about 40 ms for a blob of any size, so several are read
# at once. More threads are no faster.
_THREADS = 4
_HEADERS_AT_ONCE = 8

# Layers by run and tag.
Listing: TypeAlias = dict[str, dict[str, Layer]]


class _Dated(NamedTuple):
    read_at: float  # by the monotonic clock
    listing: Listing


class Store:
    """Lists and reads logs, and caches the most recent reads.

    TensorBoard's data providers do not distinguish users, so all requests share
    the caches. `multiplexer` holds the events of TensorBoard's Python loader,
    if it runs in this process. Names of layers that are not logged raise a
    `NotFoundError`.
    """

    def __init__(
        self,
        data_provider: provider.DataProvider,
        multiplexer: "EventMultiplexer | None" = None,
        images_bytes: int = _IMAGES_BYTES,
    ):
        self._provider = data_provider
        self._listings: dict[str, _Dated] = {}
        self._events: Cache[LayerEvents] = Cache(_EVENTS_BYTES)
        self._coalescer = Coalescer()
        self._source: Source
        self._map: Callable[..., Iterator[Any]]
        if multiplexer is None:
            self._source = ProviderSource(data_provider)
            self._images: Cache[bytes] = Cache(images_bytes)
            self._map = concurrent.futures.ThreadPoolExecutor(
                _THREADS, thread_name_prefix="actmax"
            ).map
        else:  # nothing to wait for, and all images are in memory already
            self._source = MemorySource(multiplexer)
            self._images = Cache(0)
            self._map = map
        self._headers = Headers(self._source, self._find)

    def runs(
        self, ctx: RequestContext, experiment: str
    ) -> dict[str, list[Layer]]:
        """Lists the layers of all runs, in the order of the network."""
        listing = self._list(ctx, experiment, max_age=0)
        return {
            run: sorted(layers.values(), key=_network_order)
            for run, layers in sorted(listing.items())
        }

    def layer(
        self,
        ctx: RequestContext,
        name: LayerName,
        steps: Collection[int] | None = None,
    ) -> LayerEvents:
        """Lists the events of a layer: all, or at least those at some steps."""
        listing = self._list(ctx, name.experiment, _LISTING_SECONDS)
        layer = listing.get(name.run, {}).get(name.tag)
        if layer is None:
            raise errors.NotFoundError(
                f"There is no layer {name.tag!r} in the run {name.run!r}."
            )
        if layer.fault is not None:
            return LayerEvents.broken(layer.stamp, layer.fault)
        if steps is not None and set(steps) == {layer.last}:
            # The newest event alone is listed much faster than all.
            newest = self._layer(ctx, name, layer.stamp, NEWEST_STEP)
            if layer.last in newest.events:
                return newest
        return self._layer(ctx, name, layer.stamp, EVERY_STEP)

    def events(
        self, ctx: RequestContext, name: LayerName, steps: Sequence[int]
    ) -> list[StoredEvent]:
        """Lists the events of a layer at some steps, ascending."""
        events = self.layer(ctx, name, steps).events
        return [events[step] for step in sorted(set(steps)) if step in events]

    def event_each(
        self, ctx: RequestContext, at: Sequence[tuple[LayerName, int]]
    ) -> Iterator[StoredEvent | None]:
        """Yields the event of each layer at a step; `None` if there is none."""

        def find(layer_step: tuple[LayerName, int]) -> StoredEvent | None:
            name, step = layer_step
            try:
                return self.layer(ctx, name, [step]).events.get(step)
            except errors.NotFoundError:
                return None

        return iter(self._map(find, at))

    def _find(
        self, ctx: RequestContext, name: LayerName, step: int
    ) -> StoredEvent | None:
        return self.layer(ctx, name).events.get(step)

    def headers(
        self, ctx: RequestContext, events: Sequence[StoredEvent]
    ) -> Iterator[tuple[StoredEvent, EventHeader | EventError]]:
        """Yields events, each with its header or why that cannot be read.

        A few are read at once, when they are asked for. Headers are shared and must not be changed.
        """
        for some in batches(events, _HEADERS_AT_ONCE):
            headers = self._map(
                lambda event: self._headers.read(ctx, event), some
            )
            for event, header in zip(some, headers, strict=True):
                yield self._headers.resolved(ctx, event, header)

    def images(
        self, ctx: RequestContext, blobs: Sequence[Blob]
    ) -> Iterator[bytes | None]:
        """Yields each image, or `None` if it is gone."""
        return iter(self._map(lambda blob: self._image(ctx, *blob), blobs))

    def _list(
        self, ctx: RequestContext, experiment: str, max_age: float
    ) -> Listing:
        known = self._listings.get(experiment)
        if known is not None and time.monotonic() - known.read_at < max_age:
            return known.listing
        return self._coalescer.run(
            ("list", experiment), lambda: self._read_listing(ctx, experiment)
        )

    def _read_listing(self, ctx: RequestContext, experiment: str) -> Listing:
        found = self._provider.list_blob_sequences(
            ctx, experiment_id=experiment, plugin_name=PLUGIN_NAME
        )
        listing = {
            run: {
                tag: self._with_valid_step(
                    ctx, LayerName(experiment, run, tag), make_layer(tag, data)
                )
                for tag, data in tags.items()
            }
            for run, tags in found.items()
        }
        self._listings[experiment] = _Dated(time.monotonic(), listing)
        return listing

    def _with_valid_step(
        self, ctx: RequestContext, name: LayerName, layer: Layer
    ) -> Layer:
        """Replaces a last step that is too large by the last valid step."""
        if layer.last is None or layer.last <= LARGEST_STEP:
            return layer
        known = self._layer(ctx, name, layer.stamp, EVERY_STEP)
        last = max(known.events, default=None)
        fault = known.faults[0].error if last is None else None
        return dataclasses.replace(layer, last=last, fault=fault)

    def _layer(
        self, ctx: RequestContext, name: LayerName, stamp: str, limit: int
    ) -> LayerEvents:
        def read() -> LayerEvents:
            events = list_events(self._source, ctx, name, stamp, limit)
            self._events.put((name, limit), events, events.bytes)
            return events

        for kept in (EVERY_STEP, limit):
            known = self._events.get((name, kept))
            if known is not None and known.stamp == stamp:
                return known
        return self._coalescer.run((name, stamp, limit), read)

    def _image(
        self, ctx: RequestContext, event: StoredEvent, index: int
    ) -> bytes | None:
        event = event.source or event
        key = (event.identity, index)
        image = self._images.get(key)
        if image is None:
            try:
                image = read_blob(self._source, ctx, event, index)
            except errors.PublicError:
                return None
            self._images.put(key, image, len(image) + _IMAGE_OVERHEAD)
        return image


def batches(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    """Splits a sequence into parts of `size` items; the last may be shorter."""
    for start in range(0, len(items), size):
        yield items[start : start + size]


def _network_order(layer: Layer) -> tuple[bool, int, str]:
    index = layer.metadata.layer_index
    return index is None, index or 0, layer.tag
