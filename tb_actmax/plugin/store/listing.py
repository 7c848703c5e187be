"""Layers of runs as they are listed, out of what TensorBoard says of them."""

import dataclasses
import json
from typing import Any

from tensorboard.data import provider

LARGEST_STEP = (1 << 53) - 1  # what a JSON number holds exactly
NO_STEP = "This step is no number of epochs."

# The shape of a tensor can claim any number of blobs, and TensorBoard's
# Python loader makes a key for each.
_MOST_BLOBS = 1 << 17
_TOO_MANY = f"An event claims to hold more than {_MOST_BLOBS} images."
_LONGEST_TYPE = 200  # letters of the class of a layer


@dataclasses.dataclass(frozen=True)
class Layer:
    """A layer of a run.

    Attributes:
        tag: Path of the layer.
        index: Position of the layer in the network, if known.
        filters: Filters that the layer has, if known.
        type: Class of the layer, if known.
        last: Newest epoch, if there is one.
        stamp: Another one whenever something was logged of the layer.
        fault: Why nothing of it can be shown, if that is so.
    """

    tag: str
    index: int | None
    filters: int | None
    type: str | None
    last: int | None
    stamp: str
    fault: str | None = None


def listed(tag: str, found: provider.BlobSequenceTimeSeries) -> Layer:
    """A layer of which TensorBoard has found something."""
    about = _content(found.plugin_content)
    stamp = (found.max_step, found.max_wall_time, found.max_length)
    fault = None
    if found.max_step < 0:
        fault = NO_STEP
    elif found.max_length > _MOST_BLOBS:
        fault = _TOO_MANY
    return Layer(
        tag,
        _whole(about.get("layer_index")),
        _whole(about.get("layer_filters")),
        _word(about.get("layer_type")),
        None if fault else int(found.max_step),
        "-".join(map(str, stamp)),
        fault,
    )


def _content(data: bytes) -> dict[str, Any]:
    try:
        content = json.loads(data)
    except (ValueError, RecursionError):
        return {}
    return content if isinstance(content, dict) else {}


def _whole(value: Any) -> int | None:
    return value if type(value) is int and abs(value) < 1 << 31 else None


def _word(value: Any) -> str | None:
    if not isinstance(value, str) or len(value) > _LONGEST_TYPE:
        return None
    return value.encode("utf-8", "replace").decode()
