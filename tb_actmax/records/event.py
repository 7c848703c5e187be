"""The event: what is stored of one layer at one epoch.

An event is a list of blobs: a JSON header, one encoded image for each entry
of the header's "filters", and then any extra images that entries refer to.
docs/event_format.md describes it. Standard library only: TensorBoard reads
events on machines that have neither TensorFlow nor Keras.
"""

import dataclasses
import json
from collections.abc import Sequence

from tb_actmax.records.header import (
    MIMES,
    VERSION,
    EventHeader,
    FilterEntry,
    ImageSize,
)
from tb_actmax.records.header_json import (
    LARGEST_IMAGE,
    EventError,
    clean,
    decode_header,
)
from tb_actmax.records.image_header import image_size, image_type
from tb_actmax.records.tag_metadata import Unit, unit_of

__all__ = [
    "MIMES",
    "PLUGIN_NAME",
    "VERSION",
    "Event",
    "EventError",
    "decode",
    "decode_header",
    "encode",
    "extra_fault",
    "image_fault",
    "image_keys",
    "image_type",
]

PLUGIN_NAME = "actmax"


@dataclasses.dataclass(frozen=True)
class Event:
    """One layer at one epoch.

    Attributes:
        header: The whole header.
        filters: Its entries, one for each image.
        keys: What identifies each entry over epochs: its label if it has one,
            else its filter's number; a second one of the same gets ".2".
        images: Encoded images, in the order of the entries.
        extra: Encoded images that entries refer to by their position.
    """

    header: EventHeader
    filters: list[FilterEntry]
    keys: list[str]
    images: list[bytes]
    extra: list[bytes]

    @property
    def unit(self) -> Unit:
        """What its step counts, "epoch" or "batch"."""
        return unit_of(self.header)


def encode(
    header: EventHeader,
    images: Sequence[bytes],
    extra: Sequence[bytes] = (),
) -> list[bytes]:
    """Makes the blobs of an event.

    Args:
        header: The header, as docs/event_format.md describes it. Numbers that
            are not finite become null.
        images: Encoded images, one for each entry of `header["filters"]`.
        extra: Encoded images that entries refer to.

    Returns:
        The blobs.

    Raises:
        EventError: If the header is not valid or the numbers do not fit.
    """
    whole = {**clean(header), "version": VERSION}
    if extra:
        whole["extra"] = len(extra)
    text = json.dumps(whole, allow_nan=False, separators=(",", ":"))
    blobs = [text.encode(), *images, *extra]
    decode(blobs)
    return blobs


def decode(blobs: Sequence[bytes]) -> Event:
    """Reads the blobs of an event, trusting nothing.

    Args:
        blobs: Header and images.

    Returns:
        The event.

    Raises:
        EventError: If the blobs are not an event; says why.
    """
    if not blobs:
        raise EventError("The event is empty.")
    header = decode_header(blobs[0])
    filters = header["filters"]
    extra = header.get("extra", 0)
    wanted = 1 + len(filters) + extra
    if len(blobs) != wanted:
        raise EventError(
            f"The event holds {len(blobs)} blobs; its header describes "
            f"{wanted}."
        )
    split = 1 + len(filters)
    return Event(
        header,
        filters,
        image_keys(filters),
        list(blobs[1:split]),
        list(blobs[split:]),
    )


def image_keys(filters: Sequence[FilterEntry]) -> list[str]:
    """What identifies each entry over epochs, unique within the event."""
    keys: list[str] = []
    taken: set[str] = set()
    counts: dict[str, int] = {}
    for entry in filters:
        name = str(entry.get("label") or entry.get("filter"))
        counts[name] = counts.get(name, 0) + 1
        key = name if counts[name] == 1 else f"{name}.{counts[name]}"
        while key in taken:  # a label may look like another's second image
            counts[name] += 1
            key = f"{name}.{counts[name]}"
        taken.add(key)
        keys.append(key)
    return keys


def image_fault(header: ImageSize, data: bytes) -> str | None:
    """Why an entry's image is not what the header says; `None` if it is.

    Its head is looked at only: that it can be decoded is not known, but that
    it decodes to no more than the header says.
    """
    kind = image_type(data)
    if kind is None:
        return "What is stored is not a PNG or WebP image."
    found = image_size(data)
    if found is None:
        return f"What is stored is no {kind} that can be read."
    rows = header["height"] * header.get("depth", 1)
    if header["channels"] not in (1, 3):
        rows *= header["channels"]  # below each other
    if found != (header["width"], rows):
        return (
            f"The image is {found[0]} x {found[1]} pixels; the header says "
            f"{header['width']} x {rows}."
        )
    return None


def extra_fault(data: bytes) -> str | None:
    """Why an extra image is not served; `None` if it is."""
    size = image_size(data)
    if size is None:
        return "What is stored is not a PNG or WebP image."
    if size[0] * size[1] > LARGEST_IMAGE:
        return f"The image is too large: {size[0]} x {size[1]} pixels."
    return None
