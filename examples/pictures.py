"""Saves rows of images with captions as one picture."""

import pathlib

import numpy as np
from PIL import Image, ImageDraw, ImageFont

_TILE = 56  # side of a drawn image, in pixels
_GAP = 4
_TEXT = 20


def save_rows(path, rows, value_range=(0.0, 1.0), tile=_TILE):
    """Saves rows of images.

    Args:
        path: File to write.
        rows: Pairs of a caption and images (n, height, width, 1 or 3).
        value_range: Values of black and white.
        tile: Side of a drawn image, in pixels.
    """
    width = _GAP + max(len(images) for _, images in rows) * (tile + _GAP)
    height = _GAP + len(rows) * (_TEXT + tile + _GAP)
    sheet = Image.new("RGB", (width, height), "white")
    draw = ImageDraw.Draw(sheet)
    font = ImageFont.load_default(13)
    top = _GAP
    for text, images in rows:
        draw.text((_GAP, top), text, "black", font)
        top += _TEXT
        for index, image in enumerate(images):
            left = _GAP + index * (tile + _GAP)
            sheet.paste(_tile(image, value_range, tile), (left, top))
        top += tile + _GAP
    pathlib.Path(path).parent.mkdir(parents=True, exist_ok=True)
    sheet.save(path)
    print(f"Saved {path}.")


def _tile(image, value_range, size):
    low, high = value_range
    pixels = np.clip((image - low) / (high - low), 0, 1) * 255
    pixels = pixels.round().astype(np.uint8)
    if pixels.shape[-1] == 1:
        pixels = np.repeat(pixels, 3, axis=-1)
    # Without interpolation: receptive fields have few pixels.
    return Image.fromarray(pixels).resize((size, size), Image.NEAREST)
