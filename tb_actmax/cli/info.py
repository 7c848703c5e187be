"""Say what is in a log, and what is broken in it."""

import argparse
import pathlib

from tb_actmax.cli.printable import printable
from tb_actmax.records import event
from tb_actmax.records.header import ImageSize
from tb_actmax.records.reader import read_blobs


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the part's arguments."""
    parser.add_argument(
        "directory",
        type=pathlib.Path,
        help="a log directory, of one training or of several",
    )


def run(options: argparse.Namespace) -> int:
    """Prints each training's layers, epochs and faults; 1 if there are any.

    Raises:
        FileNotFoundError: If there is no log.
    """
    places = _runs(options.directory)
    if not places:
        raise FileNotFoundError(
            f"There is no log of tb_actmax in {options.directory}."
        )
    broken = 0
    for place in places:
        print(printable(str(place)))
        broken += _describe(place)
    if broken:
        print(f"Of what is logged, {broken} cannot be read.")
    return 1 if broken else 0


def _runs(directory: pathlib.Path) -> list[pathlib.Path]:
    files = directory.rglob("*tfevents*")
    found = {path.parent for path in files if path.is_file()}
    return sorted(
        place for place in found if next(read_blobs(place), None) is not None
    )


def _describe(place: pathlib.Path) -> int:
    epochs: dict[str, list[int]] = {}
    newest: dict[str, event.Event] = {}
    faults: list[str] = []
    for tag, step, blobs in read_blobs(place, faults):
        epochs.setdefault(tag, []).append(step)
        try:
            newest[tag] = event.decode(blobs)
        except event.EventError as error:
            faults.append(f"{tag}, epoch {step}: {error}")
    for tag, steps in epochs.items():
        logged = newest.get(tag)
        unit = "epoch" if logged is None else logged.unit
        plural = "" if len(steps) == 1 else "s"
        line = f"  {tag}: {len(steps)} {unit}{plural}, {_ranges(steps)}"
        if logged is not None:
            header = logged.header
            line += (
                f"; {len(logged.filters)} of "
                f"{header.get('layer_filters', '?')} filters, "
                f"{_size(header)}"
            )
            status = [entry.get("status") for entry in logged.filters]
            for mark in ("dead", "weak", "flat"):
                if mark in status:
                    line += f", {status.count(mark)} {mark}"
        print(printable(line))
    for fault in faults:
        print(f"  broken: {printable(fault)}")
    return len(faults)


def _size(header: ImageSize) -> str:
    """ "16 x 16 px", "32 samples, 2 channels", "4 x 8 x 8 px, 5 channels"."""
    depth, height = header.get("depth"), header["height"]
    width, channels = header["width"], header["channels"]
    if height == 1 and not depth:
        size = f"{width} samples"
    else:
        slices = f"{depth} x " if depth else ""
        size = f"{slices}{height} x {width} px"
    return size if channels in (1, 3) else f"{size}, {channels} channels"


def _ranges(steps: list[int]) -> str:
    """ "0-3, 5" for [0, 1, 2, 3, 5]."""
    parts: list[list[int]] = []
    for step in sorted(set(steps)):
        if parts and step == parts[-1][-1] + 1:
            parts[-1].append(step)
        else:
            parts.append([step])
    return ", ".join(
        f"{part[0]}-{part[-1]}" if len(part) > 1 else str(part[0])
        for part in parts
    )
