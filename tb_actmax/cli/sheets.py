"""Logged images of a layer in one picture."""

import argparse

import numpy as np
import numpy.typing as npt
from PIL import Image

from tb_actmax.cli import pca as components
from tb_actmax.cli.tiles import tile
from tb_actmax.records import event
from tb_actmax.records.images import contact_sheet, decode_image, to_bytes

_LARGEST_SHEET = 1 << 28  # pixels


def basis(
    logged: dict[int, event.Event], options: argparse.Namespace
) -> components.Components | None:
    """What many channels are drawn by, if it is asked for.

    Of the first epoch, as in the tab: colours mean the same in all.

    Raises:
        ValueError: If the layer's images have no many channels.
    """
    if options.channels == "each" or options.npz:
        return None
    first = logged[min(logged)]
    components.check_many_channels(first.header)
    places = list(range(len(first.keys)))[: components.MOST]
    low, high = first.header["value_range"]
    return components.components_of(
        [to_bytes(image, (low, high)) for image in images_at(first, places)]
    )


def places_of(logged: event.Event, options: argparse.Namespace) -> list[int]:
    """Places of the wanted images in an event."""
    if options.filters is None:
        places = list(range(len(logged.keys)))
    else:
        unknown = [k for k in options.filters if k not in logged.keys]
        if unknown:
            raise ValueError(
                f"Not logged: {', '.join(unknown)}. Logged are "
                f"{', '.join(logged.keys)}."
            )
        places = [logged.keys.index(key) for key in options.filters]
    if options.grid is not None:
        places = places[: options.grid[0] * options.grid[1]]
    return places


def images_at(
    logged: event.Event, places: list[int]
) -> npt.NDArray[np.float32]:
    """Images at places of an event, (n, height, width, channels).

    Raises:
        ValueError: If there are none, or one cannot be read.
    """
    low, high = logged.header["value_range"]
    channels = logged.header["channels"]
    if not places:
        raise ValueError("There is no image to export.")
    for place in places:
        fault = event.image_fault(logged.header, logged.images[place])
        if fault is not None:
            raise ValueError(f"{logged.keys[place]}: {fault}")
    return np.stack(
        [
            decode_image(logged.images[place], (low, high), channels)
            for place in places
        ]
    )


def draw(logged: event.Event, options: argparse.Namespace) -> Image.Image:
    """The wanted images of an event, stitched.

    Raises:
        ValueError: If there are none, or they are too large together.
    """
    places = places_of(logged, options)
    images, margin = images_at(logged, places), options.margin
    columns = (
        options.grid[1]
        if options.grid is not None
        else int(np.ceil(np.sqrt(len(places))))
    )
    rows = -(-len(places) // columns)
    first = tile(images[0], logged.header, 1, options.basis)
    height, width = (side * options.zoom for side in first.shape[:2])
    if (rows * (height + margin) + margin) * (
        columns * (width + margin) + margin
    ) > _LARGEST_SHEET:
        raise ValueError(
            "That is too large: take --zoom 1, a smaller --margin or fewer "
            "--filters."
        )
    tiles = [
        tile(image, logged.header, options.zoom, options.basis)
        for image in images
    ]
    return contact_sheet(tiles, columns, margin)


def on_canvas(sheet: Image.Image, size: tuple[int, int]) -> Image.Image:
    """A picture on a white one of a size, (width, height)."""
    canvas = Image.new(sheet.mode, size, "white")
    canvas.paste(sheet)
    return canvas
