"""Logged images as pictures: curves, slices and channels where need be."""

import math

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw

from tb_actmax.cli.pca import Components
from tb_actmax.records.header import EventHeader
from tb_actmax.records.images import contact_sheet, to_bytes

Bytes = npt.NDArray[np.uint8]

_CURVE_HEIGHT = 32  # pixels that a signal is high, before zooming
_GREY = 128  # between the slices or channels of one image
_ROW = 6  # of them are put in one row in any case
# Of a signal's channels, told apart by those who see few colours, too.
_COLOURS = ((0, 90, 181), (220, 50, 32), (0, 140, 90), (150, 90, 190))


def tile(
    image: npt.NDArray[np.float32],
    header: EventHeader,
    zoom: int,
    components: Components | None = None,
) -> Bytes:
    """One image as it is shown.

    Args:
        image: (height, width, channels), the slices of a volume below each
            other.
        header: Its event's header.
        zoom: How many pixels wide each of its pixels is.
        components: Those that many channels are drawn by, in colour.

    Returns:
        (height, width), or (height, width, 3) in colour. Signals are curves,
        a colour each channel; the slices of volumes, and channels other than
        one or three, are put beside each other.
    """
    low, high = header["value_range"]
    slices = np.split(image, header.get("depth") or 1)
    if header["height"] == 1 and len(slices) == 1:
        return _curves(image[0], (low, high), zoom)
    parts = [
        part
        for pixels in slices
        for part in _pictures(to_bytes(pixels, (low, high)), components)
    ]
    if len(parts) == 1:
        return parts[0].repeat(zoom, 0).repeat(zoom, 1)
    channels = len(parts) // len(slices)
    if channels > 1 and len(slices) > 1:
        columns = channels  # a row each slice
    else:
        columns = min(len(parts), max(_ROW, math.isqrt(len(parts) - 1) + 1))
    return np.asarray(contact_sheet(parts, columns, 1, zoom, _GREY))


def _pictures(pixels: Bytes, components: Components | None) -> list[Bytes]:
    if components is not None:
        return [components.colours(pixels)]
    if pixels.shape[2] == 3:
        return [pixels]
    return [pixels[..., channel] for channel in range(pixels.shape[2])]


def _curves(
    values: npt.NDArray[np.float32], value_range: tuple[float, float], zoom: int
) -> Bytes:
    """A signal (length, channels) as lines over a middle line."""
    length, channels = values.shape
    size = (length * zoom, _CURVE_HEIGHT * zoom)
    picture = Image.new("RGB", (2 * size[0], 2 * size[1]), "white")
    draw = ImageDraw.Draw(picture)
    low, high = value_range
    middle = float(size[1])
    draw.line([(0, middle), (2 * size[0], middle)], (210, 210, 210), 2)
    shares = (values - low) / max(high - low, 1e-12)
    across = (np.arange(length) + 0.5) * 2 * zoom
    for channel in range(channels):
        down = (1 - np.clip(shares[:, channel], 0, 1)) * (2 * size[1] - 1)
        points = list(zip(across.tolist(), down.tolist(), strict=True))
        draw.line(points, _COLOURS[channel % len(_COLOURS)], 1 + zoom)
    return np.asarray(picture.resize(size, Image.Resampling.LANCZOS))
