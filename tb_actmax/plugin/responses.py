"""Responses of the routes."""

import json
import struct
from collections.abc import Iterable

from tensorboard.backend import http_util
from werkzeug import wrappers


def compact_json(value: object) -> str:
    """Returns JSON without spaces.

    Raises:
        ValueError: If a number is NaN or infinite.
    """
    return json.dumps(value, allow_nan=False, separators=(",", ":"))


def packed(text: str, blobs: Iterable[bytes]) -> bytes:
    """Returns a JSON text and blobs as one body.

    Returns:
        Length of the JSON (uint32, little-endian), the JSON and the blobs.
    """
    encoded = text.encode()
    return b"".join([struct.pack("<I", len(encoded)), encoded, *blobs])


def respond(
    request: wrappers.Request, content: object, mime: str
) -> wrappers.Response:
    """Returns a response, compressed if the browser accepts that."""
    response: wrappers.Response = http_util.Respond(request, content, mime)
    return response


def respond_json(request: wrappers.Request, value: object) -> wrappers.Response:
    """Returns a JSON response; NaN and infinity are serialized as strings."""
    try:
        # TensorBoard's search for NaN takes seconds for long series.
        value = compact_json(value)
    except ValueError:
        pass  # TensorBoard replaces the numbers
    return respond(request, value, "application/json")
