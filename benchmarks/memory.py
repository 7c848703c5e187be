"""Memory, threads and open files of a long training with the callback.

    python benchmarks/memory.py [--epochs 200]

After a quarter of the epochs, in which caches fill, the size of the process
is fitted by a line; its slope is printed with its standard error, beside that
of the same training without the callback. Exits with 1 where the memory grows
by more than three standard errors and 20 KiB an epoch, or where a thread, a
file or a traced graph is left over.
"""

import argparse
import gc
import os
import resource
import sys
import tempfile
import threading

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import keras
import numpy as np
import small

import tb_actmax


class Gauge(keras.callbacks.Callback):
    """Reads the size of the process, its threads and files at epoch ends."""

    def __init__(self):
        super().__init__()
        self.size, self.threads, self.files = [], [], []

    def on_epoch_end(self, epoch, logs=None):
        gc.collect()
        with open("/proc/self/statm") as file:
            pages = int(file.read().split()[1])
        self.size.append(pages * resource.getpagesize() / 1024)
        self.threads.append(threading.active_count())
        self.files.append(len(os.listdir("/proc/self/fd")))


def train(epochs: int, own: list[keras.callbacks.Callback]) -> Gauge:
    gauge = Gauge()
    small.network(16, 16).fit(
        *DATA, epochs=epochs, verbose=0, callbacks=[*own, gauge]
    )
    return gauge


def slope(sizes: list[float]) -> tuple[float, float]:
    """KiB an epoch, and its standard error."""
    late = np.array(sizes[len(sizes) // 4 :])
    epochs = np.arange(len(late))
    (found, _), covariance = np.polyfit(epochs, late, 1, cov=True)
    return float(found), float(np.sqrt(covariance[0, 0]))


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--epochs", type=int, default=200)
    epochs = parser.parse_args().epochs
    plain = train(epochs, [])
    with tempfile.TemporaryDirectory() as directory:
        own = tb_actmax.ActivationMaximization(
            directory, probe=DATA[0][:64], steps=4, warm_steps=2
        )
        watched = train(epochs, [own])
        views = own._session._views.values()
        traces = [view.maximizer.traces for view in views]
    for name, gauge in (("without", plain), ("with", watched)):
        found, error = slope(gauge.size)
        print(
            f"{name} the callback: {found:+.1f} +- {error:.1f} KiB an epoch, "
            f"{gauge.size[-1] / 1024:.0f} MiB at the end; threads "
            f"{gauge.threads[1]} -> {gauge.threads[-1]}, files "
            f"{gauge.files[1]} -> {gauge.files[-1]}"
        )
    print(f"steps traced: {traces} over {epochs} epochs")
    found, error = slope(watched.size)
    grows = found > max(3 * error, 20)
    left = (
        watched.threads[-1] > watched.threads[1]
        or watched.files[-1] > watched.files[1]
        or max(traces) > 1
    )
    return int(grows or left)


DATA = small.data()

if __name__ == "__main__":
    sys.exit(main())
