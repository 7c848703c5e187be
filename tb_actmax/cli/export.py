"""Save logged images as a picture, an animation, arrays or a page."""

import argparse
import logging
import pathlib
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageOps

from tb_actmax.cli import page, sheets
from tb_actmax.printable import counted, plural
from tb_actmax.records.colours import reordered
from tb_actmax.records.event import Event, EventError, decode
from tb_actmax.records.reader import read_blobs

_log = logging.getLogger("tb_actmax")

_PICTURES = (".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff", ".bmp")
_DURATION = 400  # milliseconds of each epoch in an animation


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the command's arguments."""
    add = parser.add_argument
    add("run", help="log directory of a training, or of several with --html")
    add("--layer", help="path of the layer")
    add("--epoch", type=int, help="epoch, or batch (default: the last)")
    add("--filters", nargs="+", help="filters to show (default: all)")
    add(
        "--grid",
        type=_grid,
        metavar="ROWSxCOLUMNS",
        help="size of the grid, for example 3x3 (default: about square)",
    )
    add(
        "--margin",
        type=int,
        default=5,
        help="pixels between images (default: %(default)s)",
    )
    add(
        "--zoom",
        type=int,
        default=4,
        help="size of each pixel in the picture (default: %(default)s)",
    )
    add(
        "--channels",
        choices=("each", "components"),
        default="each",
        help="how to draw images of two or of more than three channels: each "
        "channel in grey, or their principal components in colour (default: "
        "%(default)s)",
    )
    add(
        "--channel-order",
        choices=("rgb", "bgr"),
        help="order in which the network takes colours (default: as logged)",
    )
    add("--gif", action="store_true", help="animate all epochs")
    add(
        "--npz",
        action="store_true",
        help="save arrays in the network's value range; of all epochs with "
        "--gif",
    )
    add("-o", "--output", type=pathlib.Path, help="file to write")
    page.add_arguments(parser)


def _grid(text: str) -> tuple[int, int]:
    try:
        rows, columns = map(int, text.lower().split("x"))
    except ValueError:
        rows = columns = 0
    if rows < 1 or columns < 1:
        raise argparse.ArgumentTypeError(
            f"a grid is ROWSxCOLUMNS, for example 3x3, not {text!r}"
        )
    return rows, columns


def run(options: argparse.Namespace) -> int:
    """Writes the file."""
    if options.html is not None:
        return page.run(options)
    _check(options)
    layer, events = _read_layer(options.run, options.layer)
    newest = events[max(events)]
    if options.channel_order is not None:
        for event in events.values():
            event.header["colours"] = reordered(
                event.header, options.channel_order
            )
    epochs = sorted(events) if options.gif else [max(events)]
    if options.epoch is not None:
        epochs = [options.epoch]
    if epochs[0] not in events:
        raise ValueError(
            f"{layer!r} is logged at the {plural(newest.unit)} "
            f"{', '.join(map(str, sorted(events)))}, not at {epochs[0]}."
        )
    rows, columns = options.grid or (None, None)
    count = rows and rows * columns
    chosen = {
        epoch: sheets.choose_images(events[epoch], options.filters, count)
        for epoch in epochs
    }
    if options.npz:
        _save_arrays(options.output, events, chosen)
    else:
        components = None
        if options.channels == "components":
            # Components of the first epoch, as in the tab, so that colours keep
            # their meaning.
            components = sheets.fit_components(events[min(events)])
        pictures = [
            sheets.draw_sheet(
                events[epoch],
                indices,
                columns,
                options.margin,
                options.zoom,
                components,
            )
            for epoch, indices in chosen.items()
        ]
        _save_pictures(options.output, pictures)
    if len(epochs) == 1:
        when = f"{newest.unit} {epochs[0]}"
    else:
        number = counted(len(epochs), newest.unit)
        when = f"{number}, {epochs[0]} to {epochs[-1]}"
    print(f"{options.output}: {layer}, {when}")
    return 0


def _check(options: argparse.Namespace) -> None:
    """Rejects impossible options before anything is read."""
    page.check_not_given(options)
    if options.layer is None or options.output is None:
        raise ValueError(
            "A picture needs --layer and --output; a page of all layers needs "
            "--html."
        )
    if options.margin < 0 or options.zoom < 1:
        raise ValueError("--margin is at least 0, --zoom at least 1.")
    if options.gif and options.epoch is not None:
        raise ValueError("--gif shows all epochs: leave out --epoch.")
    kinds: tuple[str, ...] = _PICTURES
    if options.gif:
        kinds = (".gif",)
    if options.npz:
        kinds = (".npz",)
    if options.output.suffix.lower() not in kinds:
        raise ValueError(
            f"{options.output} should end in {' or '.join(kinds)}."
        )
    page.check_folder(options.output)


def _read_layer(run: str, name: str) -> tuple[str, dict[int, Event]]:
    """Reads a layer's path and its intact events, by epoch."""
    last = name.rsplit("/", 1)[-1]
    blobs: dict[str, list[tuple[int, list[bytes]]]] = {}
    for tag, step, parts in read_blobs(run):
        kept = blobs.setdefault(tag, [])
        if tag.rsplit("/", 1)[-1] == last:
            kept.append((step, parts))
    same_name = [tag for tag in blobs if tag.rsplit("/", 1)[-1] == name]
    if name not in blobs and len(same_name) == 1:
        name = same_name[0]
    if name not in blobs:
        raise ValueError(
            f"{run} has no layer {name!r}; it has {', '.join(sorted(blobs))}."
        )
    events: dict[int, Event] = {}
    for step, parts in blobs[name]:
        try:
            event = decode(parts)
            since = event.header.get("unchanged_since")
            if since is None:
                events[step] = event
            elif since in events:
                events[step] = events[since]
            else:
                raise EventError(f"Its images, of step {since}, are gone.")
        except EventError as error:
            _log.warning("Epoch %d cannot be read: %s", step, error)
    if not events:
        raise ValueError(f"No epoch of {name!r} can be read.")
    return name, events


def _save_pictures(file: pathlib.Path, pictures: list[Image.Image]) -> None:
    """Saves a picture, or several as an animation."""
    if file.suffix.lower() != ".gif":
        pictures[0].save(file)
        return
    width = max(picture.width for picture in pictures)
    height = max(picture.height for picture in pictures)
    first, *others = (
        ImageOps.expand(
            picture,
            (0, 0, width - picture.width, height - picture.height),
            "white",
        )
        for picture in pictures
    )
    first.save(
        file, save_all=True, append_images=others, duration=_DURATION, loop=0
    )


def _save_arrays(
    file: pathlib.Path,
    events: Mapping[int, Event],
    chosen: Mapping[int, list[int]],
) -> None:
    """Saves images and keys of filters, by epoch if there are several."""
    arrays: dict[str, npt.NDArray[np.float32] | npt.NDArray[np.str_]] = {}
    for epoch, indices in chosen.items():
        suffix = "" if len(chosen) == 1 else f"_{epoch}"
        keys = [events[epoch].keys[index] for index in indices]
        arrays[f"images{suffix}"] = sheets.read_images(events[epoch], indices)
        arrays[f"filters{suffix}"] = np.array(keys)
    # NumPy's types treat every keyword as its own boolean option.
    np.savez(file, **arrays)  # type: ignore[arg-type]
