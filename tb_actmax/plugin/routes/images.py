"""Answers the route `images`: images of a layer at some epochs.

The answer is bounded in size and time: a request for too much is rejected, and
steps that would take too long are left for another request.
"""

import dataclasses
import functools
import time
from collections.abc import Callable, Collection, Iterator, Sequence

from tensorboard import errors
from tensorboard.context import RequestContext

from tb_actmax.plugin.routes.responses import compact_json, packed
from tb_actmax.plugin.store.sources import Blob, LayerName, StoredEvent
from tb_actmax.plugin.store.store import Store
from tb_actmax.records import event as event_format
from tb_actmax.records.header import EventHeader, FilterEntry

MAX_IMAGES = 8192
MAX_BYTES = 96 << 20
MAX_SECONDS = 2.0  # after which no further epoch is begun

_IMAGES_AT_ONCE = 512  # after which the time is checked
_TOO_LARGE = (
    f"One request can ask for {MAX_BYTES >> 20} MiB; ask for fewer steps or "
    "keys at once."
)
_TOO_MANY = (
    f"One request can ask for {MAX_IMAGES} images; ask for fewer steps or "
    "keys at once."
)


@dataclasses.dataclass(frozen=True)
class Selection:
    """The requested images of an event."""

    event: StoredEvent
    header: EventHeader
    keys: dict[int, str]  # of the images, by their index in the event
    filters: list[FilterEntry]  # the header's entries of these images
    extra: range  # indices of extra images among the event's blobs

    @property
    def blobs(self) -> list[Blob]:
        images = [1 + index for index in self.keys]  # the header comes first
        return [(self.event, index) for index in [*images, *self.extra]]

    def answer(
        self, images: Iterator[bytes | None], body: "Body"
    ) -> dict[str, object]:
        """Adds the images to a body; returns what the JSON says of them."""
        header = self.header
        filters = [
            {**entry, "key": key}
            for entry, key in zip(self.filters, self.keys.values(), strict=True)
        ]
        fault = functools.partial(event_format.image_fault, header)
        return {
            "step": self.event.step,
            "wall_time": self.event.wall_time,
            "header": {**header, "filters": filters},
            "images": [
                {"key": key, **body.add(next(images), fault)}
                for key in self.keys.values()
            ],
            "extra": [
                body.add(next(images), event_format.extra_fault)
                for _ in self.extra
            ],
        }


def images_answer(
    store: Store,
    ctx: RequestContext,
    layer: LayerName,
    steps: Sequence[int],
    keys: Collection[str],
    extra: bool,
) -> bytes:
    """Returns images of a layer at some epochs; all images without `keys`.

    Raises an `InvalidArgumentError` if the answer would be too large.
    """
    until = time.monotonic() + MAX_SECONDS
    events = store.events(ctx, layer, steps)
    left = {event.step for event in events}
    failed: list[dict[str, object]] = []
    selections: list[Selection] = []
    count = 0
    for event, header in store.headers(ctx, events):
        if isinstance(header, event_format.EventError):
            failed.append({"step": event.step, "error": str(header)})
            left.remove(event.step)
        else:
            selections.append(_select(event, header, keys, extra))
            count += len(selections[-1].blobs)
        if count > MAX_IMAGES:
            raise errors.InvalidArgumentError(_TOO_MANY)
        if time.monotonic() > until:
            break
    body = Body()
    answers = []
    for some in _groups(selections):
        blobs = [blob for selection in some for blob in selection.blobs]
        images = store.images(ctx, blobs)
        answers += [selection.answer(images, body) for selection in some]
        left -= {selection.event.step for selection in some}
        if time.monotonic() > until:
            break
    return body.after(
        {
            "events": answers,
            "missing": sorted(set(steps) - {event.step for event in events}),
            "left": sorted(left),
            "errors": failed,
        }
    )


def _select(
    event: StoredEvent,
    header: EventHeader,
    keys: Collection[str],
    extra: bool,
) -> Selection:
    names = event_format.image_keys(header["filters"])
    wanted = {i: key for i, key in enumerate(names) if not keys or key in keys}
    return Selection(
        event,
        header,
        wanted,
        [header["filters"][index] for index in wanted],
        range(1 + len(names), event.size) if extra else range(0),
    )


def _groups(selections: Sequence[Selection]) -> Iterator[list[Selection]]:
    """Groups events into groups of some hundred images."""
    group: list[Selection] = []
    count = 0
    for selection in selections:
        group.append(selection)
        count += len(selection.blobs)
        if count >= _IMAGES_AT_ONCE:
            yield group
            group, count = [], 0
    if group:
        yield group


class Body:
    """Concatenates the images of an answer."""

    def __init__(self) -> None:
        self.parts: list[bytes] = []
        self.length = 0

    def add(
        self, image: bytes | None, fault: Callable[[bytes], str | None]
    ) -> dict[str, object]:
        """Adds an image; returns its position, or why it is not sent."""
        if image is None:
            return {"error": "The image is gone."}
        error = fault(image)
        if error is not None:
            return {"error": error}
        offset = self.length
        self.length += len(image)
        if self.length > MAX_BYTES:
            raise errors.InvalidArgumentError(_TOO_LARGE)
        self.parts.append(image)
        return {"offset": offset, "size": len(image)}

    def after(self, about: dict[str, object]) -> bytes:
        """Returns the whole answer: see `packed`."""
        text = compact_json(about)
        if len(text) > MAX_BYTES:  # ASCII
            raise errors.InvalidArgumentError(_TOO_LARGE)
        return packed(text, self.parts)
