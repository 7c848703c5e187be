"""Reads logs without TensorBoard's server.

TensorFlow is imported only for file systems other than the local one.
"""

import logging
import os
import pathlib
import tempfile
from collections.abc import Collection, Iterator

from tb_actmax.records.event import PLUGIN_NAME, unchanged_since
from tb_actmax.records.event_files import (
    creation_order,
    event_files,
    read_files,
)
from tb_actmax.records.thumbnails import THUMBNAILS_PLUGIN, THUMBNAILS_TAG

_log = logging.getLogger("tb_actmax")


def find_run(path: str | os.PathLike[str]) -> pathlib.Path:
    """Finds the directory that holds a training's events.

    Args:
        path: A training's log directory, or its "actmax" folder.

    Raises:
        FileNotFoundError: If there are no event files.
    """
    path = pathlib.Path(path)
    for directory in (path / PLUGIN_NAME, path):
        if event_files(directory):
            return directory
    raise FileNotFoundError(
        f"There are no event files in {path} nor in {path / PLUGIN_NAME}."
    )


def read_blobs(
    path: str | os.PathLike[str], faults: list[str] | None = None
) -> Iterator[tuple[str, int, list[bytes]]]:
    """Reads the events of a training in the order they were written.

    A damaged or incomplete file is read up to the damage.

    Args:
        path: A training's log directory, or its "actmax" folder.
        faults: Receives a line for each file that cannot be read to its end.

    Yields:
        Tag, step and blobs of each event.

    Raises:
        FileNotFoundError: If there are no event files.
    """
    files = event_files(find_run(path))
    yield from read_files(files, [] if faults is None else faults)


def read_layer(
    path: str | os.PathLike[str], layer: str, epoch: int | None = None
) -> tuple[int, list[bytes]]:
    """Reads the event of one layer at one epoch.

    Args:
        path: A training's log directory, or its "actmax" folder.
        layer: Path of the layer.
        epoch: The epoch; `None` for the newest.

    Returns:
        The epoch and the event's blobs.

    Raises:
        FileNotFoundError: If there are no event files.
        ValueError: If the layer or the epoch is not logged; the message lists
            those that are.
    """
    layers: dict[str, dict[int, list[bytes]]] = {}
    for tag, step, blobs in read_blobs(path):
        layers.setdefault(tag, {})[step] = blobs
    if layer not in layers:
        raise ValueError(
            f"{path} has no layer {layer!r}; it has {', '.join(layers)}."
        )
    epochs = layers[layer]
    chosen = max(epochs) if epoch is None else epoch
    if chosen not in epochs:
        raise ValueError(
            f"{path} has {layer!r} at the epochs "
            f"{', '.join(map(str, sorted(epochs)))}, not at {chosen}."
        )
    since = unchanged_since(epochs[chosen])
    return chosen, epochs[since if since in epochs else chosen]


def logged_steps(directory: str) -> dict[str, list[int]]:
    """Reads the steps of a directory's events.

    Args:
        directory: See `read_log`.

    Returns:
        Steps in ascending order, by tag.
    """
    logged = read_log(directory)[0]
    logged.pop(THUMBNAILS_TAG, None)
    return logged


def read_log(
    directory: str,
) -> tuple[dict[str, list[int]], dict[str, list[bytes]]]:
    """Reads the steps of a directory's events, and the newest events.

    A file that is damaged or incomplete, as after a crash, is read up to the
    damage.

    Args:
        directory: Directory of event files, on any file system that
            TensorFlow knows. It need not exist.

    Returns:
        Steps in ascending order, by tag, including that of the thumbnails; and
        the blobs of each layer's event with the largest step, by tag.
    """
    steps: dict[str, set[int]] = {}
    newest: dict[str, list[bytes]] = {}
    faults: list[str] = []
    plugins = (PLUGIN_NAME, THUMBNAILS_PLUGIN)
    for tag, step, blobs in read_files(_files(directory), faults, plugins):
        known = steps.setdefault(tag, set())
        last = step >= max(known, default=step)
        own = tag != THUMBNAILS_TAG and unchanged_since(blobs) is None
        if last and own:
            newest[tag] = blobs
        known.add(step)
    for fault in faults:
        _log.info("In %s, %s", directory, fault)
    return {tag: sorted(found) for tag, found in steps.items()}, newest


def read_some(
    directory: str, wanted: Collection[tuple[str, int]]
) -> dict[tuple[str, int], list[bytes]]:
    """Reads the existing events of some tags and steps.

    Args:
        directory: See `read_log`.
        wanted: Tags and steps.
    """
    return {
        (tag, step): blobs
        for tag, step, blobs in read_files(_files(directory), [])
        if (tag, step) in wanted
    }


def _files(directory: str) -> Iterator[pathlib.Path]:
    """Lists event files; copies remote files one at a time."""
    if "://" not in directory:
        yield from event_files(pathlib.Path(directory))
        return
    import tensorflow as tf

    gfile = tf.io.gfile
    if not gfile.isdir(directory):
        return
    # `glob` would take the path as a pattern.
    names = [name for name in gfile.listdir(directory) if "tfevents" in name]
    for name in sorted(names, key=creation_order):
        path = gfile.join(directory, name)
        if gfile.isdir(path):
            continue
        with tempfile.TemporaryDirectory() as temporary:
            copy = pathlib.Path(temporary) / name
            gfile.copy(path, str(copy))
            yield copy
