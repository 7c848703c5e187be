"""Trainings of several processes: two real ones, on this machine."""

import json
import os
import pathlib
import socket
import subprocess
import sys

import numpy as np
import pytest
from same_images import assert_same_images

import tb_actmax
from tb_actmax.distribution.team import pack, unpack
from tb_actmax.records.reader import read_blobs

_PROGRAM = pathlib.Path(__file__).parent / "workers.py"


def _free(count):
    """Ports that nobody listens at."""
    sockets = [socket.socket() for _ in range(count)]
    for one in sockets:
        one.bind(("localhost", 0))
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """What two workers have logged and said, and what one process logs."""
    directory = tmp_path_factory.mktemp("workers")
    root = pathlib.Path(tb_actmax.__file__).parents[1]
    cluster = {"worker": [f"localhost:{port}" for port in _free(2)]}
    settings = [{}]
    for rank in range(2):
        task = {"type": "worker", "index": rank}
        config = json.dumps({"cluster": cluster, "task": task})
        settings.append({"TF_CONFIG": config})
    running = [
        subprocess.Popen(
            [sys.executable, _PROGRAM, directory],
            env=os.environ | {"PYTHONPATH": str(root)} | more,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for more in settings
    ]
    try:
        said = [process.communicate(timeout=300) for process in running]
    finally:
        for process in running:
            process.kill()
    assert [process.returncode for process in running] == [0, 0, 0], said
    return directory, said[1:]


def test_two_workers_find_what_one_process_finds(trained):
    directory, _ = trained
    assert_same_images(directory / "alone", directory / "shared", range(3))


def test_only_the_chief_writes(trained):
    directory, _ = trained
    files = list((directory / "shared").rglob("*tfevents*"))
    assert len(files) == 1


def test_a_mistake_of_one_process_ends_all(trained):
    _, ((chief, _), (helper, _)) = trained
    for said in (chief, helper):
        assert "no layer 'conv9'" in said
        assert "worker 1 is another probe than the chief's" in said
    assert "Worker 1: The model has no layer" in chief


def test_where_a_share_fails_the_layer_is_left_out(trained):
    directory, ((_, faults), _) = trained
    logged = {(tag, step) for tag, step, _ in read_blobs(directory / "broken")}
    assert logged == {
        ("conv1", 0),
        ("conv2", 0),
        ("conv1", 1),
        ("conv1", 2),
    }
    assert "'conv2' is left out" in faults
    assert "worker 1: ZeroDivisionError" in faults


def test_fit_trains_alike_in_all_workers(trained):
    directory, ((chief, _), (helper, _)) = trained
    weights = [w for w in chief.splitlines() if w.startswith("weights")]
    assert len(weights) == 1 and weights[0] in helper.splitlines()
    steps = {step for _, step, _ in read_blobs(directory / "fitted")}
    assert steps == {0, 1, 2}


def test_what_workers_tell_each_other_holds_no_code():
    header, arrays = unpack(pack({"a": [1, "b"]}, {"x": np.arange(3.0)}))
    assert header == {"a": [1, "b"]}
    np.testing.assert_array_equal(arrays["x"], np.arange(3.0))
    with pytest.raises(ValueError, match="pickle"):
        unpack(pack({}, {"x": np.array([print], dtype=object)}))
