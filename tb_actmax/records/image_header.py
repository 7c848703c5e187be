"""Reads the type and the size of an encoded image without decoding it.

A few kilobytes can decode to gigabytes, so the size is checked before an image
is decoded or served. Standard library only.
"""

import struct

_PNG = b"\x89PNG\r\n\x1a\n"


def image_type(data: bytes) -> str | None:
    """Returns the MIME type of a PNG or WebP image by its first bytes."""
    if data[:8] == _PNG:
        return "image/png"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    return None


def image_size(data: bytes) -> tuple[int, int] | None:
    """Returns the width and height of a PNG or WebP image, in pixels.

    They are read from the file's header; `None` if it is invalid.
    """
    kind = image_type(data)
    if kind == "image/png":
        size = _png_size(data)
    elif kind == "image/webp":
        size = _webp_size(data)
    else:
        return None
    return size if size is not None and min(size) > 0 else None


def _png_size(data: bytes) -> tuple[int, int] | None:
    """Reads the header chunk, which comes first."""
    if len(data) < 33 or data[8:16] != b"\x00\x00\x00\rIHDR":
        return None
    width, height = struct.unpack(">II", data[16:24])
    return width, height


def _webp_size(data: bytes) -> tuple[int, int] | None:
    """Reads the first chunk: lossless, lossy or extended."""
    if len(data) < 30:
        return None
    kind = data[12:16]
    if kind == b"VP8L" and data[20] == 0x2F:
        bits = int.from_bytes(data[21:25], "little")
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    if kind == b"VP8 " and data[23:26] == b"\x9d\x01\x2a":
        width, height = struct.unpack("<HH", data[26:30])
        return width & 0x3FFF, height & 0x3FFF
    if kind == b"VP8X":
        width = int.from_bytes(data[24:27], "little")
        height = int.from_bytes(data[27:30], "little")
        return 1 + width, 1 + height
    return None
