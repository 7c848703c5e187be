"""JSON responses."""

import json
from typing import Any

from tensorboard.backend import http_util
from werkzeug import wrappers


def compact_json(value: Any) -> str:
    """Returns JSON without spaces.

    Raises:
        ValueError: If a number is NaN or infinite.
    """
    return json.dumps(value, allow_nan=False, separators=(",", ":"))


def json_response(request: wrappers.Request, value: Any) -> Any:
    """Returns a response; NaN and infinity are serialized as strings."""
    try:
        # TensorBoard's search for NaN takes seconds for long series.
        value = compact_json(value)
    except ValueError:
        pass  # TensorBoard replaces the numbers
    return http_util.Respond(request, value, "application/json")
