"""Makes nearly valid events from a stream of choices.

A function `draw(low, high)` returns integers within bounds; atheris supplies
it for fuzzing, hypothesis for the tests.
"""

import copy
import json
import struct
import zlib
from collections.abc import Callable
from typing import Any

import numpy as np

from tb_actmax.records.images import encode_bytes, encode_image

Draw = Callable[[int, int], int]

VALUES: list[Any] = [
    *(None, True, False, 0, -1, 1, 2, 16, 255, 2**31, 2**53, 2**62),
    *(-(2**63), 10**400, 0.5, -0.0, 1e308, float("nan"), float("inf")),
    *("", "0", "7.2", "ok", "dead", "conv1", "image/png", "image/webp"),
    *("<script>alert(1)</script>", "\ud800", "\u202e\x00\n", "x" * 5000),
    *("../../../etc/passwd", [], [0, 1], [[]], {}, {"filter": 1}),
    *({"filter": 2, "label": "a"}, {"cells": [0]}, {"extra": 0}),
]

HEADER: dict[str, Any] = {
    "version": 1,
    "layer": "conv1",
    "epoch": 1,
    "value_range": [0.0, 1.0],
    "mime": "image/png",
    "height": 4,
    "width": 4,
    "channels": 1,
    "layer_filters": 8,
    "receptive_field": [4, 4],
    "settings": {"steps": 32, "seed": 0, "probe": 12, "cold": True},
    "seconds": 0.5,
    "filters": [
        {
            "filter": 0,
            "score": 1.5,
            "status": "ok",
            "lift": 0.5,
            "rank": 1,
            "settled": 0,
            "exemplars": {"inputs": [3], "values": [1.0], "cells": [0]},
        },
        {"filter": 1, "score": None, "status": "dead", "data_max": 0},
        {"filter": None, "label": "1 + 2", "score": -1, "status": "flat"},
    ],
    "extra": 2,
    "exemplars": {
        "extra": 0,
        "columns": 1,
        "count": 1,
        "height": 4,
        "width": 4,
    },
    "signature": {"extra": 1, "filters": [0, 1], "probe": "5d41402a"},
}


def _png(width: int, height: int) -> bytes:
    """Returns a PNG that claims a size."""
    chunks = (
        (b"IHDR", struct.pack(">II5B", width, height, 8, 0, 0, 0, 0)),
        (b"IDAT", zlib.compress(bytes(64))),
        (b"IEND", b""),
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data))
        + kind
        + data
        + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    )


_RAMP = np.linspace(0, 1, 16).reshape(4, 4, 1)
_ROWS = np.random.default_rng(0).integers(0, 255, (2, 16), np.uint8)
PATCHES = encode_image(_RAMP, (0, 1), "image/webp")
TABLE = encode_bytes(_ROWS)
IMAGE = encode_image(_RAMP, (0, 1))
IMAGES = [
    IMAGE,
    PATCHES,
    TABLE,
    encode_bytes(_ROWS[:, :1]),
    encode_bytes(_ROWS.repeat(2000, 0)),
    IMAGE[:40],
    _png(4, 4),
    _png(60_000, 60_000),
    _png(0, 4),
    b"",
    b"<svg onload=alert(1)>",
    b"RIFF\x10\x00\x00\x00WEBPVP8X",
]


def mutate(value: Any, draw: Draw) -> Any:
    """Replaces or removes a random part of a value."""
    if isinstance(value, dict) and value and draw(0, 7):
        name = list(value)[draw(0, len(value) - 1)]
        if not draw(0, 7):
            del value[name]
        elif not draw(0, 7):
            value[str(VALUES[draw(0, len(VALUES) - 1)])] = value[name]
        else:
            value[name] = mutate(value[name], draw)
        return value
    if isinstance(value, list) and value and draw(0, 7):
        place = draw(0, len(value) - 1)
        if not draw(0, 7):
            del value[place]
        elif not draw(0, 7):
            value += [copy.deepcopy(value[place])] * draw(1, 3)
        else:
            value[place] = mutate(value[place], draw)
        return value
    return copy.deepcopy(VALUES[draw(0, len(VALUES) - 1)])


def header(draw: Draw, most: int = 3) -> bytes:
    """Returns a header with up to `most` mutations."""
    value: Any = copy.deepcopy(HEADER)
    for _ in range(draw(0, most)):
        value = mutate(value, draw)
    text = json.dumps(value).encode()
    return text if draw(0, 15) else text[: draw(0, len(text))]


def blobs(draw: Draw, raw: bytes = b"") -> list[bytes]:
    """Returns the mutated blobs of an event; `raw` may replace one."""
    found = [header(draw), IMAGE, IMAGE, IMAGE, PATCHES, TABLE]
    for _ in range(draw(0, 2)):
        place = draw(0, len(found) - 1)
        kind = draw(0, 3)
        if kind == 0:
            found[place] = raw
        elif kind == 1 and len(found) > 1:
            del found[place]
        elif kind == 2:
            found.append(IMAGES[draw(0, len(IMAGES) - 1)])
        else:
            found[place] = IMAGES[draw(0, len(IMAGES) - 1)]
    return found
