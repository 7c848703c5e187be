"""The answers of the routes that compare two layers."""

import time
from collections.abc import Sequence
from typing import Any

from tensorboard.context import RequestContext

from tb_actmax.matching.pairing import pair_filters
from tb_actmax.matching.signature import (
    MatchError,
    Signatures,
    decode_signatures,
    signature_index,
)
from tb_actmax.plugin.store.sources import LayerName
from tb_actmax.plugin.store.store import Store, batches
from tb_actmax.records.event import EventError

MAX_SECONDS = 10.0  # after which no further epoch is compared
_EPOCHS_AT_ONCE = 16  # epochs whose signatures are in memory
_SLOW = "There are too many filters and epochs to compare them all."


def match_answer(
    store: Store,
    ctx: RequestContext,
    first: tuple[LayerName, int],
    second: tuple[LayerName, int],
) -> dict[str, object]:
    """Returns the matches of a layer's filters in another layer.

    Args:
        store: The logs.
        ctx: Request context.
        first: The layer and its epoch.
        second: The other layer and its epoch.

    Raises:
        NotFoundError: If there is no such layer.
    """
    try:
        a, b = (
            _signatures(store, ctx, layer, [step])[0]
            for layer, step in (first, second)
        )
        pairing = pair_filters(a, b)
    except MatchError as error:
        return {"pairs": [], "cka": None, "reason": str(error)}
    pairs = [
        {"key": str(filter_), "other": str(other), "r": r}
        for filter_, other, r in pairing.pairs
    ]
    return {"pairs": pairs, "cka": pairing.cka, "reason": None}


def alike_answer(
    store: Store, ctx: RequestContext, first: LayerName, second: LayerName
) -> dict[str, object]:
    """Returns the similarity of two layers at each epoch that both have.

    Raises:
        NotFoundError: If there is no such layer.
    """
    until = time.monotonic() + MAX_SECONDS
    layers = (first, second)
    steps, other_steps = (store.layer(ctx, one).events.keys() for one in layers)
    answer: dict[str, Any] = {"epochs": [], "cka": [], "r": [], "reason": None}
    try:
        for some in batches(sorted(steps & other_steps), _EPOCHS_AT_ONCE):
            pairs = zip(
                *(_signatures(store, ctx, one, some) for one in layers),
                strict=True,
            )
            for epoch, (a, b) in zip(some, pairs, strict=True):
                if time.monotonic() > until:
                    raise MatchError(_SLOW)
                pairing = pair_filters(a, b)
                mean = sum(r for _, _, r in pairing.pairs)
                mean /= max(len(pairing.pairs), 1)
                answer["epochs"].append(epoch)
                answer["cka"].append(pairing.cka)
                answer["r"].append(round(mean, 4))
    except MatchError as error:
        answer["reason"] = str(error)
    return answer


def _signatures(
    store: Store, ctx: RequestContext, layer: LayerName, steps: Sequence[int]
) -> list[Signatures]:
    """Reads the signatures of a layer at some steps, ascending."""
    good = [
        (event, header)
        for event, header in store.headers(ctx, store.events(ctx, layer, steps))
        if not isinstance(header, EventError)
    ]
    missing = set(steps) - {event.step for event, _ in good}
    if missing:
        raise MatchError(f"{layer.tag} is not logged at epoch {min(missing)}.")
    images = store.images(
        ctx,
        [
            (event, 1 + len(header["filters"]) + signature_index(header))
            for event, header in good
        ],
    )
    found = []
    for (_, header), image in zip(good, images, strict=True):
        if image is None:
            raise MatchError("The signatures are gone.")
        found.append(decode_signatures(header, image))
    return found
