"""Save logged images as one picture, an animation or an array."""

import argparse
import logging
import pathlib

import numpy as np

from tb_actmax.cli import sheets
from tb_actmax.records import event
from tb_actmax.records.reader import read_blobs

_log = logging.getLogger("tb_actmax")

_PICTURES = (".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff", ".bmp")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the part's arguments."""
    parser.add_argument("run", help="log directory of a training")
    parser.add_argument("--layer", required=True, help="path of the layer")
    parser.add_argument(
        "--epoch", type=int, help="epoch, or step; default: the newest"
    )
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
        "--channels",
        choices=("each", "components"),
        default="each",
        help="of images that are neither grey nor coloured: each channel, or "
        "their principal components in colour",
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
    _check(options)
    logged = _logged(options)
    epoch = max(logged) if options.epoch is None else options.epoch
    if epoch not in logged:
        raise ValueError(
            f"{options.layer!r} is logged at the {_unit(logged)}s "
            f"{', '.join(map(str, sorted(logged)))}, not at {epoch}."
        )
    epochs = sorted(logged) if options.gif else [epoch]
    options.basis = sheets.basis(logged, options)
    if options.npz:
        _save_arrays(options, {step: logged[step] for step in epochs})
    elif options.gif:
        drawn = [sheets.draw(logged[step], options) for step in epochs]
        size = (max(s.width for s in drawn), max(s.height for s in drawn))
        frames = [sheets.on_canvas(sheet, size) for sheet in drawn]
        frames[0].save(
            options.output,
            "GIF",
            save_all=True,
            append_images=frames[1:],
            duration=400,
            loop=0,
        )
    else:
        sheets.draw(logged[epoch], options).save(options.output)
    print(f"{options.output}: {options.layer}, {_said(epochs, _unit(logged))}")
    return 0


def _check(options: argparse.Namespace) -> None:
    """Refuses what cannot be made, before anything is read."""
    if options.margin < 0 or options.zoom < 1:
        raise ValueError("--margin is at least 0, --zoom at least 1.")
    if options.gif and options.epoch is not None:
        raise ValueError("--gif shows all epochs: leave out --epoch.")
    kinds = (".npz",) if options.npz else _PICTURES
    if options.gif and not options.npz:
        kinds = (".gif",)
    if options.output.suffix.lower() not in kinds:
        raise ValueError(
            f"{options.output} should end in {' or '.join(kinds)}."
        )
    folder = options.output.parent
    if not folder.is_dir():
        raise FileNotFoundError(f"There is no folder {folder} to write into.")


def _logged(options: argparse.Namespace) -> dict[int, event.Event]:
    """The layer's events that can be read, by epoch."""
    tags: dict[str, list[tuple[int, list[bytes]]]] = {}
    for tag, step, blobs in read_blobs(options.run):
        kept = tags.setdefault(tag, [])
        if tag.rsplit("/", 1)[-1] == options.layer.rsplit("/", 1)[-1]:
            kept.append((step, blobs))
    short = [tag for tag in tags if tag.rsplit("/", 1)[-1] == options.layer]
    if options.layer not in tags and len(short) == 1:
        options.layer = short[0]
    if options.layer not in tags:
        raise ValueError(
            f"{options.run} has no layer {options.layer!r}; it has "
            f"{', '.join(sorted(tags))}."
        )
    logged = {}
    for step, blobs in tags[options.layer]:
        try:
            logged[step] = event.decode(blobs)
        except event.EventError as error:
            _log.warning("Epoch %d cannot be read: %s", step, error)
    if not logged:
        raise ValueError(f"No epoch of {options.layer!r} can be read.")
    return logged


def _unit(logged: dict[int, event.Event]) -> str:
    return logged[max(logged)].unit


def _said(epochs: list[int], unit: str) -> str:
    if len(epochs) == 1:
        return f"{unit} {epochs[0]}"
    return f"{len(epochs)} {unit}s, {epochs[0]} to {epochs[-1]}"


def _save_arrays(
    options: argparse.Namespace, logged: dict[int, event.Event]
) -> None:
    arrays = {}
    for step, one in logged.items():
        places = sheets.places_of(one, options)
        name = "images" if len(logged) == 1 else f"images_{step}"
        arrays[name] = sheets.images_at(one, places)
        arrays[name.replace("images", "filters")] = np.array(
            [one.keys[place] for place in places]
        )
    # NumPy's types take any name for its own switch, a bool.
    np.savez(options.output, **arrays)  # type: ignore[arg-type]
