"""Encodes and decodes the record of the probe's thumbnails.

A run has one such record. It is an event with another plugin name, so that no
reader takes it for a layer. docs/event_format.md describes it. Standard library
only.
"""

import json
from collections.abc import Sequence
from typing import Any, cast

from tb_actmax.records.header import VERSION, ThumbnailsHeader
from tb_actmax.records.header_json import (
    LARGEST_HEADER,
    LARGEST_IMAGE,
    EventError,
    clean,
    is_int,
)
from tb_actmax.records.image_header import image_size

THUMBNAILS_PLUGIN = "actmax_probe"
THUMBNAILS_TAG = "/probe"  # no layer's path begins so

_SIZES = ("count", "columns", "height", "width", "channels")


def encode_thumbnails_record(
    header: ThumbnailsHeader, image: bytes
) -> list[bytes]:
    """Returns the blobs of the record."""
    text = json.dumps(header, separators=(",", ":"))
    return [text.encode(), image]


def decode_thumbnails_record(
    blobs: Sequence[bytes],
) -> tuple[ThumbnailsHeader, bytes]:
    """Decodes the record, which may be damaged or hostile, but not its image.

    Raises an `EventError` if the blobs are not such a record.
    """
    if len(blobs) != 2 or len(blobs[0]) > LARGEST_HEADER:
        raise EventError("The thumbnails are not a header and an image.")
    try:
        header: Any = clean(json.loads(blobs[0]))
    except (ValueError, RecursionError):
        header = None
    if not isinstance(header, dict) or header.get("version") != VERSION:
        raise EventError("The header of the thumbnails cannot be read.")
    size = header.get("size")
    if (
        not all(_is_size(header.get(name)) for name in _SIZES)
        or not isinstance(size, list)
        or not all(map(_is_size, size))
    ):
        raise EventError("The header of the thumbnails holds no sizes.")
    found = image_size(blobs[1])
    rows = -(-header["count"] // header["columns"])
    if header["height"] == 1:
        rows *= header["channels"]
    if found != (
        header["columns"] * header["width"],
        rows * header["height"],
    ):
        raise EventError("The thumbnails have another size than their header.")
    return cast(ThumbnailsHeader, header), blobs[1]


def _is_size(value: object) -> bool:
    return is_int(value) and 0 < value <= LARGEST_IMAGE
