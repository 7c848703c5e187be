"""Reading event files that are damaged, cut off or not files."""

import os
import struct

import pytest
from support.event_files import checksum, framed
from support.logs import write_log

from tb_actmax.records import reader
from tb_actmax.records.event_files import event_files, whole_records

_BEFORE = 2  # records before the first event: the version and the start


@pytest.fixture
def log(tmp_path):
    """Returns a log of three events, and its one file."""
    write_log(tmp_path, {"conv1": 2}, range(3))
    (file,) = event_files(tmp_path / "actmax")
    return tmp_path, file


def records(data):
    """Returns offsets at which the records of an event file begin."""
    starts = [0]
    while starts[-1] < len(data):
        (length,) = struct.unpack_from("<Q", data, starts[-1])
        starts.append(starts[-1] + length + 16)
    return starts


def steps(directory):
    faults = []
    found = [step for _, step, _ in reader.read_blobs(directory, faults)]
    return found, faults


def test_a_whole_file_has_no_fault(log):
    assert steps(log[0]) == ([0, 1, 2], [])


def test_a_file_cut_anywhere_is_read_up_to_there(log):
    directory, file = log
    data = file.read_bytes()
    starts = records(data)
    for cut in range(0, len(data), 41):
        file.write_bytes(data[:cut])
        whole = sum(start <= cut for start in starts[1:])
        found, faults = steps(directory)
        assert found == list(range(3))[: max(whole - _BEFORE, 0)]
        assert len(faults) == (cut not in starts)


@pytest.mark.parametrize("place", [0, 8, 12, -1])  # in the second event
def test_a_wrong_checksum_or_length_ends_the_file(log, place):
    directory, file = log
    data = bytearray(file.read_bytes())
    starts = records(data)
    begin, end = starts[_BEFORE + 1 : _BEFORE + 3]
    at = begin + place if place >= 0 else end + place
    data[at] ^= 0xFF
    file.write_bytes(data)
    found, faults = steps(directory)
    assert found == [0]
    (fault,) = faults
    assert f"after {begin} of {len(data)} bytes" in fault


@pytest.mark.parametrize("length", [2**33, 2**50, 2**63, 2**64 - 1])
def test_a_record_longer_than_the_file(log, length):
    directory, file = log
    head = struct.pack("<Q", length)
    with file.open("ab") as end:
        end.write(head + checksum(head) + b"more")
    found, faults = steps(directory)
    assert found == [0, 1, 2]
    assert len(faults) == 1


@pytest.mark.parametrize("length", [None, 1 << 41], ids=["zeros", "too large"])
def test_a_file_is_read_up_to_the_first_impossible_record(log, length):
    """A file may end in zeros after a power failure."""
    directory, file = log
    if length is not None:
        head = struct.pack("<Q", length)
        with file.open("ab") as end:
            end.write(head + checksum(head))
    os.truncate(file, 1 << 42)
    found, faults = steps(directory)
    assert found == [0, 1, 2]
    assert len(faults) == 1
    assert len(list(whole_records(file))) == _BEFORE + 3


def test_only_files_are_read(log):
    directory, _ = log
    run = directory / "actmax"
    (run / "a.tfevents.folder").mkdir()
    os.mkfifo(run / "b.tfevents.pipe")  # opening it would wait for ever
    (run / "c.tfevents.gone").symlink_to(directory / "nowhere")
    assert steps(directory) == ([0, 1, 2], [])


def test_a_record_that_is_not_an_event_is_skipped(log):
    directory, file = log
    with file.open("ab") as end:
        end.write(framed(b"\xff\xff\xff"))
    other = file.with_name(file.name + "x")
    other.write_bytes(framed(b"\x0a\xff"))
    found, faults = steps(directory)
    assert found == [0, 1, 2]
    assert len(faults) == 2 and "not an event" in faults[0]
