"""What of event files is ours, however damaged they are."""

import pathlib
import re
import struct
from collections.abc import Iterable, Iterator

from tb_actmax.records.event import PLUGIN_NAME

_FRAME = 16  # bytes around a record: its length and two checksums


def event_files(place: pathlib.Path) -> list[pathlib.Path]:
    """The event files in a directory, in the order they were begun."""
    files = [path for path in place.glob("*tfevents*") if path.is_file()]
    return sorted(files, key=lambda file: begun(file.name))


def begun(name: str) -> list[int]:
    """Sorts files as they were begun: their names hold time and count."""
    return [int(number) for number in re.findall(r"[0-9]+", name)]


def blobs_in(
    files: Iterable[pathlib.Path], faults: list[str]
) -> Iterator[tuple[str, int, list[bytes]]]:
    """Reads the events of ours in some files of one run.

    A file that is damaged, or ends in the middle of a record, is read up to
    there.

    Args:
        files: The files, in the order they were begun.
        faults: Takes a line for each file that could not be read to its end.

    Yields:
        Tag, step and blobs of each event.
    """
    from tensorboard.compat.proto import event_pb2

    ours: set[str] = set()  # only the first event of a tag says whose it is
    for file in files:
        for data in _records(file, faults):
            try:
                found = event_pb2.Event.FromString(data)
            except Exception as error:  # protobuf's, which differs by version
                faults.append(f"{file.name}: a record is no event ({error}).")
                continue
            for value in found.summary.value:
                if value.metadata.plugin_data.plugin_name == PLUGIN_NAME:
                    ours.add(value.tag)
                if value.tag in ours:
                    yield value.tag, found.step, list(value.tensor.string_val)


def _records(file: pathlib.Path, faults: list[str]) -> Iterator[bytes]:
    from tensorboard.backend.event_processing import event_file_loader

    read = 0
    records = event_file_loader.RawEventFileLoader(str(file)).Load()
    # TensorFlow's reader crashes over a length that is beyond the file, if
    # its checksum is right: no more is asked for than is there.
    for _ in range(_count(file)):
        data = next(records, None)
        if data is None:
            break
        read += len(data) + _FRAME
        yield data
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
