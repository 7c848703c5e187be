"""Finds the events of logs, and chooses those that a page shows."""

import dataclasses
import pathlib
from collections.abc import Collection, Iterator, Sequence

from tb_actmax.records.event import PLUGIN_NAME, training_name
from tb_actmax.records.event_files import (
    LoggedValue,
    event_files,
    read_values,
)
from tb_actmax.records.thumbnails import THUMBNAILS_PLUGIN

_PLUGINS = (PLUGIN_NAME, THUMBNAILS_PLUGIN)


@dataclasses.dataclass(frozen=True, order=True)
class LoggedEvent:
    """An event of a log."""

    run: str  # its path below the log directory
    tag: str  # path of the layer
    step: int


def find_runs(log_dir: pathlib.Path) -> dict[str, list[pathlib.Path]]:
    """Returns the event files of each run, by the name in TensorBoard.

    Raises a `FileNotFoundError` if there are none.
    """
    folders = [log_dir, *(p for p in log_dir.rglob("*") if p.is_dir())]
    runs = {
        _name(folder.relative_to(log_dir)): files
        for folder in sorted(folders)
        if (files := event_files(folder))
    }
    if not runs:
        raise FileNotFoundError(f"There are no event files below {log_dir}.")
    return runs


def _name(path: pathlib.Path) -> str:
    """Returns a path as text that can be encoded."""
    return path.as_posix().encode("utf-8", "replace").decode()


def read_run(files: Sequence[pathlib.Path]) -> Iterator[LoggedValue]:
    """Reads the events of one run; later events of a step win."""
    return read_values(files, [], _PLUGINS, checked=False)


def measure(
    runs: dict[str, list[pathlib.Path]],
) -> dict[LoggedEvent, int]:
    """Returns the size in bytes of each layer's events."""
    return {
        LoggedEvent(run, value.tag, value.step): sum(map(len, value.blobs))
        for run, files in runs.items()
        for value in read_run(files)
        if value.plugin == PLUGIN_NAME
    }


def chosen(
    events: Collection[LoggedEvent],
    runs: Sequence[str] | None,
    layers: Sequence[str] | None,
    epochs: Sequence[int] | None,
) -> list[LoggedEvent]:
    """Chooses events by runs, layers (paths or their last parts) and steps.

    `None` keeps all. Raises a `ValueError` if a name is not in the log.
    """
    known_runs = {event.run: training_name(event.run) for event in events}
    _check("run", runs, {*known_runs, *known_runs.values()})
    known_layers = {event.tag for event in events}
    _check("layer", layers, known_layers | set(map(_last, known_layers)))
    _check("epoch", epochs, {event.step for event in events})
    found = [
        event
        for event in events
        if (runs is None or {event.run, known_runs[event.run]} & {*runs})
        and (layers is None or {event.tag, _last(event.tag)} & {*layers})
        and (epochs is None or event.step in epochs)
    ]
    if not found:
        raise ValueError("No event is in all of --runs, --layers, --epochs.")
    return found


def _last(path: str) -> str:
    return path.rsplit("/", 1)[-1]


def _check(
    what: str,
    wanted: Sequence[str] | Sequence[int] | None,
    known: Collection[str] | Collection[int],
) -> None:
    unknown = [str(name) for name in wanted or () if name not in known]
    if unknown:
        listed = ", ".join(map(str, sorted(known, key=str)[:40]))
        raise ValueError(
            f"There is no {what} {', '.join(unknown)} in the log; it has "
            f"{listed}."
        )


def fitting(
    sizes: dict[LoggedEvent, int], most_bytes: int
) -> tuple[list[LoggedEvent], list[LoggedEvent]]:
    """Splits events into those that fit into a size, and the others.

    The newest epoch of each layer comes first, beginning with the smallest
    layers. Then come the first epochs, the middle epochs and so on, as long as
    they fit.
    """
    layers: dict[tuple[str, str], list[LoggedEvent]] = {}
    for event in sorted(sizes):
        layers.setdefault((event.run, event.tag), []).append(event)
    newest = {events[-1] for events in layers.values()}
    kept: list[LoggedEvent] = []
    left = most_bytes
    for event in sorted(newest, key=lambda event: sizes[event]):
        if sizes[event] <= left:
            kept.append(event)
            left -= sizes[event]
    held = {(event.run, event.tag) for event in kept}
    earlier = [
        (_turn(index, len(events)), index, event)
        for layer, events in layers.items()
        if layer in held
        for index, event in enumerate(events[:-1])
    ]
    for _, _, event in sorted(earlier):
        if sizes[event] > left:
            break
        kept.append(event)
        left -= sizes[event]
    return sorted(kept), sorted(set(sizes) - set(kept))


def _turn(index: int, count: int) -> int:
    """Ranks an epoch: the first, the middle, then the quarters."""
    step = 1 << count.bit_length()
    turn = 0
    while index % step:
        step //= 2
        turn += 1
    return turn
