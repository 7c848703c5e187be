"""Writes the types of the header for the dashboard.

    python -m tb_actmax.records.typescript

A test fails if `frontend/src/api/event_header.ts` is out of date.
"""

import inspect
import pathlib
import types
import typing
from typing import Any

from tb_actmax.records import header

TARGET = pathlib.Path("frontend/src/api/event_header.ts")  # in a checkout

_HEAD = """\
/**
 * The types of an event's header; docs/event_format.md describes each key.
 *
 * Written by `python -m tb_actmax.records.typescript`: change
 * tb_actmax/records/header.py instead.
 */
"""
_NAMES = {
    int: "number",
    float: "number",
    str: "string",
    bool: "boolean",
    types.NoneType: "null",
}
_CLASSES = (
    header.SettingsHeader,
    header.ColoursHeader,
    header.ExemplarsHeader,
    header.SignatureHeader,
    header.ThumbnailsHeader,
    header.InputsHeader,
    header.FilterInputs,
    header.FilterExemplars,
    header.FilterEntry,
    header.EventHeader,
)


def typescript() -> str:
    """Returns the TypeScript of all types of the header."""
    return "\n".join([_HEAD, *map(_interface, _CLASSES)])


def _interface(class_: Any) -> str:
    members = [
        f"  {key}{'' if key in class_.__required_keys__ else '?'}: "
        f"{_type(hint)};\n"
        for key, hint in typing.get_type_hints(class_).items()
    ]
    return (
        f"{_comment(class_.__doc__)}\n"
        f"export interface {class_.__name__} {{\n{''.join(members)}}}\n"
    )


def _comment(text: str) -> str:
    """Returns a docstring as a comment, of one line where it has one."""
    lines = inspect.cleandoc(text).splitlines()
    if len(lines) == 1:
        return f"/** {lines[0]} */"
    inner = [f" * {line}".rstrip() for line in lines]
    return "\n".join(["/**", *inner, " */"])


def _type(hint: Any) -> str:
    arguments = [_type(inner) for inner in typing.get_args(hint)]
    origin = typing.get_origin(hint)
    if origin is list:
        return f"{arguments[0]}[]"
    if origin is dict:
        return f"Record<{', '.join(arguments)}>"
    if origin is tuple:
        return f"[{', '.join(arguments)}]"
    if origin in (types.UnionType, typing.Union):
        return " | ".join(arguments)
    return _NAMES.get(hint) or str(hint.__name__)


if __name__ == "__main__":
    TARGET.write_text(typescript())
