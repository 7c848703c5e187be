"""Makes answers that set two layers side by side."""

import time
from collections.abc import Sequence
from typing import Any

from tensorboard import errors

from tb_actmax.matching.pairing import pair_filters
from tb_actmax.matching.signature import (
    MatchError,
    Signatures,
    decode_signatures,
    signature_index,
)
from tb_actmax.plugin.store.events import headers
from tb_actmax.plugin.store.store import Store

MOST_SECONDS = 10.0  # after which no further epoch is compared
_AT_ONCE = 16  # epochs whose signatures are held
_SLOW = "There are too many filters and epochs to compare them all."

# Run and layer.
Place = tuple[str, str]


def match_answer(
    store: Store,
    ctx: Any,
    experiment: str,
    first: Place,
    second: Place,
    steps: tuple[int, int],
) -> dict[str, Any]:
    """Counterparts of a layer's filters in another layer.

    Returns:
        The answer of the route `match`, as docs/http_api.md describes it.

    Raises:
        NotFoundError: If there is no such layer.
    """
    try:
        a, b = (
            _read(store, ctx, experiment, place, [step])[step]
            for place, step in zip((first, second), steps, strict=True)
        )
        found = pair_filters(a, b)
    except MatchError as error:
        return {"pairs": [], "cka": None, "reason": str(error)}
    pairs = [
        {"key": str(a), "other": str(b), "r": r} for a, b, r in found.pairs
    ]
    return {"pairs": pairs, "cka": found.cka, "reason": None}


def alike_answer(
    store: Store, ctx: Any, experiment: str, first: Place, second: Place
) -> dict[str, Any]:
    """Similarity of two layers at each epoch that both have.

    Returns:
        The answer of the route `alike`, as docs/http_api.md describes it.

    Raises:
        NotFoundError: If there is no such layer.
    """
    places = (first, second)
    first_epochs, second_epochs = (
        store.sequences(ctx, experiment, *place).keys() for place in places
    )
    epochs = sorted(first_epochs & second_epochs)
    answer: dict[str, Any] = {"epochs": [], "cka": [], "r": [], "reason": None}
    until = time.monotonic() + MOST_SECONDS
    try:
        for start in range(0, len(epochs), _AT_ONCE):
            some = epochs[start : start + _AT_ONCE]
            a, b = (
                _read(store, ctx, experiment, place, some) for place in places
            )
            for epoch in some:
                if time.monotonic() > until:
                    raise MatchError(_SLOW)
                found = pair_filters(a[epoch], b[epoch])
                answer["epochs"].append(epoch)
                answer["cka"].append(found.cka)
                count = max(len(found.pairs), 1)
                mean = sum(r for _, _, r in found.pairs) / count
                answer["r"].append(round(mean, 4))
    except MatchError as error:
        answer["reason"] = str(error)
    return answer


def _read(
    store: Store, ctx: Any, experiment: str, place: Place, steps: Sequence[int]
) -> dict[int, Signatures]:
    """Signatures of a layer at some epochs."""
    sequences = store.sequences(ctx, experiment, *place, steps)
    good, _ = headers(store, ctx, sequences)
    missing = set(steps) - good.keys()
    if missing:
        raise MatchError(f"{place[1]} is not logged at epoch {min(missing)}.")
    keys = []
    for step, header in good.items():
        extra = 1 + len(header["filters"]) + signature_index(header)
        keys.append(sequences[step][1][extra])
    read = store.read(ctx, keys)
    found = {}
    for (step, header), data in zip(good.items(), read, strict=True):
        if isinstance(data, errors.PublicError):
            raise MatchError("The signatures are gone.")
        found[step] = decode_signatures(header, data)
    return found
