"""Reads logs without TensorFlow and without TensorBoard's server."""

import os
import pathlib
import re
import struct
from collections.abc import Iterator
from typing import Any

from tb_actmax.records.event import PLUGIN_NAME

_FRAME = 16  # bytes around a record: its length and two checksums


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


def event_files(place: pathlib.Path) -> list[pathlib.Path]:
    """The event files in a directory, in the order they were begun."""
    files = [path for path in place.glob("*tfevents*") if path.is_file()]
    return sorted(files, key=_begun)


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
    ours: set[str] = set()
    for file in event_files(find_run(path)):
        for record in _events(file, [] if faults is None else faults):
            for value in record.summary.value:
                if value.metadata.plugin_data.plugin_name == PLUGIN_NAME:
                    ours.add(value.tag)
                if value.tag in ours:
                    blobs = list(value.tensor.string_val)
                    yield value.tag, record.step, blobs


def _events(file: pathlib.Path, faults: list[str]) -> Iterator[Any]:
    from tensorboard.backend.event_processing import event_file_loader
    from tensorboard.compat.proto import event_pb2

    read = 0
    records = event_file_loader.RawEventFileLoader(str(file)).Load()
    # TensorFlow's reader crashes over a length that is beyond the file, if
    # its checksum is right: no more is asked for than is there.
    for _ in range(_count(file)):
        data = next(records, None)
        if data is None:
            break
        read += len(data) + _FRAME
        try:
            found = event_pb2.Event.FromString(data)
        except Exception as error:  # protobuf's, which differs by version
            faults.append(f"{file.name}: a record is no event ({error}).")
            continue
        yield found
    # The loader ends without a word where a checksum is wrong.
    size = file.stat().st_size
    if read < size:
        faults.append(
            f"{file.name}: damaged or not finished after {read} of {size} "
            "bytes; what follows is not read."
        )


def _count(file: pathlib.Path) -> int:
    """How many records there are, going by their lengths alone."""
    size, end, count = file.stat().st_size, 0, 0
    with file.open("rb") as stream:
        while end + _FRAME <= size:
            stream.seek(end)
            (length,) = struct.unpack("<Q", stream.read(8))
            end += length + _FRAME
            count += end <= size
    return count


def _begun(file: pathlib.Path) -> list[int]:
    """Sorts files as they were begun: their names hold time and count."""
    return [int(number) for number in re.findall(r"[0-9]+", file.name)]


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
