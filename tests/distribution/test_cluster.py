"""Saved models on a Ray cluster of two workers."""

import glob
import os
import pathlib
import shutil
import signal
import sys
import threading
import time

import numpy as np
import pytest

from tb_actmax.cli import main as cli
from tb_actmax.records import event
from tb_actmax.records.images import decode_image
from tb_actmax.records.reader import read_blobs

EPOCHS = (1, 2, 3, 4)
_FIRST = ("--layers", "conv1")
_BROKEN = 2  # its weights are NaN, so the expected calls do not come


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    """Saves a network at four epochs, and a probe."""
    import keras

    keras.utils.set_random_seed(0)
    folder = tmp_path_factory.mktemp("models")
    model = keras.Sequential(
        [
            keras.Input((20, 20, 1)),
            keras.layers.Conv2D(20, 5, activation="relu", name="conv1"),
            keras.layers.Conv2D(12, 3, name="conv2"),
        ]
    )
    random = np.random.default_rng(0)
    for epoch in EPOCHS:
        weights = model.get_weights()
        if epoch == _BROKEN:
            model.set_weights([w * np.nan for w in weights])
        model.save(folder / f"model-{epoch}.keras")
        model.set_weights(
            [w + random.normal(0, 0.05, w.shape) for w in weights]
        )
    images = random.uniform(size=(40, 20, 20, 1)).astype("float32")
    np.savez(folder / "probe.npz", x=images)
    return folder


def render(models, directory, *more, epochs=EPOCHS):
    files = [str(models / f"model-{epoch}.keras") for epoch in epochs]
    options = ["--log-dir", str(directory), "--filters", "all"]
    options += ["--probe", str(models / "probe.npz")]
    options += ["--steps", "64", "--warm-steps", "64"]
    return cli.main(["render", *files, *options, *more])


def read(directory):
    """Returns the events in the order in which they were written."""
    return [
        (tag, step, event.decode(blobs))
        for tag, step, blobs in read_blobs(directory)
    ]


class Killer(threading.Thread):
    """Kills a worker during a task once the log has grown by an event."""

    def __init__(self, directory):
        super().__init__(daemon=True)
        self.directory = directory
        self.before = self._size()
        self.killed = None
        self.over = threading.Event()

    def run(self):
        while not self.over.is_set() and self.killed is None:
            if self._size() > self.before + 1000:
                for process in _busy():
                    os.kill(process, signal.SIGSTOP)
                    time.sleep(0.05)
                    still = _title(process) == "ray::ascend"
                    os.kill(
                        process, signal.SIGKILL if still else signal.SIGCONT
                    )
                    if still:
                        self.killed = process
                        return
            time.sleep(0.005)

    def _size(self):
        files = glob.glob(f"{self.directory}/actmax/*tfevents*")
        return sum(map(os.path.getsize, files))


def _title(process):
    try:
        text = pathlib.Path(f"/proc/{process}/cmdline").read_bytes()
    except OSError:
        return ""
    return text.split(b"\0")[0].decode(errors="replace").strip()


def _busy():
    numbers = [int(name) for name in os.listdir("/proc") if name.isdigit()]
    return [n for n in numbers if _title(n) == "ray::ascend"]


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_two_workers_write_the_log_of_one_machine_although_one_is_killed(
    models, tmp_path, monkeypatch
):
    pytest.importorskip("ray")
    # Otherwise Ray writes a token into the home directory.
    monkeypatch.setenv("RAY_AUTH_TOKEN", "0" * 64)
    # One layer continues from the log; the other starts from scratch.
    assert render(models, tmp_path / "one", *_FIRST, epochs=[1]) == 0
    shutil.copytree(tmp_path / "one", tmp_path / "two")
    assert render(models, tmp_path / "one") == 1
    killer = Killer(tmp_path / "two")
    killer.start()
    assert render(models, tmp_path / "two", "--ray") == 1
    killer.over.set()
    killer.join()
    assert killer.killed is not None
    alone, spread = read(tmp_path / "one"), read(tmp_path / "two")
    order = [(tag, step) for tag, step, _ in alone]
    assert order == [
        (tag, epoch)
        for epoch in EPOCHS
        for tag in ("conv1", "conv2")
        if epoch != _BROKEN
    ]
    assert [(tag, step) for tag, step, _ in spread] == order
    for (_, _, one), (_, _, two) in zip(alone, spread, strict=True):
        assert_alike(one, two)


def assert_alike(one, two):
    assert one.keys == two.keys
    measured = ("seconds", "filters", "ncc_floor")
    headers = [
        {k: v for k, v in e.header.items() if k not in measured}
        for e in (one, two)
    ]
    assert headers[0] == headers[1]
    floors = [e.header.get("ncc_floor", 0) for e in (one, two)]
    assert floors[0] == pytest.approx(floors[1], abs=2e-3)
    for mine, other in zip(one.filters, two.filters, strict=True):
        assert mine.keys() == other.keys()
        assert mine["status"] == other["status"]
        assert mine["score"] == pytest.approx(other["score"], rel=1e-3)
        for name in ("ncc", "drift", "steadiness", "overlap", "lift", "lift_t"):
            if name in mine:
                assert mine[name] == pytest.approx(other[name], abs=2e-3)
        assert mine.get("rank") == other.get("rank")
        assert mine.get("settled") == other.get("settled")
    for mine, other in zip(one.images, two.images, strict=True):
        a, b = (decode_image(data, (0, 255), 1) for data in (mine, other))
        assert np.abs(a - b).max() <= 2
