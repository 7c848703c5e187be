"""Answers the routes that compare two layers.

Pairing the filters of two layers takes up to two seconds, and ten with a
hostile log. So concurrent requests for the same events share one comparison,
only one comparison runs at a time, and results are cached.
"""

import dataclasses
import importlib.metadata
import time

from tensorboard.context import RequestContext

from tb_actmax.matching.pairing import Pairs, pair_filters
from tb_actmax.matching.signature import (
    MatchError,
    Signatures,
    decode_signatures,
    signature_index,
)
from tb_actmax.plugin.routes.gate import Gate
from tb_actmax.plugin.routes.responses import compact_json
from tb_actmax.plugin.store.cache import Cache, Coalescer
from tb_actmax.plugin.store.sources import LayerName, StoredEvent
from tb_actmax.plugin.store.store import Store
from tb_actmax.records.event import EventError

MAX_SECONDS = 10.0  # after which no further epoch is compared
_CACHE_BYTES = 4 << 20
_OVERHEAD = 500  # bytes of a comparison and its entry in the cache
# SciPy before 1.12 blocks all other threads while it pairs filters; this many
# steps take up to .6 s.
MOST_STEPS = 1024**3
_OLD_SCIPY = (
    "Layers of so many filters are compared with SciPy 1.12 or newer only: "
    "pip install 'scipy>=1.12'"
)
_NOTHING: dict[str, list[object] | None] = {
    "pairs": [],
    "nearest": [],
    "other_nearest": [],
    "cka": None,
}
_SLOW = "There are too many filters and epochs to compare them all."


@dataclasses.dataclass(frozen=True)
class _Comparison:
    """The comparison of two layers, each at one epoch."""

    answer: str  # the JSON of the route `match`
    cka: float  # similarity of the layers
    r: float  # mean correlation of the matched filters


class Comparer:
    """Compares layers for the routes `match` and `alike`."""

    def __init__(self, store: Store):
        self._store = store
        self._cache: Cache[_Comparison] = Cache(_CACHE_BYTES)
        self._coalescer = Coalescer()
        self._gate = Gate()

    def match(
        self,
        ctx: RequestContext,
        first: tuple[LayerName, int],
        second: tuple[LayerName, int],
    ) -> str:
        """Returns the matches of a layer's filters in another layer."""
        try:
            a, b = (
                event_at(self._store, ctx, layer, step)
                for layer, step in (first, second)
            )
            return self._compare(ctx, a, b).answer
        except MatchError as error:
            return compact_json({**_NOTHING, "reason": str(error)})

    def alike(
        self, ctx: RequestContext, first: LayerName, second: LayerName
    ) -> str:
        """Returns the similarity of two layers at each common epoch."""
        until = time.monotonic() + MAX_SECONDS
        steps, others = (
            self._store.layer(ctx, layer).events for layer in (first, second)
        )
        found: dict[int, _Comparison] = {}
        reason = None
        try:
            for step in sorted(steps.keys() & others.keys()):
                if time.monotonic() > until:
                    raise MatchError(_SLOW)
                found[step] = self._compare(ctx, steps[step], others[step])
        except MatchError as error:
            reason = str(error)
        return compact_json(
            {
                "epochs": list(found),
                "cka": [one.cka for one in found.values()],
                "r": [one.r for one in found.values()],
                "reason": reason,
            }
        )

    def _compare(
        self, ctx: RequestContext, first: StoredEvent, second: StoredEvent
    ) -> _Comparison:
        key = (first.identity, second.identity)

        def make() -> _Comparison:
            # Signatures are read here, so that waiting requests hold none.
            return _comparison(
                read_signatures(self._store, ctx, first),
                read_signatures(self._store, ctx, second),
            )

        known = self._cache.get(key)
        if known is not None:
            return known
        found = self._coalescer.run(key, lambda: self._gate.run(make))
        self._cache.put(key, found, len(found.answer) + _OVERHEAD)
        return found


def event_at(
    store: Store, ctx: RequestContext, layer: LayerName, step: int
) -> StoredEvent:
    """Finds the event of a layer at a step, or raises a `MatchError`."""
    for event in store.events(ctx, layer, [step]):
        return event
    raise _not_logged(layer, step)


def read_signatures(
    store: Store, ctx: RequestContext, event: StoredEvent
) -> Signatures:
    """Reads the signatures of an event, or raises a `MatchError`."""
    ((event, header),) = store.headers(ctx, [event])
    if isinstance(header, EventError):
        raise _not_logged(event.layer, event.step)
    index = 1 + len(header["filters"]) + signature_index(header)
    (image,) = store.images(ctx, [(event, index)])
    if image is None:
        raise MatchError("The signatures are gone.")
    return decode_signatures(header, image)


def _comparison(first: Signatures, second: Signatures) -> _Comparison:
    fewer, more = sorted(len(one.filters) for one in (first, second))
    if fewer**2 * more > MOST_STEPS and _stops_other_threads():
        raise MatchError(_OLD_SCIPY)
    pairing = pair_filters(first, second)
    answer = {
        "pairs": _as_json(pairing.pairs),
        "nearest": _as_json(pairing.nearest),
        "other_nearest": _as_json(pairing.other_nearest),
        "cka": pairing.cka,
        "reason": None,
    }
    mean = sum(r for _, _, r in pairing.pairs) / max(len(pairing.pairs), 1)
    return _Comparison(compact_json(answer), pairing.cka, round(mean, 4))


def _as_json(pairs: Pairs) -> list[dict[str, str | float]]:
    return [
        {"key": str(filter_), "other": str(other), "r": r}
        for filter_, other, r in pairs
    ]


def _stops_other_threads() -> bool:
    try:
        version = importlib.metadata.version("scipy")
    except importlib.metadata.PackageNotFoundError:
        return False  # the answer names what is missing
    major, minor = version.split(".")[:2]
    return (int(major), int(minor)) < (1, 12)


def _not_logged(layer: LayerName, step: int) -> MatchError:
    return MatchError(f"{layer.tag} is not logged at epoch {step}.")
