"""Encodes answers of the routes."""

import json
import struct
from collections.abc import Iterable


def compact_json(value: object) -> str:
    """Returns JSON without spaces; a `ValueError` for NaN or infinity."""
    return json.dumps(value, allow_nan=False, separators=(",", ":"))


def packed(text: str, blobs: Iterable[bytes]) -> bytes:
    """Joins the length of a JSON text (uint32, little-endian), it, and blobs."""
    encoded = text.encode()
    return b"".join([struct.pack("<I", len(encoded)), encoded, *blobs])
