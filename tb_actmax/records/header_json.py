"""Decodes the header of an event, which may be damaged or hostile.

Standard library only.
"""

import json
import math
import operator
from collections.abc import Callable
from typing import Any, TypeGuard, cast, get_type_hints

from tb_actmax.records.header import (
    MIMES,
    VERSION,
    EventHeader,
    FilterEntry,
    Number,
)

LARGEST_HEADER = 16 << 20  # bytes
LARGEST_IMAGE = 1 << 26  # values
_LARGEST_SIDE = 1 << 16  # pixels, or channels
_MAX_IMAGES = 1 << 16  # of an event
_MAX_DEPTH = 12  # of nested objects and lists
_LARGEST_INT = (1 << 53) - 1  # exact as a JSON number everywhere

_MEASURES = frozenset(
    name
    for name, type_ in get_type_hints(FilterEntry).items()
    if type_ == Number
)
_LISTS = ("inputs", "values", "cells")  # of a filter's exemplars


class EventError(ValueError):
    """A stored event cannot be read by this version."""


def decode_header(data: bytes) -> EventHeader:
    """Reads and checks the header in the first blob of an event.

    Its strings can be encoded as UTF-8. NaN, infinity, integers beyond 2**53,
    and measures and exemplars of a wrong type become `None`. Settings are not
    checked. Raises an `EventError` if this version cannot read it.
    """
    if len(data) > LARGEST_HEADER:
        raise EventError(
            f"The header has {len(data)} bytes; up to {LARGEST_HEADER} are "
            "read."
        )
    try:
        header = json.loads(data, parse_constant=lambda name: None)
    except (ValueError, RecursionError) as error:
        raise EventError(f"The header is not JSON: {error}.") from None
    if not isinstance(header, dict):
        raise EventError("The header is not a JSON object.")
    version = header.get("version")
    if not is_int(version) or version < 1:
        raise EventError("The header has no version.")
    if version > VERSION:
        raise EventError(
            f"The event has version {_shown(version)}; this tb_actmax reads up to "
            f"{VERSION}. A newer tb_actmax may read it."
        )
    cleaned: dict[str, Any] = clean(header)
    _check_images(cleaned)
    for name, (is_right, what) in _OPTIONAL.items():
        if cleaned.get(name) is not None and not is_right(cleaned[name]):
            raise EventError(f"The header's {name} is not {what}.")
    _check_filters(cleaned.get("filters"))
    for name, is_usable in _DROPPABLE.items():
        if not is_usable(cleaned.get(name)):
            cleaned.pop(name, None)
    cleaned["value_range"] = tuple(cleaned["value_range"])
    return cast(EventHeader, cleaned)


def clean(value: Any, depth: int = 0) -> Any:
    """Converts a value to JSON that every reader understands.

    NaN, infinity, and integers that are not exact as a JSON number become
    `None`. An unpaired surrogate, which UTF-8 cannot encode, becomes "?".
    Raises an `EventError` if objects and lists are nested too deeply.
    """
    if depth > _MAX_DEPTH:
        raise EventError("The header is nested too deeply.")
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, dict):
        cleaned = {}
        # A header holds thousands of numbers: a call for each would take a
        # quarter longer.
        for key, inner in value.items():
            kind = type(inner)
            if kind is float:
                if not math.isfinite(inner):
                    inner = None
            elif kind is not int or abs(inner) > _LARGEST_INT:
                inner = clean(inner, depth + 1)
            cleaned[_text(str(key))] = inner
        return cleaned
    if isinstance(value, list | tuple):
        return [clean(inner, depth + 1) for inner in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, int) and abs(value) > _LARGEST_INT:
        return None
    return value


def _text(value: str) -> str:
    if value.isascii():
        return value
    return value.encode("utf-8", "replace").decode("utf-8")


def _check_images(header: dict[str, Any]) -> None:
    values = 1
    for name in ("height", "width", "channels", "depth"):
        size = header.get(name, 1 if name == "depth" else None)
        if not is_int(size) or not 0 < size <= _LARGEST_SIDE:
            raise EventError(
                f"The header's {name} is not a size: {_shown(size)}."
            )
        values *= size
    if values > LARGEST_IMAGE:
        raise EventError(
            f"Images of {values} values are not read; up to {LARGEST_IMAGE} "
            "are."
        )
    if header.get("mime") not in MIMES:
        raise EventError(
            f"Images of type {_shown(header.get('mime'))} are not read."
        )
    bounds = header.get("value_range")
    if (
        not isinstance(bounds, list)
        or len(bounds) != 2
        or not all(_is_number(bound) for bound in bounds)
    ):
        raise EventError("The header's value_range is not two numbers.")
    extra = header.get("extra", 0)
    if not is_int(extra) or not 0 <= extra <= _MAX_IMAGES:
        raise EventError("The header's extra is not a number of images.")


