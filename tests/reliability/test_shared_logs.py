"""One event for each layer and step, whoever else writes to the directory."""

import collections
import contextlib
import os
import pathlib
import signal
import subprocess
import sys
import time

import keras
import numpy as np
import pytest
from reliability.conftest import At, assert_same, steps, train, watcher
from support.logs import header, picture, write_log
from tensorboard.backend.event_processing.plugin_event_accumulator import (
    EventAccumulator,
)

from tb_actmax.cli.main import main
from tb_actmax.records.images import encode_image
from tb_actmax.records.reader import read_blobs
from tb_actmax.records.writer import EventWriter

ROOT = pathlib.Path(__file__).parents[2]
LAYERS = ("conv1", "conv2")
LOCK = """
import os, sys, time
from tb_actmax.records.directory_lock import DirectoryLock
os.makedirs(sys.argv[1], exist_ok=True)
lock = DirectoryLock(sys.argv[1])
{more}
print(lock.elsewhere, flush=True)
time.sleep(60)
"""


@contextlib.contextmanager
def another_process(directory, more=""):
    """Starts a process that locks a directory; yields it."""
    words = [sys.executable, "-c", LOCK.format(more=more), str(directory)]
    process = subprocess.Popen(
        words,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        start_new_session=True,
    )
    try:
        assert process.stdout.readline() == "False\n"
        yield process
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        process.stdout.close()


def events(directory):
    """Returns how often each layer and step is in the logs of a directory."""
    return collections.Counter(
        (run.name, tag, step)
        for run in directory.iterdir()
        for tag, step, _ in read_blobs(run)
    )


def assert_once(directory, *runs, layers=LAYERS, last=2):
    wanted = [
        (run, layer, step)
        for run in runs
        for layer in layers
        for step in range(last + 1)
    ]
    assert events(directory) == collections.Counter(wanted)


def test_two_callbacks_of_one_training(tmp_path, digits, network, lines):
    own = [watcher(tmp_path, digits, layers=LAYERS) for _ in range(2)]
    found = train(network(), digits, own, epochs=2)
    assert_same(found, train(network(), digits, epochs=2))
    assert_once(tmp_path, "actmax")
    (line,) = lines()
    assert line.startswith("Two callbacks log 'conv1', 'conv2' to")


def test_two_callbacks_for_different_layers(tmp_path, digits, network, lines):
    own = [watcher(tmp_path, digits, layers=[f"conv{n}"]) for n in (1, 2)]
    train(network(), digits, own, epochs=2)
    assert_once(tmp_path, "actmax")
    assert lines() == []
    # TensorBoard returns to no file that it has read, so there is only one.
    assert len(list((tmp_path / "actmax").iterdir())) == 1
    train(network(), digits, own, epochs=3, initial_epoch=2)
    assert_once(tmp_path, "actmax", last=3)


def test_a_callback_that_failed_is_replaced(tmp_path, digits, network, lines):
    def stop(model):
        raise InterruptedError

    model, ended = network(), watcher(tmp_path, digits, layers=LAYERS)
    with pytest.raises(InterruptedError):
        train(model, digits, [ended, At(1, stop)])
    own = watcher(tmp_path, digits, layers=LAYERS)
    train(model, digits, [own], epochs=2, initial_epoch=1)
    train(model, digits, [ended], epochs=3, initial_epoch=2)
    assert_once(tmp_path, "actmax", last=3)
    assert lines() == []


def test_a_model_in_another_thread(tmp_path, digits, network, lines):
    """The other model trains in the middle of the first one's training."""
    other = watcher(tmp_path, digits, layers=LAYERS)
    start = At(0, lambda _: train(network(), digits, [other], epochs=2))
    train(
        network(),
        digits,
        [watcher(tmp_path, digits, layers=LAYERS), start],
        epochs=2,
    )
    assert_once(tmp_path, "actmax", "actmax-2")
    (line,) = lines()
    assert "takes the images of another training now" in line
    assert "actmax-2" in line


def test_a_new_training_beside_another_process(
    tmp_path, digits, network, lines
):
    with another_process(tmp_path / "actmax"):
        train(
            network(),
            digits,
            [watcher(tmp_path, digits, layers=LAYERS)],
            epochs=2,
        )
    (tmp_path / "actmax").rmdir()  # the other one has written nothing
    assert_once(tmp_path, "actmax-2")
    assert len(lines()) == 1 and "another training now" in lines()[0]


def test_a_killed_process_blocks_no_directory(tmp_path, digits, network, lines):
    fork = "if os.fork() == 0: time.sleep(60)"  # a worker that outlives it
    with another_process(tmp_path / "actmax", fork) as process:
        process.kill()
        process.wait()
        train(
            network(),
            digits,
            [watcher(tmp_path, digits, layers=LAYERS)],
            epochs=1,
        )
    assert_once(tmp_path, "actmax", last=1)
    assert lines() == []


