"""Measures whether memory, threads or files grow in a long training.

    python -m benchmarks.training.memory [--epochs 200] [--write]

Runs three trainings, each in its own process: two without the callback, one
with it. After the first quarter of the epochs, in which caches fill, a line is
fitted to three sizes: the bytes in use of the heap, the number of Python
objects, and the process's memory after its allocator has returned free blocks.
Exits with 1 if the callback's training grows faster than both others by more
than the noise (0.5 KiB of the heap, 5 objects or 8 KiB of the process an
epoch), or if a thread, a file or a traced graph is left over.
"""

import argparse
import contextlib
import ctypes
import gc
import json
import os
import resource
import subprocess
import sys
import tempfile
import threading

import keras
import numpy as np

import tb_actmax
from benchmarks import figures
from benchmarks.networks import small

# Unit of each size, and its noise an epoch.
SIZES = {
    "heap": ("KiB of the heap", 0.5),
    "objects": ("objects", 5.0),
    "process": ("KiB of the process", 8.0),
}


class _Heap(ctypes.Structure):
    """glibc's `struct mallinfo2`."""

    _fields_ = [
        (name, ctypes.c_size_t)
        for name in (
            *("arena", "ordblks", "smblks", "hblks", "hblkhd"),
            *("usmblks", "fsmblks", "uordblks", "fordblks", "keepcost"),
        )
    ]


_LIBC = ctypes.CDLL(None)


def heap() -> float:
    """Returns the KiB in use, with large blocks; 0 without glibc."""
    try:
        ask = _LIBC.mallinfo2
    except AttributeError:
        return 0.0
    ask.restype = _Heap
    found = ask()
    return float((found.uordblks + found.hblkhd) / 1024)


def process() -> float:
    """Returns the KiB of the process's memory, without free blocks."""
    with contextlib.suppress(AttributeError):
        _LIBC.malloc_trim(0)
    with open("/proc/self/statm") as file:
        pages = int(file.read().split()[1])
    return pages * resource.getpagesize() / 1024


class Gauge(keras.callbacks.Callback):
    """Records sizes, threads and files at epoch ends."""

    def __init__(self):
        super().__init__()
        self.found = {name: [] for name in (*SIZES, "threads", "files")}

    def on_epoch_end(self, epoch, logs=None):
        gc.collect()
        for name, value in (
            ("heap", heap()),
            ("objects", sys.getallocatedblocks()),
            ("process", process()),
            ("threads", threading.active_count()),
            ("files", len(os.listdir("/proc/self/fd"))),
        ):
            self.found[name].append(value)


def train(epochs: int, watched: bool) -> dict[str, list[float]]:
    """Trains in this process; returns the records and the traces."""
    inputs, classes = small.data()
    gauge, own, traces = Gauge(), [], []
    with tempfile.TemporaryDirectory() as directory:
        if watched:
            own = [
                tb_actmax.ActivationMaximization(
                    directory,
                    layers="all",
                    probe=inputs[:64],
                    steps=4,
                    warm_steps=2,
                    budget=None,
                )
            ]
        small.network(16, 16).fit(
            inputs, classes, epochs=epochs, verbose=0, callbacks=[*own, gauge]
        )
        for callback in own:
            traces = list(callback.traces.values())
    return gauge.found | {"traces": traces}


def in_a_process(epochs: int, how: str) -> dict[str, list[float]]:
    """Trains in a process of its own; returns its records."""
    command = [
        sys.executable,
        "-m",
        "benchmarks.training.memory",
        "--epochs",
        str(epochs),
        "--only",
        how,
    ]
    ran = subprocess.run(command, stdout=subprocess.PIPE, check=True)
    return json.loads(ran.stdout.splitlines()[-1])


def slope(sizes: list[float]) -> tuple[float, float]:
    """Returns the growth an epoch and its standard error."""
    late = np.array(sizes[len(sizes) // 4 :])
    epochs = np.arange(len(late))
    (found, _), covariance = np.polyfit(epochs, late, 1, cov=True)
    return float(found), float(np.sqrt(covariance[0, 0]))


def said(how: str, found: dict[str, list[float]]) -> str:
    """Returns one line about a training."""
    grown = ", ".join(
        "{:+.2f} ± {:.2f} {}".format(*slope(found[name]), unit)
        for name, (unit, _) in SIZES.items()
    )
    return (
        f"{how} the callback, an epoch: {grown}; {found['process'][-1] / 1024:.0f}"
        f" MiB at the end; threads {found['threads'][1]} -> "
        f"{found['threads'][-1]}, files {found['files'][1]} -> "
        f"{found['files'][-1]}"
    )


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--epochs", type=int, default=200)
    parser.add_argument("--only", choices=("with", "without"))
    figures.add_option(parser)
    asked = parser.parse_args()
    if asked.only:
        print(json.dumps(train(asked.epochs, asked.only == "with")))
        return 0
    trainings = []
    for how in ("without", "without", "with"):
        trainings.append(in_a_process(asked.epochs, how))
        print(said(how, trainings[-1]), flush=True)
    *plain, watched = trainings
    print(f"steps traced: {watched['traces']} over {asked.epochs} epochs")
    if asked.write:
        figures.write(
            "memory",
            {
                how: {name: list(slope(found[name])) for name in SIZES}
                for how, found in zip(
                    ("without", "without_again", "with"), trainings, strict=True
                )
            },
        )
    grows = [
        name
        for name, (_, noise) in SIZES.items()
        if slope(watched[name])[0]
        > max(slope(one[name])[0] for one in plain) + noise
    ]
    left = [
        name
        for name in ("threads", "files")
        if watched[name][-1] > watched[name][1]
    ]
    if max(watched["traces"]) > 1:
        left.append("traces")
    for name in (*grows, *left):
        print(f"MORE THAN NOISE: {name}")
    return int(bool(grows or left))


if __name__ == "__main__":
    sys.exit(main())
