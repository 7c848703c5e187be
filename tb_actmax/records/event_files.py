"""Reads the plugin's events from event files, which may be damaged."""

import pathlib
import re
import struct
from collections.abc import Collection, Iterable, Iterator

from tb_actmax.records.event import PLUGIN_NAME

_FRAME = 16  # bytes around a record: its length and two checksums


def event_files(directory: pathlib.Path) -> list[pathlib.Path]:
    """Lists the event files of a directory, the oldest first."""
    files = [path for path in directory.glob("*tfevents*") if path.is_file()]
    return sorted(files, key=lambda file: creation_order(file.name))


def creation_order(name: str) -> list[int]:
    """Returns a sort key: the time and the count in an event file's name."""
    return [int(number) for number in re.findall(r"[0-9]+", name)]


def read_files(
    files: Iterable[pathlib.Path],
    faults: list[str],
    plugins: Collection[str] = (PLUGIN_NAME,),
) -> Iterator[tuple[str, int, list[bytes]]]:
    """Reads the plugin's events from the files of one run.

    A file that is damaged, or ends within a record, is read up to there.

    Args:
        files: The files, the oldest first.
        faults: Receives a line for each file that cannot be read to its end.
        plugins: Names of the plugins whose events are read.

    Yields:
        Tag, step and blobs of each event.
    """
    from tensorboard.compat.proto import event_pb2

    tags: set[str] = set()  # only the first event of a tag names its plugin
    for file in files:
        for data in _records(file, faults):
            try:
                found = event_pb2.Event.FromString(data)
            except Exception as error:  # its class depends on protobuf
                faults.append(
                    f"{file.name}: a record is not an event ({error})."
                )
                continue
            for value in found.summary.value:
                if value.metadata.plugin_data.plugin_name in plugins:
                    tags.add(value.tag)
                if value.tag in tags:
                    yield value.tag, found.step, list(value.tensor.string_val)


def _records(file: pathlib.Path, faults: list[str]) -> Iterator[bytes]:
    from tensorboard.backend.event_processing import event_file_loader

    read = 0
    records = event_file_loader.RawEventFileLoader(str(file)).Load()
    # TensorFlow's reader crashes at a record that has a valid checksum but
    # claims to exceed the file, so only whole records are read.
    for _ in range(_count(file)):
        data = next(records, None)
        if data is None:
            break
        read += len(data) + _FRAME
        yield data
    # The loader stops silently at a wrong checksum.
    size = file.stat().st_size
    if read < size:
        faults.append(
            f"{file.name}: damaged or not finished after {read} of {size} "
            "bytes; the rest is not read."
        )


def _count(file: pathlib.Path) -> int:
    """Counts the whole records by their lengths."""
    size, end, count = file.stat().st_size, 0, 0
    with file.open("rb") as stream:
        while end + _FRAME <= size:
            stream.seek(end)
            (length,) = struct.unpack("<Q", stream.read(8))
            end += length + _FRAME
            count += end <= size
    return count
