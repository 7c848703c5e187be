"""Trainings that resume in a damaged log."""

import struct

import pytest
import tensorflow as tf
from reliability.conftest import assert_same, train, watcher
from support.event_files import checksum, framed

from tb_actmax.records.reader import logged_steps, read_log


def too_long(data):
    """Appends a record of 2^50 bytes with a correct checksum."""
    head = struct.pack("<Q", 2**50)
    return data + head + checksum(head) + b"more"


def changed(data):
    """Changes a byte of the last image."""
    at = data.rindex(b"IDAT") + 8
    return data[:at] + bytes([data[at] ^ 0xFF]) + data[at + 1 :]


def no_event(data):
    """Appends a record that is not an event."""
    return data + framed(b"\xff\xff\xff")


@pytest.fixture(scope="module")
def log(digits, network, tmp_path_factory):
    """Returns the log of two epochs."""
    path = tmp_path_factory.mktemp("log")
    own = watcher(path, digits, layers=["conv1"], filters=1)
    train(network(), digits, [own], epochs=2)
    return path


@pytest.fixture(scope="module")
def expected(digits, network):
    """Returns the third epoch, without the callback."""
    return train(network(), digits, epochs=3, initial_epoch=2)


@pytest.mark.parametrize("where", ["disk", "memory"])
@pytest.mark.parametrize(
    ("damage", "kept"),
    [(too_long, [0, 1, 2]), (changed, [0, 1]), (no_event, [0, 1, 2])],
)
def test_a_training_resumes_in_a_damaged_log(
    log, digits, network, expected, tmp_path, lines, damage, kept, where
):
    path = str(tmp_path)
    if where == "memory":  # stands for a remote file system
        path = f"ram://{damage.__name__}"
    tf.io.gfile.makedirs(f"{path}/actmax")
    for file in (log / "actmax").iterdir():
        with tf.io.gfile.GFile(f"{path}/actmax/{file.name}", "wb") as copy:
            copy.write(damage(file.read_bytes()))
    assert logged_steps(f"{path}/actmax") == {"conv1": kept}
    own = watcher(path, digits, layers=["conv1"], filters=1)
    found = train(network(), digits, [own], epochs=3, initial_epoch=2)
    assert_same(found, expected)
    assert lines() == []
    steps, newest = read_log(f"{path}/actmax")
    # The lost epoch is logged again: the training resumes there.
    assert steps["conv1"] == [0, 1, 2, 3]
    assert len(newest["conv1"]) >= 2


def test_damage_is_logged_as_information(log, tmp_path, caplog):
    (file,) = (log / "actmax").iterdir()
    (tmp_path / file.name).write_bytes(changed(file.read_bytes()))
    with caplog.at_level("INFO", "tb_actmax"):
        read_log(str(tmp_path))
    (record,) = caplog.records
    assert "damaged or not finished" in record.getMessage()
    assert file.name in record.getMessage()
