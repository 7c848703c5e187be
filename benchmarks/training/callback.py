"""Measures the cost of the callback on the demo's network, with all 96 filters.

    python -m benchmarks.training.callback [--write]

Reports the seconds of the first update (with tracing), the median of later
ones, their share of an epoch of 9,000 digits, and the traces per layer.
"""

import argparse
import json
import tempfile
import time

import digits
import keras
import mnist
import numpy as np

import tb_actmax
from benchmarks import figures


class Timed(tb_actmax.ActivationMaximization):
    """Records the seconds of each update, and of each epoch without it."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.updates, self.epochs = [], []

    def on_epoch_begin(self, epoch, logs=None):
        began = time.perf_counter()
        super().on_epoch_begin(epoch, logs)
        if epoch == 0:
            self.updates.append(time.perf_counter() - began)
        self._began = time.perf_counter()

    def on_epoch_end(self, epoch, logs=None):
        self.epochs.append(time.perf_counter() - self._began)
        began = time.perf_counter()
        super().on_epoch_end(epoch, logs)
        self.updates.append(time.perf_counter() - began)


def main():
    """Trains once and prints the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    figures.add_option(parser)
    options = parser.parse_args()
    (x, y), _ = digits.load()
    x, y = x[:9000], y[:9000]
    keras.utils.set_random_seed(0)
    with tempfile.TemporaryDirectory() as directory:
        watcher = Timed(
            directory, layers="all", filters="all", probe=x[:512], budget=None
        )
        mnist.network(0.4, 6 * 70).fit(
            x, y, batch_size=128, epochs=6, verbose=0, callbacks=[watcher]
        )
    warm, epoch = np.median(watcher.updates[1:]), np.median(watcher.epochs)
    result = {
        "cold_seconds": round(watcher.updates[0], 3),
        "warm_seconds": round(float(warm), 3),
        "epoch_seconds": round(float(epoch), 3),
        "warm_percent_of_epoch": round(float(warm / epoch) * 100, 2),
        "traces": list(watcher.traces.values()),
    }
    print(json.dumps(result, indent=2))
    if options.write:
        figures.write("callback", result)


if __name__ == "__main__":
    main()
