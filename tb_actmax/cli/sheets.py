"""Draws the images of a layer as one picture."""

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from PIL import Image

from tb_actmax.records import pca
from tb_actmax.records.event import Event, image_fault
from tb_actmax.records.images import contact_sheet, decode_image, to_bytes
from tb_actmax.records.tiles import draw_tile

_LARGEST_SHEET = 1 << 28  # pixels


def choose_images(
    event: Event, keys: Sequence[str] | None, count: int | None = None
) -> list[int]:
    """Returns the indices of an event's images of filters, at most `count`."""
    unknown = [key for key in keys or () if key not in event.keys]
    if unknown:
        raise ValueError(
            f"Not logged: {', '.join(unknown)}. Logged are "
            f"{', '.join(event.keys)}."
        )
    wanted = event.keys if keys is None else keys
    return [event.keys.index(key) for key in wanted][:count]


def read_images(
    event: Event, indices: Sequence[int]
) -> npt.NDArray[np.float32]:
    """Decodes images (n, height, width, channels) of an event."""
    if not indices:
        raise ValueError("There is no image to export.")
    low, high = event.header["value_range"]
    channels = event.header["channels"]
    images = []
    for index in indices:
        fault = image_fault(event.header, event.images[index])
        if fault is not None:
            raise ValueError(f"{event.keys[index]}: {fault}")
        images.append(decode_image(event.images[index], (low, high), channels))
    return np.stack(images)


def fit_components(event: Event) -> pca.PrincipalComponents:
    """Computes the principal components of an event's images."""
    pca.check_many_channels(event.header)
    low, high = event.header["value_range"]
    images = read_images(event, choose_images(event, None, pca.MAX_IMAGES))
    return pca.PrincipalComponents.fit(
        [to_bytes(image, (low, high)) for image in images]
    )


def draw_sheet(
    event: Event,
    indices: Sequence[int],
    columns: int | None,
    margin: int,
    zoom: int,
    components: pca.PrincipalComponents | None,
) -> Image.Image:
    """Draws images of an event as a grid, by default about square.

    `margin` is in pixels, and `zoom` the size of each pixel of an image.
    """
    images = read_images(event, indices)
    if columns is None:
        columns = math.isqrt(len(images) - 1) + 1
    rows = -(-len(images) // columns)
    small = draw_tile(images[0], event.header, 1, components)
    height, width = (
        count * (size * zoom + margin) + margin
        for count, size in zip((rows, columns), small.shape[:2], strict=True)
    )
    if height * width > _LARGEST_SHEET:
        raise ValueError(
            f"The picture would have {width} x {height} pixels: use --zoom 1, "
            "a smaller --margin or fewer --filters."
        )
    tiles = [
        draw_tile(image, event.header, zoom, components) for image in images
    ]
    return contact_sheet(tiles, columns, margin)
