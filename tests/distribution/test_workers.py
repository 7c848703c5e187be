"""Trainings of several processes: two real ones, on this machine."""

import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import sys

import numpy as np
import pytest
from support.same_images import assert_same_images

import tb_actmax
from tb_actmax.distribution.multi_worker.workers import pack, unpack
from tb_actmax.records import event
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


def _run(directory, settings, *part):
    """Ends of processes that run together, each with what it has said."""
    root = pathlib.Path(tb_actmax.__file__).parents[1]
    running = [
        subprocess.Popen(
            [sys.executable, _PROGRAM, directory, *part],
            env=os.environ | {"PYTHONPATH": str(root)} | more,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for more in settings
    ]
    try:
        said = [process.communicate(timeout=600) for process in running]
    finally:
        for process in running:
            process.kill()
    return [process.returncode for process in running], said


def _team():
    """What tells two processes that they train together."""
    cluster = {"worker": [f"localhost:{port}" for port in _free(2)]}
    tasks = [{"type": "worker", "index": rank} for rank in range(2)]
    return [
        {"TF_CONFIG": json.dumps({"cluster": cluster, "task": task})}
        for task in tasks
    ]


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """What two workers have logged and said, and what one process logs."""
    directory = tmp_path_factory.mktemp("workers")
    status, said = _run(directory / "two", _team())
    assert status == [0, 0], said
    status, one = _run(directory / "one", [{}])
    assert status == [0], one
    return directory, said


@pytest.fixture(scope="module")
def with_devices(tmp_path_factory):
    """The same of two workers of two devices each, one of which dies."""
    directory = tmp_path_factory.mktemp("devices")
    return directory, *_run(directory, _team(), "devices")


@pytest.mark.parametrize(
    "name, epochs", [("trained", 3), ("resumed", 3), ("one size", 3)]
)
def test_two_workers_find_what_one_process_finds(trained, name, epochs):
    one, two = (trained[0] / count / name for count in ("one", "two"))
    assert_same_images(one, two, range(epochs))


@pytest.mark.parametrize("name", ["resumed", "one size"])
def test_a_resumed_training_goes_on_from_its_images(trained, name):
    for count in ("one", "two"):
        events = read_blobs(trained[0] / count / name)
        cold = {
            step: event.decode(blobs).header["settings"]["cold"]
            for _, step, blobs in events
        }
        assert cold == {0: True, 1: False, 2: False}


def test_workers_divide_filters_among_their_devices(trained, with_devices):
    alone = trained[0] / "one" / "trained"
    assert_same_images(alone, with_devices[0] / "devices", range(3))


def test_where_a_worker_dies_the_chief_says_it_in_a_line(with_devices):
    directory, status, ((_, chief), _) = with_devices
    assert status[1] == -signal.SIGKILL
    # TensorFlow cannot train on, with or without us.
    assert status[0] == 1 and "UnavailableError" in chief
    lines = [n for n in chief.splitlines() if "Activation maximization" in n]
    assert len(lines) == 1
    assert "stops: another worker is lost" in lines[0]
    assert "BackupAndRestore" in lines[0]
    assert "left out" not in chief
    logged = {(tag, step) for tag, step, _ in read_blobs(directory / "lost")}
    assert logged == {("conv1", 0)}


def test_all_workers_have_to_have_the_callback(tmp_path):
    status, ((_, chief), _) = _run(tmp_path, _team(), "chief")
    assert status[0] == 1
    assert "ValueError" in chief.strip().splitlines()[-1]
    assert "give the callback to every worker" in chief


def test_only_the_chief_writes(trained):
    files = list((trained[0] / "two" / "trained").rglob("*tfevents*"))
    assert len(files) == 1


def test_a_mistake_of_one_process_ends_all(trained):
    _, ((chief, _), (helper, _)) = trained
    for said in (chief, helper):
        assert "no layer 'conv9'" in said
        for what in (
            "other statistics: .* worker 1 differs .* in probe.*x_train",
            "other order: .* worker 1 differs .* in probe.*x_train",
            "other schedule: .* worker 1 differs .* in every.$",
            "other meta: .* worker 1 differs .* in held inputs.*x_train",
        ):
            assert re.search(what, said, re.MULTILINE), what
    assert "Worker 1: The model has no layer" in chief


def test_where_a_share_fails_the_layer_is_left_out(trained):
    directory, ((_, faults), _) = trained
    broken = read_blobs(directory / "two" / "broken")
    assert {(tag, step) for tag, step, _ in broken} == {
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
    fitted = read_blobs(directory / "two" / "fitted")
    assert {step for _, step, _ in fitted} == {0, 1, 2}


def test_what_workers_tell_each_other_holds_no_code():
    header, arrays = unpack(pack({"a": [1, "b"]}, {"x": np.arange(3.0)}))
    assert header == {"a": [1, "b"]}
    np.testing.assert_array_equal(arrays["x"], np.arange(3.0))
    with pytest.raises(ValueError, match="pickle"):
        unpack(pack({}, {"x": np.array([print], dtype=object)}))
