"""What a log directory holds already."""

import logging
import os
import pathlib
import tempfile
from collections.abc import Iterator

from tb_actmax.records.event_files import begun, blobs_in, event_files

_log = logging.getLogger("tb_actmax")


def logged_steps(directory: str) -> dict[str, list[int]]:
    """Reads the tags and steps of the events in a directory.

    Args:
        directory: As `read_log` takes it.

    Returns:
        Steps in ascending order, by tag.
    """
    return read_log(directory)[0]


def read_log(
    directory: str,
) -> tuple[dict[str, list[int]], dict[str, list[bytes]]]:
    """Reads the steps of a directory's events, and the newest events.

    A file that is damaged, or ends in the middle of a record, as after a
    crash, is read up to there.

    Args:
        directory: Directory of event files; it need not exist. Any file
            system that TensorFlow knows.

    Returns:
        Steps in ascending order, by tag; and the blobs of the event with the
        largest step, by tag.
    """
    steps: dict[str, set[int]] = {}
    newest: dict[str, list[bytes]] = {}
    faults: list[str] = []
    for tag, step, blobs in blobs_in(_files(directory), faults):
        known = steps.setdefault(tag, set())
        if step >= max(known, default=step):
            newest[tag] = blobs
        known.add(step)
    for fault in faults:
        _log.info("In %s, %s", directory, fault)
    return {tag: sorted(found) for tag, found in steps.items()}, newest


def _files(directory: str) -> Iterator[pathlib.Path]:
    """The event files; those of other file systems as copies, one by one."""
    if "://" not in directory:
        yield from event_files(pathlib.Path(directory))
        return
    import tensorflow as tf

    gfile = tf.io.gfile
    found = gfile.glob(gfile.join(directory, "*tfevents*"))
    names = {os.path.basename(path): path for path in found}
    for name in sorted(names, key=begun):
        if gfile.isdir(names[name]):
            continue
        with tempfile.TemporaryDirectory() as place:
            copy = pathlib.Path(place) / name
            gfile.copy(names[name], str(copy))
            yield copy
