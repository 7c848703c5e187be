"""Trainings that something goes wrong in, and file systems that do."""

import contextlib
import ctypes
import logging
import os
import shutil
import subprocess

import keras
import numpy as np
import pytest

import tb_actmax
from tb_actmax.records.reader import logged_steps


class At(keras.callbacks.Callback):
    """Does something at the start of an epoch."""

    def __init__(self, epoch, act):
        super().__init__()
        self._epoch, self._act = epoch, act

    def on_epoch_begin(self, epoch, logs=None):
        if epoch == self._epoch:
            self._act(self.model)


def train(model, digits, callbacks=(), epochs=4, **more):
    """A training with dropout, augmentation, shuffling; all that it made."""
    keras.utils.set_random_seed(7)
    history = model.fit(
        digits,
        np.arange(len(digits)) % 3,
        batch_size=16,
        epochs=epochs,
        verbose=0,
        callbacks=list(callbacks),
        **more,
    )
    variables = [*model.variables, *model.optimizer.variables]
    return history.history, [np.asarray(v) for v in variables]


def watcher(directory, probe, **more):
    """The callback, with few steps."""
    more = {"filters": 3, "steps": 4, "warm_steps": 2} | more
    return tb_actmax.ActivationMaximization(directory, probe=probe, **more)


def assert_same(found, expected):
    """Whether two trainings ended alike, bit for bit."""
    for a, b in zip(found[1], expected[1], strict=True):
        assert np.array_equal(a, b, equal_nan=True)
    assert found[0].keys() == expected[0].keys()
    for name, values in found[0].items():
        assert np.array_equal(values, expected[0][name], equal_nan=True)


def steps(directory):
    """Steps that a log holds, by layer."""
    return logged_steps(str(directory / "actmax"))


@pytest.fixture(scope="session")
def expected(digits):
    """What a network's training makes without the callback."""
    cache = {}

    def plain(make):
        key = make.__qualname__
        if key not in cache:
            cache[key] = train(make(), digits)
        return cache[key]

    return plain


@pytest.fixture
def lines(caplog):
    """The lines of our log so far: errors and warnings."""
    caplog.set_level(logging.WARNING, "tb_actmax")

    def said():
        return [r.getMessage() for r in caplog.records if r.name == "tb_actmax"]

    return said


@pytest.fixture
def disk(tmp_path):
    """Mounts a small file system of its own, in memory; needs root."""
    if os.geteuid() != 0 or shutil.which("mount") is None:
        pytest.skip("mounting a file system takes root")
    places = []

    def mount(size):
        place = tmp_path / f"disk{len(places)}"
        place.mkdir()
        done = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", place],
            capture_output=True,
            text=True,
        )
        if done.returncode:
            pytest.skip(f"no file system can be mounted: {done.stderr}")
        places.append(place)
        return place

    yield mount
    for place in places:
        with contextlib.suppress(OSError):
            subprocess.run(["umount", "-l", place], capture_output=True)


@pytest.fixture
def offline():
    """Takes the network away from this thread; needs root."""
    libc = ctypes.CDLL(None, use_errno=True)
    network = 0x40000000  # CLONE_NEWNET
    with open("/proc/self/ns/net") as before:
        if libc.unshare(network):
            pytest.skip("taking the network away takes root")
        yield
        assert libc.setns(before.fileno(), network) == 0
