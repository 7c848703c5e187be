"""Encodes and decodes the metadata of a tag, listed for each layer.

TensorBoard keeps the metadata of a tag's first event only, so nothing in it
changes during a training.
"""

import dataclasses
import json
from typing import Literal, TypeAlias

from tb_actmax.records.header import VERSION, EventHeader
from tb_actmax.records.header_json import is_int

Unit: TypeAlias = Literal["epoch", "batch"]

_BATCHES = "steps"  # the stored word for a log that counts batches
_LONGEST_TYPE = 200  # characters


@dataclasses.dataclass(frozen=True)
class TagMetadata:
    """The metadata of a tag; `None` if it is not known."""

    layer_index: int | None = None  # between input and output
    layer_filters: int | None = None
    layer_type: str | None = None  # its class, "Conv2D" for instance
    unit: Unit = "epoch"  # of the steps of the tag's events


def unit_of(header: EventHeader) -> Unit:
    """Returns the unit of an event's steps."""
    return "batch" if "batches" in header else "epoch"


def encode_metadata(metadata: TagMetadata) -> bytes:
    """Encodes the metadata of a tag."""
    content = {"version": VERSION, **dataclasses.asdict(metadata)}
    if content.pop("unit") == "batch":
        content["unit"] = _BATCHES
    return json.dumps(content).encode()


def decode_metadata(data: bytes) -> TagMetadata:
    """Decodes the metadata of a tag; damaged values are unknown."""
    try:
        content = json.loads(data)
    except (ValueError, RecursionError):
        content = None
    if not isinstance(content, dict):
        return TagMetadata()
    return TagMetadata(
        _integer(content.get("layer_index")),
        _integer(content.get("layer_filters")),
        _text(content.get("layer_type")),
        "batch" if content.get("unit") == _BATCHES else "epoch",
    )


def _integer(value: object) -> int | None:
    return value if is_int(value) and abs(value) < 1 << 31 else None


def _text(value: object) -> str | None:
    if not isinstance(value, str) or len(value) > _LONGEST_TYPE:
        return None
    return value.encode("utf-8", "replace").decode()
