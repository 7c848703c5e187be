"""Hostile events, and the message that the tab shows for each."""

import json
import struct
import zlib

import numpy as np

from support.logs import header, picture
from tb_actmax.records.images import encode_bytes, encode_image

SCRIPT = "<script>window.hacked=1</script>"
IMAGE = "<img src=x onerror=window.hacked=1>"


def png(epoch=0, key=0, size=16):
    """Returns a valid image."""
    return encode_image(picture(0, key, epoch, size), (0, 1))


def good(epoch=0, tag="conv1", **changes):
    """Returns blobs of a valid event, with changes to its header."""
    head = header(tag, epoch, 2)
    head.update(changes)
    return [json.dumps(head).encode(), png(epoch, 0), png(epoch, 1)]


def bomb(width=60_000, height=60_000):
    """Returns a PNG of a few bytes that claims to be huge."""
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data))
        + kind
        + data
        + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in (
            (b"IHDR", struct.pack(">II5B", width, height, 8, 0, 0, 0, 0)),
            (b"IDAT", zlib.compress(bytes(100_000))),
            (b"IEND", b""),
        )
    )


def signed(epoch, table, probe="a", filters=None, **changes):
    """Returns blobs of an event with signatures."""
    rows = list(range(len(table))) if filters is None else filters
    signature = {
        "extra": 0,
        "filters": rows,
        "probe": probe,
        "exact": 0,
        **changes,
    }
    return [*good(epoch, extra=1, signature=signature), encode_bytes(table)]


def volume():
    """Returns a volume of three slices."""
    return np.stack([picture(0, key, 1) for key in range(3)])


def _nested(depth):
    return b'{"a":' * depth + b"1" + b"}" * depth


def _entries(*entries):
    return [json.dumps(header("conv1", 1, 0) | {"filters": entries}).encode()]


TABLE = np.random.default_rng(0).integers(0, 255, (2, 256), np.uint8)

# Blobs of a second layer at epoch 1, and a part of the expected message.
EVENTS = {
    "empty": ([], "empty"),
    "no header": ([b"", png()], "not JSON"),
    "binary header": ([b"\xff\xfe\x00", png()], "not JSON"),
    "deep list": ([b"[" * 100_000], "not JSON"),
    "deep object": ([_nested(400)], "version"),
    "deep settings": (
        good(1)[:1] and [good(1)[0][:-1] + b',"x":' + _nested(300) + b"}"],
        "nested too deep",
    ),
    "newer version": (good(1, version=2), "version 2"),
    "much newer version": (good(1, version=10**300), "version 1000"),
    "wrong version": (good(1, version="1"), "no version"),
    "too few images": (good(1)[:2], "number of images"),
    "too many images": ([*good(1), png()], "number of images"),
    "sizes of text": (good(1, height="16"), "height"),
    "huge size": (good(1, width=2**62), "width"),
    "no mime": (good(1, mime=None), "None"),
    "svg": (good(1, mime="image/svg+xml"), "svg"),
    "script as mime": (good(1, mime=SCRIPT), "not read"),
    "range of text": (good(1, value_range=["0", 1]), "two numbers"),
    "range of NaN": (good(1, value_range=[float("nan"), 1]), "two numbers"),
    "huge range": (good(1, value_range=[0, 10**400]), "two numbers"),
    "wrong field": (good(1, receptive_field="all"), "receptive_field"),
    "wrong settings": (good(1, settings=5), "settings"),
    "wrong sprite": (good(1, exemplars=[]), "exemplars"),
    "filters of text": (_entries("a"), "not an object"),
    "filters of lists": (_entries({"filter": [1], "label": "a"}), "no filter"),
    "wrong score": (_entries({"filter": 1, "score": "1"}), "not a number"),
    "wrong status": (_entries({"filter": 1, "status": {}}), "not a string"),
    "wrong label": (_entries({"filter": 1, "label": 5}), "not a string"),
}

# Replacements for an image of a valid event.
IMAGES = {
    "svg": f"<svg xmlns='http://www.w3.org/2000/svg'>{SCRIPT}</svg>".encode(),
    "html": f"<html><body>{SCRIPT}{IMAGE}</body></html>".encode(),
    "nothing": b"",
    "gif": b"GIF89a\x01\x00\x01\x00\x80\x00\x00",
    "bomb": bomb(),
    "another size": png(size=17),
    "torn": png()[:30],
}

# Of the right size, but not decodable by a browser.
UNDECODABLE = {
    "torn body": png()[:60],
    "script after the head": png()[:40] + SCRIPT.encode() * 3,
}
