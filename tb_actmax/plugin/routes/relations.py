"""Answers the routes on relations between the filters of one layer."""

from tensorboard.context import RequestContext

from tb_actmax.matching.relations import Relations, relate
from tb_actmax.matching.signature import MatchError
from tb_actmax.plugin.routes.gate import Gate
from tb_actmax.plugin.routes.match import event_at, read_signatures
from tb_actmax.plugin.routes.responses import compact_json
from tb_actmax.plugin.store.cache import Cache, Coalescer
from tb_actmax.plugin.store.sources import LayerName, StoredEvent
from tb_actmax.plugin.store.store import Store
from tb_actmax.records.event import EventError, image_keys
from tb_actmax.records.header import FilterExemplars

_CACHE_BYTES = 2 << 20
_OVERHEAD = 500  # bytes of an answer in the cache
_MOST_CLASSES = 64  # exemplars of a filter


class Relater:
    """Finds related filters for the route `relations`.

    Relates one layer at a time, independently of matches, which take longer.
    """

    def __init__(self, store: Store):
        self._store = store
        self._gate = Gate()
        self._cache: Cache[str] = Cache(_CACHE_BYTES)
        self._coalescer = Coalescer()

    def relations(
        self, ctx: RequestContext, layer: LayerName, step: int
    ) -> str:
        """Returns the filters of a layer that respond alike, and a map."""
        try:
            event = event_at(self._store, ctx, layer, step)
            events = self._store.layer(ctx, layer).events
            newest = events[max(events)]
            key = (event.identity, newest.identity)
            known = self._cache.get(key)
            if known is not None:
                return known

            def make() -> str:
                # The newest epoch fixes the orientation of the map.
                return _answer(
                    relate(
                        read_signatures(self._store, ctx, event),
                        read_signatures(self._store, ctx, newest),
                        self._dead(ctx, event),
                    )
                )

            found = self._coalescer.run(key, lambda: self._gate.run(make))
            self._cache.put(key, found, len(found) + _OVERHEAD)
            return found
        except MatchError as error:
            names = ("keys", "groups", "nearest", "r", "x", "y")
            return compact_json(
                {name: [] for name in names} | {"reason": str(error)}
            )

    def _dead(self, ctx: RequestContext, event: StoredEvent) -> set[int]:
        return {
            entry["filter"]
            for _, header in self._store.headers(ctx, [event])
            if not isinstance(header, EventError)
            for entry in header["filters"]
            if entry.get("status") == "dead" and entry["filter"] is not None
        }


def _answer(found: Relations) -> str:
    keys = [str(filter_) for filter_ in found.filters]
    return compact_json(
        {
            "keys": keys,
            "groups": [[str(one) for one in group] for group in found.groups],
            "nearest": [
                None if place < 0 else keys[place] for place in found.nearest
            ],
            "r": found.r,
            "x": found.positions[:, 0].tolist(),
            "y": found.positions[:, 1].tolist(),
            "reason": None,
        }
    )


def classes_answer(
    store: Store, ctx: RequestContext, layer: LayerName, step: int
) -> str:
    """Returns the classes of each filter's exemplars, as far as logged."""
    keys: list[str] = []
    classes: list[list[int]] = []
    names: dict[str, str] | None = None
    for _, header in store.headers(ctx, store.events(ctx, layer, [step])):
        if isinstance(header, EventError):
            continue
        entries = header["filters"]
        keys = image_keys(entries)
        classes = [_classes_of(entry.get("exemplars")) for entry in entries]
        names = header.get("class_names")
    return compact_json(
        {
            "keys": keys,
            "classes": classes,
            "names": names or {},
        }
    )


def _classes_of(exemplars: FilterExemplars | None) -> list[int]:
    """Returns the classes of exemplars, which may be malformed."""
    found: object = exemplars.get("classes") if exemplars else None
    if not isinstance(found, list) or len(found) > _MOST_CLASSES:
        return []
    return found if all(type(one) is int for one in found) else []
