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
    read_values,
)
from tb_actmax.records.thumbnails import THUMBNAILS_PLUGIN, THUMBNAILS_TAG

_log = logging.getLogger("tb_actmax")


def find_run(path: str | os.PathLike[str]) -> pathlib.Path:
    """Finds a training's events in the folder "actmax" of a path, or in the path.

    Raises a `FileNotFoundError` if there are no event files.
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
    """Yields tag, step and blobs of a training's events in the order written.

    See `find_run` and `read_values`.
    """
    files = event_files(find_run(path))
    for value in read_values(files, [] if faults is None else faults):
        yield value.tag, value.step, value.blobs


def read_layer(
    path: str | os.PathLike[str], layer: str, epoch: int | None = None
) -> tuple[int, list[bytes]]:
    """Returns the epoch and blobs of a layer's event, by default the newest.

    Raises a `ValueError` that lists the layers or epochs that are logged.
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
    """Returns the steps of a directory's events by tag, ascending."""
    logged = read_log(directory)[0]
    logged.pop(THUMBNAILS_TAG, None)
    return logged


def read_log(
    directory: str,
) -> tuple[dict[str, list[int]], dict[str, list[bytes]]]:
    """Returns the steps of a directory's events, and the newest events, by tag.

    The steps are ascending, and include that of the thumbnails. The newest
    events are the last with images of their own. The directory, on any file
    system that TensorFlow knows, need not exist. A file that is damaged or
    incomplete, as after a crash, is read up to the damage.
    """
    steps: dict[str, set[int]] = {}
    newest: dict[str, list[bytes]] = {}
    faults: list[str] = []
    plugins = (PLUGIN_NAME, THUMBNAILS_PLUGIN)
    for value in read_values(_files(directory), faults, plugins):
        known = steps.setdefault(value.tag, set())
        last = value.step >= max(known, default=value.step)
        layer = value.tag != THUMBNAILS_TAG
        if last and layer and unchanged_since(value.blobs) is None:
            newest[value.tag] = value.blobs
        known.add(value.step)
    for fault in faults:
        _log.info("In %s, %s", directory, fault)
    return {tag: sorted(found) for tag, found in steps.items()}, newest


def read_some(
    directory: str, wanted: Collection[tuple[str, int]]
) -> dict[tuple[str, int], list[bytes]]:
    """Reads the existing events of some tags and steps."""
    return {
        (value.tag, value.step): value.blobs
        for value in read_values(_files(directory), [])
        if (value.tag, value.step) in wanted
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