def _check_filters(filters: object) -> None:
    if not isinstance(filters, list) or len(filters) > _MAX_IMAGES:
        raise EventError("The header's filters are not a list, or too many.")
    for entry in filters:
        if not isinstance(entry, dict):
            raise EventError(
                "An entry of the header's filters is not an object."
            )
        index, label = entry.get("filter"), entry.get("label")
        if label is not None and not isinstance(label, str):
            raise EventError("A label of the header's filters is not a string.")
        if not is_int(index) and not (index is None and label):
            raise EventError("An entry of the header names no filter.")
        score = entry.get("score")
        if score is not None and not _is_number(score):
            raise EventError("A score of the header is not a number.")
        if not isinstance(entry.get("status", "ok"), str):
            raise EventError("A status of the header is not a string.")
        exemplars = entry.get("exemplars")
        if exemplars is not None and not isinstance(exemplars, dict):
            raise EventError("The exemplars of an entry are not an object.")
        if exemplars and not all(map(_is_numbers, map(exemplars.get, _LISTS))):
            entry["exemplars"] = None
        if not _are_inputs(entry.get("inputs")):
            entry["inputs"] = None
        for name in _MEASURES & entry.keys():
            kind = type(entry[name])
            if kind is not float and kind is not int:
                entry[name] = None


def _shown(value: object) -> str:
    """Returns a value for an error message, shortened."""
    text = repr(value)
    return text if len(text) <= 80 else text[:80] + "..."


def is_int(value: object) -> TypeGuard[int]:
    """Returns whether a value is an integer, and not a boolean."""
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(value: object) -> bool:
    return is_int(value) or isinstance(value, float)


def _is_numbers(value: object) -> bool:
    return isinstance(value, list) and all(map(_is_number, value))


def _is_colours(value: object) -> bool:
    return (
        isinstance(value, dict)
        and value.get("order") in ("rgb", "bgr")
        and all(_is_numbers(value.get(end)) for end in ("black", "white"))
        and len(value["black"]) == len(value["white"]) == 3
        and all(map(operator.ne, value["black"], value["white"]))
    )


def _is_sprite(value: object) -> bool:
    return isinstance(value, dict) and all(
        is_int(value.get(name)) and 0 <= value[name] <= _MAX_IMAGES
        for name in ("extra", "columns", "count")
    )


def _is_signature(value: object) -> bool:
    return (
        isinstance(value, dict)
        and is_int(value.get("extra"))
        and isinstance(value.get("probe"), str)
        and isinstance(value.get("filters"), list)
        and all(is_int(index) for index in value["filters"])
    )


def _are_inputs(value: object) -> bool:
    """Returns whether a value is the inputs of a filter, or `None`."""
    if value is None:
        return True
    if not isinstance(value, dict):
        return False
    filters, weights = value.get("filters"), value.get("weights")
    return (
        is_int(value.get("row"))
        and isinstance(filters, list)
        and all(map(is_int, filters))
        and _is_numbers(weights)
        and len(filters) == len(cast(list[float], weights))
    )


def _is_inputs_header(value: object) -> bool:
    return (
        isinstance(value, dict)
        and isinstance(value.get("layer"), str)
        and all(is_int(value.get(name)) for name in ("extra", "count"))
        and isinstance(value.get("size"), list)
        and all(map(is_int, value["size"]))
    )


def _is_names(value: object) -> bool:
    return isinstance(value, dict) and all(
        isinstance(name, str) for name in value.values()
    )


# Optional keys that are dropped if their value is invalid.
_DROPPABLE: dict[str, Callable[[object], bool]] = {
    "batches": _is_number,
    "ncc_floor": _is_number,
    "inputs": _is_inputs_header,
    "class_names": _is_names,
    "class_layer": lambda value: isinstance(value, bool),
}

# The types of keys that may be missing or null.
_OPTIONAL: dict[str, tuple[Callable[[object], bool], str]] = {
    "layer": (lambda value: isinstance(value, str), "a string"),
    "epoch": (is_int, "a number of epochs"),
    "layer_filters": (is_int, "a number of filters"),
    "receptive_field": (
        lambda value: (
            isinstance(value, list)
            and len(value) in (2, 3)
            and all(_is_number(size) for size in value)
        ),
        "two or three sizes",
    ),
    "settings": (lambda value: isinstance(value, dict), "an object"),
    "seconds": (_is_number, "a number"),
    "unchanged_since": (is_int, "a step"),
    "colours": (_is_colours, "an order of channels and their ends"),
    "exemplars": (_is_sprite, "a sprite of exemplars"),
    "signature": (_is_signature, "a signature"),
}
