"""Reads the plugin's events from event files, which may be damaged."""

import pathlib
import re
import struct
from collections.abc import Collection, Iterable, Iterator
from typing import NamedTuple

from tb_actmax.records.event import PLUGIN_NAME

FRAME = 16  # bytes around a record: its length and two checksums
_LEAD = 12  # of them before it
_LONGEST = (1 << 31) - 1  # bytes of an event, a limit of protocol buffers


def event_files(directory: pathlib.Path) -> list[pathlib.Path]:
    """Lists the event files of a directory, the oldest first."""
    files = [path for path in directory.glob("*tfevents*") if path.is_file()]
    return sorted(files, key=lambda file: creation_order(file.name))


def creation_order(name: str) -> list[int]:
    """Returns a sort key: the time and the count in an event file's name."""
    return [int(number) for number in re.findall(r"[0-9]+", name)]


class LoggedValue(NamedTuple):
    """Blobs of a plugin in an event file."""

    tag: str
    step: int
    wall_time: float  # seconds since 1970
    plugin: str
    content: bytes  # the plugin's metadata in the tag's first event
    blobs: list[bytes]


def read_values(
    files: Iterable[pathlib.Path],
    faults: list[str],
    plugins: Collection[str] = (PLUGIN_NAME,),
    checked: bool = True,
) -> Iterator[LoggedValue]:
    """Reads values of some plugins from the files of a run, the oldest first.

    A damaged or incomplete file is read up to the damage, and adds a line to
    `faults`. `checked` compares the checksums of records: with TensorFlow, if
    it is installed, whose import takes seconds; else in Python, a second for 4
    MB.
    """
    from tensorboard.compat.proto import event_pb2

    # Only the first event of a tag names its plugin.
    tags: dict[str, tuple[str, bytes]] = {}
    for file in files:
        found_in = _records(file, faults) if checked else whole_records(file)
        for data in found_in:
            try:
                found = event_pb2.Event.FromString(data)
            except Exception as error:  # its class depends on protobuf
                faults.append(
                    f"{file.name}: a record is not an event ({error})."
                )
                continue
            for value in found.summary.value:
                about = value.metadata.plugin_data
                if about.plugin_name in plugins:
                    tags.setdefault(
                        value.tag, (about.plugin_name, about.content)
                    )
                if value.tag in tags:
                    yield LoggedValue(
                        value.tag,
                        found.step,
                        found.wall_time,
                        *tags[value.tag],
                        list(value.tensor.string_val),
                    )


def _records(file: pathlib.Path, faults: list[str]) -> Iterator[bytes]:
    from tensorboard.backend.event_processing import event_file_loader

    read = 0
    records = event_file_loader.RawEventFileLoader(str(file)).Load()
    # TensorFlow's reader crashes at a record with a valid checksum whose length
    # exceeds the file, so only complete records are read.
    for _ in _lengths(file):
        data = next(records, None)
        if data is None:
            break
        read += len(data) + FRAME
        yield data
    # The loader stops silently at a wrong checksum.
    size = file.stat().st_size
    if read < size:
        faults.append(
            f"{file.name}: damaged or not finished after {read} of {size} "
            "bytes; the rest is not read."
        )


def whole_records(file: pathlib.Path) -> Iterator[bytes]:
    """Reads the complete records of a file, without comparing checksums."""
    with file.open("rb") as stream:
        end = 0
        for length in _lengths(file):
            stream.seek(end + _LEAD)
            yield stream.read(length)
            end += length + FRAME


def _lengths(file: pathlib.Path) -> Iterator[int]:
    """Yields the lengths of the complete records.

    It stops at an empty record, because after a power failure a file may end in
    zeros, and at a record that is too large for an event.
    """
    size, end = file.stat().st_size, 0
    with file.open("rb") as stream:
        while end + FRAME <= size:
            stream.seek(end)
            (length,) = struct.unpack("<Q", stream.read(8))
            end += length + FRAME
            if end > size or not 0 < length <= _LONGEST:
                return
            yield length
