"""Responses of the routes."""

import json

from tensorboard.backend import http_util
from werkzeug import wrappers


def compact_json(value: object) -> str:
    """Returns JSON without spaces.

    Raises:
        ValueError: If a number is NaN or infinite.
    """
    return json.dumps(value, allow_nan=False, separators=(",", ":"))


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
