"""Encodes thumbnails of the probe: all inputs in one small image.

They are logged once per run. The dashboard shows an exemplar as a whole input,
with the filter's field outlined.
"""

import io
import math

import numpy as np
import numpy.typing as npt

from tb_actmax.measures.sprite import draw_cell
from tb_actmax.records.colours import Colours
from tb_actmax.records.header import VERSION, ThumbnailsHeader
from tb_actmax.records.images import contact_sheet, encode_bytes, to_bytes

Array = npt.NDArray[np.float32]

MAX_BYTES = 512 << 10  # of all thumbnails of a run
_LARGEST_SIDE = 96  # pixels of a thumbnail
_PIXELS = 1 << 21  # of all thumbnails: more do not fit into the bytes
_LONGEST_SIGNAL = 256  # points of a signal
_QUALITIES = (75, 45, 20)
_SHRINK = 0.7  # of a side, where the lowest quality does not suffice


def encode_thumbnails(
    images: Array,
    value_range: tuple[float, float],
    colours: Colours | None = None,
) -> tuple[ThumbnailsHeader, bytes]:
    """Encodes all inputs as one image of at most 512 KiB.

    Takes inputs (n, height, width, channels), volumes (n, depth, height, width,
    channels) or signals (n, 1, length, channels). The image is a WebP of
    thumbnails in rows, for volumes of their middle slices; for signals a PNG
    with a row of bytes for each channel of each input.
    """
    size = list(images.shape[1:-1])
    if images.ndim == 5:
        images = images[:, images.shape[1] // 2]
    if images.shape[1] == 1:
        return _signals(images[:, 0], value_range, size)
    count = len(images)
    columns = math.isqrt(count - 1) + 1
    room = math.sqrt(_PIXELS / count)
    longest = max(images.shape[1:3])
    side = float(min(longest, _LARGEST_SIDE, max(room, 1)))
    while True:
        # Large inputs are subsampled first, because scaling takes most of the
        # time.
        step = max(1, int(longest / (2 * side)))
        cells = [
            draw_cell(image[::step, ::step], value_range, colours, side)
            for image in images
        ]
        sheet = contact_sheet(cells, columns, 0, 1, 0)
        for quality in _QUALITIES:
            file = io.BytesIO()
            sheet.save(file, "WEBP", quality=quality, method=2)
            if file.tell() <= MAX_BYTES:
                height, width = cells[0].shape[:2]
                header: ThumbnailsHeader = {
                    "version": VERSION,
                    "count": count,
                    "columns": columns,
                    "height": height,
                    "width": width,
                    "size": size,
                    "channels": 1,
                }
                return header, file.getvalue()
        side *= _SHRINK


def _signals(
    signals: Array, value_range: tuple[float, float], size: list[int]
) -> tuple[ThumbnailsHeader, bytes]:
    """Encodes signals (n, length, channels) as rows of bytes."""
    count, length, channels = signals.shape
    most = MAX_BYTES // (count * channels) - 2  # if nothing is compressed
    points = max(1, min(length, _LONGEST_SIGNAL, most))
    # The mean of each part; the lengths of parts differ by at most one point.
    starts = np.arange(points) * length // points
    means = np.add.reduceat(signals, starts, axis=1)
    means /= np.diff([*starts, length])[None, :, None]
    rows = np.moveaxis(to_bytes(means, value_range), 2, 1)
    header: ThumbnailsHeader = {
        "version": VERSION,
        "count": count,
        "columns": 1,
        "height": 1,
        "width": points,
        "size": size,
        "channels": channels,
    }
    return header, encode_bytes(rows.reshape(count * channels, points))
