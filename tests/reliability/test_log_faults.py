"""A log that cannot be written costs one error; the training continues."""

import os
import shutil
import subprocess

import pytest
from reliability.conftest import At, assert_same, steps, train, watcher


def test_a_disk_that_fills_up(disk, digits, network, expected, lines):
    path = disk("256k")

    def fill(model):
        (path / "ballast").write_bytes(bytes(2**20))

    def try_to(model):
        with pytest.raises(OSError):
            fill(model)

    found = train(network(), digits, [At(2, try_to), watcher(path, digits)])
    assert_same(found, expected(network))
    (line,) = lines()
    assert "the training continues" in line and str(path) in line
    assert shutil.disk_usage(path).free == 0
    assert steps(path)["conv1"][:2] == [0, 1]  # written before the fault


def test_a_full_disk(disk, digits, network, expected, lines):
    path = disk("64k")
    with pytest.raises(OSError):
        (path / "ballast").write_bytes(bytes(2**20))
    found = train(network(), digits, [watcher(path, digits)])
    assert_same(found, expected(network))
    assert len(lines()) == 1 and "the training continues" in lines()[0]


def remount(path, how):
    subprocess.run(["mount", "-o", f"remount,{how}", path], check=True)


def test_a_read_only_directory(disk, digits, network, expected, lines):
    path = disk("1m")
    remount(path, "ro")
    found = train(network(), digits, [watcher(path, digits)])
    assert_same(found, expected(network))
    assert len(lines()) == 1 and "Read-only file system" in lines()[0]


@pytest.mark.parametrize("blocked", [True, False])
def test_a_removed_directory(
    tmp_path, digits, network, expected, lines, blocked
):
    path = tmp_path / "log"

    def remove(model):
        shutil.rmtree(path)
        if blocked:
            path.write_text("in the way")

    found = train(network(), digits, [At(2, remove), watcher(path, digits)])
    assert_same(found, expected(network))
    assert len(lines()) == 1 and "the training continues" in lines()[0]
    assert not path.is_dir()


def test_a_log_that_is_cut(tmp_path, digits, network, expected, lines):
    """Some programs truncate long logs."""

    def cut(model):
        for file in (tmp_path / "actmax").iterdir():
            os.truncate(file, 100)

    found = train(network(), digits, [At(2, cut), watcher(tmp_path, digits)])
    assert_same(found, expected(network))
    (line,) = lines()
    assert "was cut while it was written" in line
    (file,) = (tmp_path / "actmax").iterdir()
    assert file.stat().st_size == 100


def test_an_unreachable_file_system(offline, digits, network, expected, lines):
    # TensorFlow's real client finds no network.
    found = train(network(), digits, [watcher("gs://bucket/log", digits)])
    assert_same(found, expected(network))
    assert len(lines()) == 1 and "gs://bucket/log/actmax" in lines()[0]


def test_an_unknown_file_system(digits, network, expected, lines):
    found = train(network(), digits, [watcher("s3://bucket/log", digits)])
    assert_same(found, expected(network))
    assert len(lines()) == 1 and "'s3' not implemented" in lines()[0]
