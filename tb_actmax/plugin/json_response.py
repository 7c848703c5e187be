"""JSON of answers."""

import json
from typing import Any

from tensorboard.backend import http_util
from werkzeug import wrappers


def compact_json(value: Any) -> str:
    """JSON without spaces.

    Raises:
        ValueError: If a number is none, or infinite.
    """
    return json.dumps(value, allow_nan=False, separators=(",", ":"))


def json_answer(request: wrappers.Request, answer: Any) -> Any:
    """The response that is `answer`; what is no number in it is a string."""
    try:
        # TensorBoard's search for NaN takes seconds for long series.
        answer = compact_json(answer)
    except ValueError:
        pass  # there is one, for TensorBoard to find
    return http_util.Respond(request, answer, "application/json")
