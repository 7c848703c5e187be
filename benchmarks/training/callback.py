"""What the callback costs on the network of the demo, all 96 filters.

    python -m benchmarks.training.callback

Prints seconds of a cold look (tracing included), the median of warm looks,
their share of an epoch of the 9,000 digits, and how often steps were traced.
"""

import json
import tempfile
import time

import digits
import keras
import mnist
import numpy as np

import tb_actmax


class Timed(tb_actmax.ActivationMaximization):
    """Notes how long each look takes, and each epoch without it."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.looks, self.epochs = [], []

    def on_epoch_begin(self, epoch, logs=None):
        began = time.perf_counter()
        super().on_epoch_begin(epoch, logs)
        if epoch == 0:
            self.looks.append(time.perf_counter() - began)
        self._began = time.perf_counter()

    def on_epoch_end(self, epoch, logs=None):
        self.epochs.append(time.perf_counter() - self._began)
        began = time.perf_counter()
        super().on_epoch_end(epoch, logs)
        self.looks.append(time.perf_counter() - began)


def main():
    """Trains once and prints the table."""
    (x, y), _ = digits.load()
    x, y = x[:9000], y[:9000]
    keras.utils.set_random_seed(0)
    with tempfile.TemporaryDirectory() as directory:
        watcher = Timed(directory, filters="all", probe=x[:512])
        mnist.network(0.4, 6 * 70).fit(
            x, y, batch_size=128, epochs=6, verbose=0, callbacks=[watcher]
        )
    warm, epoch = np.median(watcher.looks[1:]), np.median(watcher.epochs)
    views = watcher._session._views.values()
    result = {
        "cold_seconds": round(watcher.looks[0], 3),
        "warm_seconds": round(float(warm), 3),
        "epoch_seconds": round(float(epoch), 3),
        "warm_share_of_epoch": round(float(warm / epoch), 4),
        "traces": [view.maximizer.traces for view in views],
    }
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
