"""Trainings with faults, and file systems that fail."""

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
    """Calls a function at the start of an epoch."""

    def __init__(self, epoch, act):
        super().__init__()
        self._epoch, self._act = epoch, act

    def on_epoch_begin(self, epoch, logs=None):
        if epoch == self._epoch:
            self._act(self.model)


def train(model, digits, callbacks=(), epochs=4, **more):
    """Trains with dropout, augmentation and shuffling.

    Returns the history and all variables.
    """
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
    """Returns the callback, with few steps."""
    more = {"filters": 3, "steps": 4, "warm_steps": 2, "budget": None} | more
    return tb_actmax.ActivationMaximization(directory, probe=probe, **more)


def assert_same(found, expected):
    """Asserts that two trainings are equal, bit for bit."""
    for a, b in zip(found[1], expected[1], strict=True):
        assert np.array_equal(a, b, equal_nan=True)
    assert found[0].keys() == expected[0].keys()
    for name, values in found[0].items():
        assert np.array_equal(values, expected[0][name], equal_nan=True)


def steps(directory):
    """Returns the steps in a log, by layer."""
    return logged_steps(str(directory / "actmax"))


@pytest.fixture(scope="session")
def expected(digits):
    """Returns the result of a training without the callback, by network."""
    cache = {}

    def plain(make):
        key = make.__qualname__
        if key not in cache:
            cache[key] = train(make(), digits)
        return cache[key]

    return plain


@pytest.fixture
def lines(caplog):
    """Returns the errors and warnings that tb_actmax has logged so far."""
    caplog.set_level(logging.WARNING, "tb_actmax")

    def said():
        return [r.getMessage() for r in caplog.records if r.name == "tb_actmax"]

    return said


@pytest.fixture
def disk(tmp_path):
    """Mounts a small file system in memory; needs root."""
    if os.geteuid() != 0 or shutil.which("mount") is None:
        pytest.skip("only root can mount a file system")
    paths = []

    def mount(size):
        path = tmp_path / f"disk{len(paths)}"
        path.mkdir()
        done = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", path],
            capture_output=True,
            text=True,
        )
        if done.returncode:
            pytest.skip(f"no file system can be mounted: {done.stderr}")
        paths.append(path)
        return path

    yield mount
    for path in paths:
        with contextlib.suppress(OSError):
            subprocess.run(["umount", "-l", path], capture_output=True)


@pytest.fixture
def offline():
    """Removes the network from this thread; needs root."""
    libc = ctypes.CDLL(None, use_errno=True)
    network = 0x40000000  # CLONE_NEWNET
    with open("/proc/self/ns/net") as before:
        if libc.unshare(network):
            pytest.skip("only root can remove the network")
        yield
        assert libc.setns(before.fileno(), network) == 0
