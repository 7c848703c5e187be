"""Reads logs without TensorFlow and without TensorBoard's server."""

import os
import pathlib
import re
from collections.abc import Iterator

from tb_actmax.records.event import PLUGIN_NAME


def find_run(path: str | os.PathLike[str]) -> pathlib.Path:
    """The directory that holds a training's events.

    Args:
        path: A training's log directory, or its "actmax" folder.

    Raises:
        FileNotFoundError: If there are no events.
    """
    path = pathlib.Path(path)
    for place in (path / PLUGIN_NAME, path):
        if any(place.glob("*tfevents*")):
            return place
    raise FileNotFoundError(
        f"There are no event files in {path} nor in {path / PLUGIN_NAME}."
    )


def read_blobs(
    path: str | os.PathLike[str],
) -> Iterator[tuple[str, int, list[bytes]]]:
    """Reads what a training has logged, in the order it was written.

    A file that ends in the middle of a record is read up to there.

    Args:
        path: A training's log directory, or its "actmax" folder.

    Yields:
        Tag, step and blobs of each event of ours.

    Raises:
        FileNotFoundError: If there are no events.
    """
    from tensorboard.backend.event_processing import event_file_loader

    ours: set[str] = set()
    for file in sorted(find_run(path).glob("*tfevents*"), key=_written):
        for record in event_file_loader.EventFileLoader(str(file)).Load():
            for value in record.summary.value:
                if value.metadata.plugin_data.plugin_name == PLUGIN_NAME:
                    ours.add(value.tag)
                if value.tag in ours:
                    blobs = list(value.tensor.string_val)
                    yield value.tag, record.step, blobs


def _written(file: pathlib.Path) -> list[int]:
    """Sorts files as they were begun: their names hold time and count."""
    return [int(number) for number in re.findall(r"\d+", file.name)]


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
