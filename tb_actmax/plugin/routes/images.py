"""Answers of the route `images`: images of a layer at some epochs.

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

from tb_actmax.plugin.store.events import Event, Events
from tb_actmax.plugin.store.sources import Name
from tb_actmax.plugin.store.store import Store
from tb_actmax.records import event

MOST_IMAGES = 8192  # images of one answer
MOST_BYTES = 96 << 20  # bytes of one answer
MOST_SECONDS = 2.0  # after which no further epoch is begun

_TOO_LARGE = (
    f"One request can ask for {MOST_BYTES >> 20} MiB; ask for fewer steps or "
    "keys at once."
)
_TOO_MANY = (
    f"One request can ask for {MOST_IMAGES} images; ask for fewer steps or "
    "keys at once."
)


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
    chosen = 0

    def choose(names: list[str], count: int) -> list[int]:
        nonlocal chosen
        places = [p for p, key in enumerate(names) if not keys or key in keys]
        if extra:
            places += range(len(names), count)
        chosen += len(places)
        if chosen > MOST_IMAGES:
            raise errors.InvalidArgumentError(_TOO_MANY)
        return places

    found, failed, unread = kept.load(ctx, name, sequences, choose, until)
    body = _Body()
    texts: list[str] = []
    left = {*found, *unread}
    for step in kept.read(ctx, name, found):
        texts.append(_event(step, found[step], body))
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


def _event(step: int, found: Event, body: "_Body") -> str:
    entries = ",".join(entry for _, entry in found.filters.values())
    rest = {
        "images": [
            {
                "key": key,
                **body.add(
                    found.blobs[place],
                    functools.partial(event.image_fault, found.size_of_image),
                ),
            }
            for place, (key, _) in found.filters.items()
        ],
        "extra": [
            body.add(found.blobs[place], event.extra_fault)
            for place in found.keys
            if place not in found.filters
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
