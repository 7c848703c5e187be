"""List the layers and epochs of a log, and report damage."""

import argparse
import pathlib

from tb_actmax.printable import counted, printable
from tb_actmax.records import event
from tb_actmax.records.header import ImageSize
from tb_actmax.records.reader import read_blobs


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the command's arguments."""
    parser.add_argument(
        "directory",
        type=pathlib.Path,
        help="log directory of one training, or a folder of several",
    )


def run(options: argparse.Namespace) -> int:
    """Prints what each training has logged; returns 1 if any is damaged."""
    runs = _find_runs(options.directory)
    if not runs:
        raise FileNotFoundError(
            f"There is no log of tb_actmax in {options.directory}."
        )
    damaged = 0
    for run_directory in runs:
        print(printable(str(run_directory)))
        damaged += _describe(run_directory)
    if damaged:
        print(f"Damaged files or events: {damaged}")
    return 1 if damaged else 0


def _find_runs(directory: pathlib.Path) -> list[pathlib.Path]:
    """Returns the directories that hold events of tb_actmax."""
    files = directory.rglob("*tfevents*")
    parents = {path.parent for path in files if path.is_file()}
    return sorted(
        parent
        for parent in parents
        if next(read_blobs(parent), None) is not None
    )


def _describe(directory: pathlib.Path) -> int:
    """Prints a line for each layer and each problem; counts the problems."""
    steps: dict[str, list[int]] = {}
    newest: dict[str, event.Event] = {}
    problems: list[str] = []
    for tag, step, blobs in read_blobs(directory, problems):
        steps.setdefault(tag, []).append(step)
        try:
            if event.unchanged_since(blobs) is None:
                newest[tag] = event.decode(blobs)
        except event.EventError as error:
            problems.append(f"{tag}, epoch {step}: {error}")
    for tag in steps:
        print(printable(f"  {tag}: {_summary(steps[tag], newest.get(tag))}"))
    for problem in problems:
        print(f"  damaged: {printable(problem)}")
    return len(problems)


def _summary(steps: list[int], newest: event.Event | None) -> str:
    """Returns "3 epochs, 0-2; 4 of 8 filters, 16 x 16 px, 1 dead"."""
    unit = "epoch" if newest is None else newest.unit
    summary = f"{counted(len(steps), unit)}, {_ranges(steps)}"
    if newest is None:
        return summary
    header = newest.header
    parts = [
        f"{len(newest.filters)} of {header.get('layer_filters', '?')} filters",
        _size(header),
    ]
    status = [entry.get("status") for entry in newest.filters]
    parts += [
        f"{status.count(name)} {name}"
        for name in ("dead", "weak", "flat")
        if name in status
    ]
    return f"{summary}; {', '.join(parts)}"


def _size(header: ImageSize) -> str:
    """Returns "16 x 16 px", "32 samples, 2 channels" or "4 x 8 x 8 px"."""
    depth, height = header.get("depth"), header["height"]
    width, channels = header["width"], header["channels"]
    if height == 1 and not depth:
        size = f"{width} samples"
    else:
        slices = f"{depth} x " if depth else ""
        size = f"{slices}{height} x {width} px"
    return size if channels in (1, 3) else f"{size}, {channels} channels"


def _ranges(steps: list[int]) -> str:
    """Returns "0-3, 5" for [0, 1, 2, 3, 5]."""
    ranges: list[tuple[int, int]] = []
    for step in sorted(set(steps)):
        if ranges and step == ranges[-1][1] + 1:
            ranges[-1] = (ranges[-1][0], step)
        else:
            ranges.append((step, step))
    return ", ".join(
        str(first) if first == last else f"{first}-{last}"
        for first, last in ranges
    )
