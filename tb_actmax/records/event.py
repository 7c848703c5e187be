"""The event: what is stored of one layer at one epoch.

An event is a list of blobs: a JSON header, one encoded image for each entry
of the header's "filters", and then any extra images that entries refer to.
docs/event_format.md describes it. Standard library only: TensorBoard reads
events on machines that have neither TensorFlow nor Keras.
"""

import dataclasses
import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

PLUGIN_NAME = "actmax"
VERSION = 1

MIMES = ("image/png", "image/webp")  # what an image may be encoded as

_SIZES = ("height", "width", "channels")
_LARGEST = 1 << 16  # pixels of an image's side, and channels
_MOST = 1 << 16  # entries of an event


class EventError(ValueError):
    """Something stored is not an event that this version can read."""


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

    header: dict[str, Any]
    filters: list[dict[str, Any]]
    keys: list[str]
    images: list[bytes]
    extra: list[bytes]


def encode(
    header: Mapping[str, Any],
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
    clean = _finite(dict(header))
    clean["version"] = VERSION
    if extra:
        clean["extra"] = len(extra)
    text = json.dumps(clean, allow_nan=False, separators=(",", ":"))
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


def decode_header(data: bytes) -> dict[str, Any]:
    """Reads and checks a header.

    Raises:
        EventError: If it is not a header that this version can read.
    """
    try:
        header = json.loads(data, parse_constant=lambda name: None)
    except (ValueError, RecursionError) as error:
        raise EventError(f"The header is not JSON: {error}.") from None
    if not isinstance(header, dict):
        raise EventError("The header is not a JSON object.")
    version = header.get("version")
    if not isinstance(version, int):
        raise EventError("The header names no version.")
    if version > VERSION:
        raise EventError(
            f"The event has version {version}; this tb_actmax reads up to "
            f"{VERSION}. A newer tb_actmax may read it."
        )
    header = {name: _finite(value) for name, value in header.items()}
    for name in _SIZES:
        size = header.get(name)
        if not isinstance(size, int) or not 0 < size <= _LARGEST:
            raise EventError(f"The header's {name} is not a size: {size!r}.")
    if header.get("mime") not in MIMES:
        raise EventError(f"Images of type {header.get('mime')!r} are not read.")
    bounds = header.get("value_range")
    if (
        not isinstance(bounds, list)
        or len(bounds) != 2
        or not all(_is_number(bound) for bound in bounds)
    ):
        raise EventError("The header's value_range is not two numbers.")
    extra = header.get("extra", 0)
    if not _is_int(extra) or not 0 <= extra <= _MOST:
        raise EventError("The header's extra is not a number of images.")
    _check_filters(header.get("filters"))
    return header


def _check_filters(filters: Any) -> None:
    if not isinstance(filters, list) or len(filters) > _MOST:
        raise EventError("The header's filters are not a list.")
    for entry in filters:
        if not isinstance(entry, dict):
            raise EventError("An entry of the header's filters is no object.")
        index, label = entry.get("filter"), entry.get("label")
        if label is not None and not isinstance(label, str):
            raise EventError("A label of the header's filters is no string.")
        if not _is_int(index) and label is None:
            raise EventError("An entry of the header names no filter.")
        score = entry.get("score")
        if score is not None and not _is_number(score):
            raise EventError("A score of the header is no number.")
        if not isinstance(entry.get("status", "ok"), str):
            raise EventError("A status of the header is no string.")


def image_keys(filters: Sequence[Mapping[str, Any]]) -> list[str]:
    """What identifies each entry over epochs, unique within the event."""
    keys: list[str] = []
    counts: dict[str, int] = {}
    for entry in filters:
        key = str(entry.get("label") or entry.get("filter"))
        counts[key] = counts.get(key, 0) + 1
        keys.append(key if counts[key] == 1 else f"{key}.{counts[key]}")
    return keys


def image_type(data: bytes) -> str | None:
    """MIME type of an encoded image by its first bytes, if it is one of ours."""
    if data[:8] == b"\x89PNG\r\n\x1a\n":
        return "image/png"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    return None


def _is_int(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _finite(value: Any) -> Any:
    """The same with null for numbers that JSON has no words for."""
    if isinstance(value, dict):
        return {str(key): _finite(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(inner) for inner in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
