"""Draws maximized images as HTML that needs no script and no network."""

import base64
import html
import io
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from PIL import Image

from tb_actmax.records.header import EventHeader
from tb_actmax.records.tiles import draw_tile

Array = npt.NDArray[np.float32]

_SIDE = 112  # pixels that an image should at least have
_MOST = 100  # images


def figure(
    images: Array,
    captions: Sequence[tuple[str, str]],
    value_range: tuple[float, float] | None,
    title: str,
) -> str:
    """Returns a grid of labelled images.

    Args:
        images: Images (n, height, width, channels), or volumes (n, depth,
            height, width, channels); at most a hundred are drawn.
        captions: Name and description of each.
        value_range: Values that are drawn black and white; `None` for the
            extremes of the images.
        title: Title of the grid.
    """
    bounds = _bounds(images) if value_range is None else value_range
    tiles = [
        _tile(_picture(image, bounds), *map(html.escape, caption))
        for image, caption in zip(images[:_MOST], captions[:_MOST], strict=True)
    ]
    rest = len(images) - len(tiles)
    more = f"<div>and {rest} more</div>" if rest else ""
    return (
        '<div style="font: 12px/1.4 sans-serif">'
        f'<div style="margin-bottom: 4px"><b>{html.escape(title)}</b></div>'
        '<div style="display: flex; flex-wrap: wrap; gap: 10px">'
        f"{''.join(tiles)}</div>{more}</div>"
    )


def _tile(picture: Image.Image, name: str, text: str) -> str:
    return (
        '<figure style="margin: 0">'
        f'<img src="data:image/png;base64,{_encoded(picture)}" '
        f'width="{picture.width}" height="{picture.height}" '
        f'alt="{name}: {text}" '
        'style="image-rendering: pixelated; max-width: none">'
        f"<figcaption><b>{name}</b><br>{text}</figcaption>"
        "</figure>"
    )


def _bounds(images: Array) -> tuple[float, float]:
    finite = images[np.isfinite(images)]
    if not finite.size:
        return 0.0, 1.0
    return float(finite.min()), float(finite.max())


def _picture(image: Array, value_range: tuple[float, float]) -> Image.Image:
    """Draws an image, as `tb-actmax export` does."""
    *sizes, height, width, channels = image.shape
    header: EventHeader = {
        "version": 1,
        "filters": [],
        "mime": "image/png",
        "value_range": value_range,
        "height": height,
        "width": width,
        "channels": channels,
        "depth": sizes[0] if sizes else 1,
    }
    zoom = _zoom([height, width])
    flat = image.reshape(-1, width, channels)
    return Image.fromarray(draw_tile(flat, header, zoom))


def _zoom(sizes: Sequence[int]) -> int:
    height, width = sizes
    if height == 1:  # a curve has a height of its own
        return max(1, round(2 * _SIDE / width)) if width < 2 * _SIDE else 1
    return max(1, -(-_SIDE // max(height, width)))


def _encoded(picture: Image.Image) -> str:
    file = io.BytesIO()
    picture.save(file, "PNG")
    return base64.b64encode(file.getvalue()).decode()
