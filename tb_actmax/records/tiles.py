"""Draws one image: signals as curves, slices and channels side by side."""

import math

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw

from tb_actmax.records.colours import draw_image
from tb_actmax.records.header import EventHeader
from tb_actmax.records.images import contact_sheet
from tb_actmax.records.pca import PrincipalComponents

Array = npt.NDArray[np.float32]
Bytes = npt.NDArray[np.uint8]

_CURVE_HEIGHT = 32  # pixels, before zooming
_GREY = 128  # between the slices or channels of one image
_COLUMNS = 6  # least slices or channels in a row
# One for each channel of a signal; safe for colour-blind people.
_COLOURS = ((0, 90, 181), (220, 50, 32), (0, 140, 90), (150, 90, 190))


def draw_tile(
    image: Array,
    header: EventHeader,
    zoom: int,
    components: PrincipalComponents | None = None,
) -> Bytes:
    """Draws an image of an event: (height, width), or (height, width, 3).

    The slices of a volume are below each other in the image. Each pixel becomes
    `zoom` times as large; `components` draw many channels in colour.
    """
    low, high = header["value_range"]
    slices = np.split(image, header.get("depth") or 1)
    if header["height"] == 1 and len(slices) == 1:
        return _curves(image[0], (low, high), zoom)
    parts = [
        part
        for pixels in slices
        for part in _split_channels(draw_image(pixels, header), components)
    ]
    if len(parts) == 1:
        return parts[0].repeat(zoom, 0).repeat(zoom, 1)
    channels = len(parts) // len(slices)
    if channels > 1 and len(slices) > 1:
        columns = channels  # a row for each slice
    else:
        columns = max(_COLUMNS, math.isqrt(len(parts) - 1) + 1)
        columns = min(len(parts), columns)
    return np.asarray(contact_sheet(parts, columns, 1, zoom, _GREY))


def _split_channels(
    pixels: Bytes, components: PrincipalComponents | None
) -> list[Bytes]:
    if components is not None:
        return [components.colours(pixels)]
    if pixels.shape[2] == 3:
        return [pixels]
    return list(np.moveaxis(pixels, 2, 0))


def _curves(
    values: Array, value_range: tuple[float, float], zoom: int
) -> Bytes:
    """Draws a signal (length, channels) as curves, at twice the size first."""
    length, channels = values.shape
    width, height = length * zoom, _CURVE_HEIGHT * zoom
    picture = Image.new("RGB", (2 * width, 2 * height), "white")
    draw = ImageDraw.Draw(picture)
    draw.line([(0, height), (2 * width, height)], (210, 210, 210), 2)
    low, high = value_range
    shares = np.clip((values - low) / max(high - low, 1e-12), 0, 1)
    x = (np.arange(length) + 0.5) * 2 * zoom
    for channel in range(channels):
        y = (1 - shares[:, channel]) * (2 * height - 1)
        points = list(zip(x.tolist(), y.tolist(), strict=True))
        draw.line(points, _COLOURS[channel % len(_COLOURS)], 1 + zoom)
    smooth = picture.resize((width, height), Image.Resampling.LANCZOS)
    return np.asarray(smooth)
