"""A training goes on in a log that was damaged meanwhile."""

import struct

import pytest
import tensorflow as tf
from reliability.conftest import assert_same, train, watcher
from support.event_files import checksum, framed

from tb_actmax.records.reader import logged_steps, read_log


def too_long(data):
    """Ends in a record that claims more than there is, rightly checked."""
    head = struct.pack("<Q", 2**50)
    return data + head + checksum(head) + b"more"


def changed(data):
    """A byte of the last image is not what was written."""
    at = data.rindex(b"IDAT") + 8
    return data[:at] + bytes([data[at] ^ 0xFF]) + data[at + 1 :]


def no_event(data):
    """Ends in a record that is no event."""
    return data + framed(b"\xff\xff\xff")


@pytest.fixture(scope="module")
def log(digits, network, tmp_path_factory):
    """Two epochs of a training, as a directory."""
    place = tmp_path_factory.mktemp("log")
    own = watcher(place, digits, layers=["conv1"], filters=1)
    train(network(), digits, [own], epochs=2)
    return place


@pytest.fixture(scope="module")
def expected(digits, network):
    """The third epoch, without the callback."""
    return train(network(), digits, epochs=3, initial_epoch=2)


@pytest.mark.parametrize("where", ["disk", "memory"])
@pytest.mark.parametrize(
    ("damage", "kept"),
    [(too_long, [0, 1, 2]), (changed, [0, 1]), (no_event, [0, 1, 2])],
)
def test_a_training_goes_on(
    log, digits, network, expected, tmp_path, lines, damage, kept, where
):
    place = str(tmp_path)
    if where == "memory":  # as of a file system elsewhere
        place = f"ram://{damage.__name__}"
    tf.io.gfile.makedirs(f"{place}/actmax")
    for file in (log / "actmax").iterdir():
        with tf.io.gfile.GFile(f"{place}/actmax/{file.name}", "wb") as copy:
            copy.write(damage(file.read_bytes()))
    assert logged_steps(f"{place}/actmax") == {"conv1": kept}
    own = watcher(place, digits, layers=["conv1"], filters=1)
    found = train(network(), digits, [own], epochs=3, initial_epoch=2)
    assert_same(found, expected)
    assert lines() == []
    steps, newest = read_log(f"{place}/actmax")
    # The epoch that was lost is looked at again: it is where this one begins.
    assert steps == {"conv1": [0, 1, 2, 3]}
    assert len(newest["conv1"]) >= 2


def test_what_is_lost_is_said_where_it_is_asked_for(log, tmp_path, caplog):
    (file,) = (log / "actmax").iterdir()
    (tmp_path / file.name).write_bytes(changed(file.read_bytes()))
    with caplog.at_level("INFO", "tb_actmax"):
        read_log(str(tmp_path))
    (record,) = caplog.records
    assert "damaged or not finished" in record.getMessage()
    assert file.name in record.getMessage()