def test_a_resumed_training_continues_a_log_that_is_open_elsewhere(
    tmp_path, digits, network, lines
):
    model = network()
    train(model, digits, [watcher(tmp_path, digits, layers=LAYERS)], epochs=1)
    with another_process(tmp_path / "actmax"):  # a notebook, for instance
        own = watcher(tmp_path, digits, layers=LAYERS)
        train(model, digits, [own], epochs=2, initial_epoch=1)
    assert_once(tmp_path, "actmax")
    (line,) = lines()
    assert line.startswith("Another process has the log")


def test_a_training_whose_log_is_continued_elsewhere_stops_writing(
    tmp_path, digits, network, lines
):
    def go_on(model):
        """Acts as a process that resumes too early."""
        other = EventWriter(str(tmp_path / "actmax"))
        assert other.elsewhere and other.logged["conv1"] == [0, 1]
        for layer in ("conv1", "conv2"):
            other.write(
                layer,
                2,
                header(layer, 2, 1),
                [encode_image(picture(0, 0, 2), (0, 1))],
                layer_index=0,
                layer_type="Conv2D",
            )
        other.close()

    own = [watcher(tmp_path, digits, layers=LAYERS), At(1, go_on)]
    found = train(network(), digits, own, epochs=3)
    assert_same(found, train(network(), digits, epochs=3))
    assert_once(tmp_path, "actmax")
    (line,) = lines()
    assert "Another process continues the log" in line


def test_a_clock_that_was_ahead(tmp_path, digits, network, monkeypatch, lines):
    """TensorBoard reads the files in the order of their names."""
    model, clock = network(), time.time
    with monkeypatch.context() as ahead:
        ahead.setattr(time, "time", lambda: clock() + 1e6)
        train(
            model, digits, [watcher(tmp_path, digits, layers=LAYERS)], epochs=1
        )
    board = EventAccumulator(str(tmp_path / "actmax"))
    board.Reload()
    for epoch in (1, 2):
        own = watcher(tmp_path, digits, layers=LAYERS)
        train(model, digits, [own], epochs=epoch + 1, initial_epoch=epoch)
        board.Reload()
        shown = [event.step for event in board.Tensors("conv1")]
        assert shown == list(range(epoch + 2))
    assert steps(tmp_path)["conv2"] == [0, 1, 2, 3]
    assert lines() == []


def test_the_names_of_other_files_do_not_matter(tmp_path):
    place = tmp_path / "actmax"
    place.mkdir()
    for name in ("tfevents", "z.tfevents.1.v2", f"tfevents.{9**30}.host"):
        (place / name).touch()
    write_log(tmp_path, {"conv1": 1}, epochs=[0, 1])
    write_log(tmp_path, {"conv1": 1}, epochs=[2])
    assert_once(tmp_path, "actmax", layers=["conv1"])


@pytest.fixture
def saved(tmp_path):
    """Returns the command that renders a small model."""
    keras.utils.set_random_seed(0)
    conv = keras.layers.Conv2D(2, 3, name="conv1")
    path = tmp_path / "model-1.keras"
    keras.Sequential([keras.Input((8, 8, 1)), conv]).save(path)
    log = str(tmp_path / "log")
    return ["render", str(path), "--log-dir", log, "--steps", "2"]


def test_rendering_beside_another_process(saved, tmp_path, capsys):
    with another_process(tmp_path / "log" / "actmax"):
        assert main(saved) == 1
    assert "Another process writes to" in capsys.readouterr().err
    assert list((tmp_path / "log" / "actmax").iterdir()) == []
    assert main(saved) == 0
    assert events(tmp_path / "log") == {("actmax", "conv1", 1): 1}


TRAIN = """
import sys
import keras, numpy as np, tb_actmax
images = np.random.default_rng(0).random((32, 8, 8, 1), np.float32)
layers = [keras.Input((8, 8, 1)), keras.layers.Conv2D(2, 3, name="conv1")]
model = keras.Sequential([*layers, keras.layers.GlobalMaxPooling2D()])
model.compile("sgd", "mse")
own = tb_actmax.ActivationMaximization(
    sys.argv[1], steps=2, probe=images, budget=None
)
model.fit(images, np.zeros((32, 2)), epochs=20, verbose=0, callbacks=[own])
"""


@pytest.mark.slow
def test_processes_that_start_at_once(saved, tmp_path):
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    trainings = [[sys.executable, "-c", TRAIN, str(tmp_path / "t")]] * 3
    renderings = [[sys.executable, "-m", "tb_actmax", *saved]] * 2
    processes = [
        subprocess.Popen(words, env=environment, stderr=subprocess.PIPE)
        for words in trainings + renderings
    ]
    said = [process.communicate()[1].decode() for process in processes]
    codes = [process.returncode for process in processes]
    assert codes[:3] == [0, 0, 0], said
    assert np.isin(codes[3:], (0, 1)).all() and 0 in codes[3:], said
    runs = sorted(run.name for run in (tmp_path / "t").iterdir())
    assert_once(tmp_path / "t", *runs, layers=["conv1"], last=20)
    assert set(events(tmp_path / "log").values()) == {1}
