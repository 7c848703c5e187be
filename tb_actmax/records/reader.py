"""Reads logs without TensorFlow and without TensorBoard's server."""

import os
import pathlib
from collections.abc import Iterator

from tb_actmax.records.event import PLUGIN_NAME
from tb_actmax.records.event_files import blobs_in, event_files


def find_run(path: str | os.PathLike[str]) -> pathlib.Path:
    """The directory that holds a training's events.

    Args:
        path: A training's log directory, or its "actmax" folder.

    Raises:
        FileNotFoundError: If there are no events.
    """
    path = pathlib.Path(path)
    for place in (path / PLUGIN_NAME, path):
        if event_files(place):
            return place
    raise FileNotFoundError(
        f"There are no event files in {path} nor in {path / PLUGIN_NAME}."
    )


def read_blobs(
    path: str | os.PathLike[str], faults: list[str] | None = None
) -> Iterator[tuple[str, int, list[bytes]]]:
    """Reads what a training has logged, in the order it was written.

    A file that is damaged, or ends in the middle of a record, is read up to
    there.

    Args:
        path: A training's log directory, or its "actmax" folder.
        faults: Takes a line for each file that could not be read to its end.

    Yields:
        Tag, step and blobs of each event of ours.

    Raises:
        FileNotFoundError: If there are no events.
    """
    files = event_files(find_run(path))
    yield from blobs_in(files, [] if faults is None else faults)


def read_layer(
    path: str | os.PathLike[str], layer: str, epoch: int | None = None
) -> tuple[int, list[bytes]]:
    """Reads one layer at one epoch.

    Args:
        path: A training's log directory, or its "actmax" folder.
        layer: Path of the layer.
        epoch: The epoch; `None` for the newest.

    Returns:
        The epoch and the event's blobs.

    Raises:
        FileNotFoundError: If there are no events.
        ValueError: If the layer or the epoch is not logged; with what is.
    """
    epochs: dict[str, dict[int, list[bytes]]] = {}
    for tag, step, blobs in read_blobs(path):
        epochs.setdefault(tag, {})[step] = blobs
    if layer not in epochs:
        raise ValueError(
            f"{path} has no layer {layer!r}; it has {', '.join(epochs)}."
        )
    steps = epochs[layer]
    wanted = max(steps) if epoch is None else epoch
    if wanted not in steps:
        raise ValueError(
            f"{path} has {layer!r} at the epochs "
            f"{', '.join(map(str, sorted(steps)))}, not at {wanted}."
        )
    return wanted, steps[wanted]
