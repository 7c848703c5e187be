"""Save logged images as one picture, an animation or an array."""

import argparse
import logging
import pathlib

import numpy as np
import numpy.typing as npt
from PIL import Image

from tb_actmax.records import event
from tb_actmax.records.images import contact_sheet, decode_image, to_bytes
from tb_actmax.records.reader import read_blobs

_log = logging.getLogger("tb_actmax")

Bytes = npt.NDArray[np.uint8]

_LARGEST_SHEET = 1 << 28  # pixels


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the part's arguments."""
    parser.add_argument("run", help="log directory of a training")
    parser.add_argument("--layer", required=True, help="path of the layer")
    parser.add_argument("--epoch", type=int, help="epoch; default: the newest")
    parser.add_argument(
        "--filters", nargs="+", help="filters to show; default: all"
    )
    parser.add_argument(
        "--grid", type=_grid, help="ROWSxCOLUMNS, 3x3 for instance"
    )
    parser.add_argument(
        "--margin", type=int, default=5, help="pixels between the images"
    )
    parser.add_argument(
        "--zoom", type=int, default=4, help="times to enlarge each pixel"
    )
    parser.add_argument(
        "--gif", action="store_true", help="all epochs, as an animation"
    )
    parser.add_argument(
        "--npz",
        action="store_true",
        help="arrays in the network's input range, of all epochs with --gif",
    )
    parser.add_argument(
        "-o", "--output", type=pathlib.Path, required=True, help="file to write"
    )


def _grid(text: str) -> tuple[int, int]:
    try:
        rows, columns = (int(part) for part in text.lower().split("x"))
    except ValueError:
        rows = columns = 0
    if rows < 1 or columns < 1:
        raise argparse.ArgumentTypeError("say ROWSxCOLUMNS, 3x3 for instance")
    return rows, columns


def run(options: argparse.Namespace) -> int:
    """Writes the file.

    Raises:
        FileNotFoundError: If there is no log.
        ValueError: If what is asked for is not logged; with what is.
    """
    if options.margin < 0 or options.zoom < 1:
        raise ValueError("--margin is at least 0, --zoom at least 1.")
    logged: dict[int, event.Event] = {}
    tags, faults = set(), {}
    for tag, step, blobs in read_blobs(options.run):
        tags.add(tag)
        if tag == options.layer:
            try:
                logged[step] = event.decode(blobs)
            except event.EventError as error:
                faults[step] = str(error)
    if options.layer not in tags:
        raise ValueError(
            f"{options.run} has no layer {options.layer!r}; it has "
            f"{', '.join(sorted(tags))}."
        )
    for step, fault in faults.items():
        _log.warning("Epoch %d cannot be read: %s", step, fault)
    if not logged:
        raise ValueError(f"No epoch of {options.layer!r} can be read.")
    epoch = max(logged) if options.epoch is None else options.epoch
    if epoch not in logged:
        raise ValueError(
            f"{options.layer!r} is logged at the epochs "
            f"{', '.join(map(str, sorted(logged)))}, not at {epoch}."
        )
    epochs = sorted(logged) if options.gif else [epoch]
    if options.npz:
        _save_arrays(options, {step: logged[step] for step in epochs})
    elif options.gif:
        sheets = [_sheet(logged[step], options) for step in epochs]
        size = (max(s.width for s in sheets), max(s.height for s in sheets))
        frames = [_on_canvas(sheet, size) for sheet in sheets]
        frames[0].save(
            options.output,
            "GIF",
            save_all=True,
            append_images=frames[1:],
            duration=400,
            loop=0,
        )
    else:
        _sheet(logged[epoch], options).save(options.output)
    print(f"{options.output}: {options.layer}, {_said(epochs)}")
    return 0


def _said(epochs: list[int]) -> str:
    if len(epochs) == 1:
        return f"epoch {epochs[0]}"
    return f"{len(epochs)} epochs, {epochs[0]} to {epochs[-1]}"


def _chosen(logged: event.Event, options: argparse.Namespace) -> list[int]:
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


def _images(logged: event.Event, places: list[int]) -> npt.NDArray[np.float32]:
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


def _sheet(logged: event.Event, options: argparse.Namespace) -> Image.Image:
    places = _chosen(logged, options)
    low, high = logged.header["value_range"]
    tiles: list[Bytes] = []
    for image in _images(logged, places):
        pixels = to_bytes(image, (low, high))
        if pixels.shape[2] != 3:
            pixels = pixels.mean(axis=2, keepdims=True).astype(np.uint8)
        tiles.append(pixels[..., 0] if pixels.shape[2] == 1 else pixels)
    columns = (
        options.grid[1]
        if options.grid is not None
        else int(np.ceil(np.sqrt(len(tiles))))
    )
    if sum(tile.size for tile in tiles) * options.zoom**2 > _LARGEST_SHEET:
        raise ValueError("That is too large: take --zoom 1 or fewer --filters.")
    return contact_sheet(tiles, columns, options.margin, options.zoom)


def _on_canvas(sheet: Image.Image, size: tuple[int, int]) -> Image.Image:
    canvas = Image.new(sheet.mode, size, "white")
    canvas.paste(sheet)
    return canvas


def _save_arrays(
    options: argparse.Namespace, logged: dict[int, event.Event]
) -> None:
    arrays = {}
    for step, one in logged.items():
        places = _chosen(one, options)
        name = "images" if len(logged) == 1 else f"images_{step}"
        arrays[name] = _images(one, places)
        arrays[name.replace("images", "filters")] = np.array(
            [one.keys[place] for place in places]
        )
    # NumPy's types take any name for its own switch, a bool.
    np.savez(options.output, **arrays)  # type: ignore[arg-type]
