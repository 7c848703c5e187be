"""A log that cannot be written costs a line, and the training nothing."""

import shutil
import subprocess

import pytest
from reliability.conftest import At, assert_same, steps, train, watcher


def test_a_disk_that_fills_up(disk, digits, network, expected, lines):
    place = disk("256k")

    def fill(model):
        (place / "ballast").write_bytes(bytes(2**20))

    def try_to(model):
        with pytest.raises(OSError):
            fill(model)

    found = train(network(), digits, [At(2, try_to), watcher(place, digits)])
    assert_same(found, expected(network))
    (line,) = lines()
    assert "the training goes on" in line and str(place) in line
    assert shutil.disk_usage(place).free == 0
    assert steps(place)["conv1"][:2] == [0, 1]  # what was written before


def test_a_disk_that_is_full_from_the_start(
    disk, digits, network, expected, lines
):
    place = disk("64k")
    with pytest.raises(OSError):
        (place / "ballast").write_bytes(bytes(2**20))
    found = train(network(), digits, [watcher(place, digits)])
    assert_same(found, expected(network))
    assert len(lines()) == 1 and "the training goes on" in lines()[0]


def remount(place, how):
    subprocess.run(["mount", "-o", f"remount,{how}", place], check=True)


def test_a_directory_that_is_read_only(disk, digits, network, expected, lines):
    place = disk("1m")
    remount(place, "ro")
    found = train(network(), digits, [watcher(place, digits)])
    assert_same(found, expected(network))
    assert len(lines()) == 1 and "Read-only file system" in lines()[0]


def test_a_directory_that_is_removed(
    tmp_path, digits, network, expected, lines
):
    place = tmp_path / "log"

    def remove(model):
        shutil.rmtree(place)
        place.write_text("in the way")

    found = train(network(), digits, [At(2, remove), watcher(place, digits)])
    assert_same(found, expected(network))
    assert len(lines()) == 1 and "the training goes on" in lines()[0]


def test_a_remote_file_system_that_is_down(
    offline, digits, network, expected, lines
):
    # A real client, of TensorFlow, that finds no network.
    found = train(network(), digits, [watcher("gs://bucket/log", digits)])
    assert_same(found, expected(network))
    assert len(lines()) == 1 and "gs://bucket/log/actmax" in lines()[0]


def test_a_file_system_that_tensorflow_does_not_know(
    digits, network, expected, lines
):
    found = train(network(), digits, [watcher("s3://bucket/log", digits)])
    assert_same(found, expected(network))
    assert len(lines()) == 1 and "'s3' not implemented" in lines()[0]
