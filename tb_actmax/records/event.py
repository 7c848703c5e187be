"""Encodes and decodes events: one layer at one epoch; see docs/event_format.md.

Standard library only: TensorBoard reads events without TensorFlow and Keras.
"""

import dataclasses
import json
from collections.abc import Sequence

from tb_actmax.records.header import (
    VERSION,
    EventHeader,
    FilterEntry,
    ImageSize,
)
from tb_actmax.records.header_json import LARGEST_IMAGE, clean
from tb_actmax.records.header_json import EventError as EventError
from tb_actmax.records.header_json import decode_header as decode_header
from tb_actmax.records.image_header import image_size, image_type
from tb_actmax.records.tag_metadata import Unit, unit_of

PLUGIN_NAME = "actmax"

_CHANGES = frozenset(("ncc", "drift", "steadiness", "overlap"))


@dataclasses.dataclass(frozen=True)
class Event:
    """One layer at one epoch. The images are not decoded."""

    header: EventHeader
    filters: list[FilterEntry]  # the header's, one for each image
    keys: list[str]  # of the entries; they identify filters over epochs
    images: list[bytes]
    extra: list[bytes]  # to which the header refers by index

    @property
    def unit(self) -> Unit:
        """The unit of its step, "epoch" or "batch"."""
        return unit_of(self.header)


def training_name(run: str) -> str:
    """Returns the name of a training: its run without the last folder."""
    return "." if run == PLUGIN_NAME else run.removesuffix(f"/{PLUGIN_NAME}")


def unchanged_since(blobs: Sequence[bytes]) -> int | None:
    """Returns the step of the event whose images an event repeats.

    `None` for an event with images of its own, or a damaged one.
    """
    if len(blobs) != 1:
        return None
    try:
        return decode_header(blobs[0]).get("unchanged_since")
    except EventError:
        return None


def repeated(source: EventHeader, header: EventHeader) -> EventHeader:
    """Completes the header of an event without images from that of `source`."""
    found = source.copy()
    found["filters"] = [_same(entry) for entry in source["filters"]]
    for name in ("epoch", "batches", "unchanged_since", "seconds"):
        if name in header:
            found[name] = header[name]
    return found


def _same(entry: FilterEntry) -> FilterEntry:
    """Returns an entry with the measures of a filter that has not changed."""
    same = entry.copy()
    for name in _CHANGES & entry.keys():
        same[name] = 0.0 if name == "drift" else 1.0  # type: ignore[literal-required]
    return same


def encode(
    header: EventHeader,
    images: Sequence[bytes],
    extra: Sequence[bytes] = (),
) -> list[bytes]:
    """Encodes an event; NaN and infinity become null.

    Raises an `EventError` if the header is invalid, or declares another number
    of images.
    """
    whole = {**clean(header), "version": VERSION}
    if extra:
        whole["extra"] = len(extra)
    text = json.dumps(whole, allow_nan=False, separators=(",", ":"))
    blobs = [text.encode(), *images, *extra]
    decode(blobs)
    return blobs


def decode(blobs: Sequence[bytes]) -> Event:
    """Decodes an event, which may be damaged or hostile.

    Raises an `EventError` that says why the blobs are not an event.
    """
    if not blobs:
        raise EventError("The event is empty.")
    header = decode_header(blobs[0])
    filters = header["filters"]
    split = 1 + len(filters)
    described = split + header.get("extra", 0)
    if len(blobs) != described:
        raise EventError(
            f"The event holds {len(blobs)} blobs; its header describes "
            f"{described}."
        )
    return Event(
        header,
        filters,
        image_keys(filters),
        list(blobs[1:split]),
        list(blobs[split:]),
    )


def image_keys(filters: Sequence[FilterEntry]) -> list[str]:
    """Returns the key of each entry, unique within the event.

    The key is the label, or else the filter's number; a second entry with the
    same key gets the suffix ".2".
    """
    keys: list[str] = []
    taken: set[str] = set()
    counts: dict[str, int] = {}
    for entry in filters:
        name = str(entry.get("label") or entry["filter"])
        counts[name] = counts.get(name, 0) + 1
        key = name if counts[name] == 1 else f"{name}.{counts[name]}"
        while key in taken:  # a label may end in ".2"
            counts[name] += 1
            key = f"{name}.{counts[name]}"
        taken.add(key)
        keys.append(key)
    return keys


def image_fault(size: ImageSize, image: bytes) -> str | None:
    """Returns why an image does not fit its event, or `None` if it does.

    Only the image's own header is read. The rest may be damaged, but cannot
    decode to more pixels than the event's header declares.
    """
    kind = image_type(image)
    if kind is None:
        return "The stored data is not a PNG or WebP image."
    found = image_size(image)
    if found is None:
        return f"The {kind} image is damaged."
    rows = size["height"] * size.get("depth", 1)
    if size["channels"] not in (1, 3):
        rows *= size["channels"]  # below each other
    if found != (size["width"], rows):
        return (
            f"The image is {found[0]} x {found[1]} pixels; the header says "
            f"{size['width']} x {rows}."
        )
    return None


def extra_fault(image: bytes) -> str | None:
    """Returns why an extra image is not served, or `None` if it is."""
    size = image_size(image)
    if size is None:
        return "The stored data is not a PNG or WebP image."
    if size[0] * size[1] > LARGEST_IMAGE:
        return f"The image is too large: {size[0]} x {size[1]} pixels."
    return None
