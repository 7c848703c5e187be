"""Cost of the measures: time, bytes of the log, memory."""

import resource
import subprocess
import sys
import tempfile
import time

import digits
import keras
import numpy as np

import benchmarks
import tb_actmax
from benchmarks.measures.measured import evidence
from benchmarks.networks import trained
from tb_actmax.data.sample import Sample, take_sample
from tb_actmax.records.reader import read_blobs

PROBE = 1000


def cost(report, rounds=5):
    """Times all measures relative to `predict`; weighs the events."""
    (x, y), _ = digits.load()
    x, y = x[:9000], y[:9000]
    model = trained.digits_network(x, y, 0, epochs=1)
    sample = Sample(x[:PROBE], y[:PROBE].astype(np.int64))
    measures = [evidence(model, name, sample) for name in ("conv1", "conv2")]
    for run in measures:
        run()
    model.predict(sample.images, verbose=0)
    ratios = []
    for _ in range(rounds):
        began = time.perf_counter()
        for _ in measures:
            model.predict(sample.images, verbose=0)
        between = time.perf_counter()
        for run in measures:
            run()
        ratios.append((time.perf_counter() - between) / (between - began))
    ratio = float(np.median(ratios))
    report(
        "all measures / predict per layer (median of five)",
        ratio,
        ratio <= 1.5,
        "<= 1.5",
    )
    sizes = {}
    for count in (0, 9):
        with tempfile.TemporaryDirectory() as logs:
            callback = tb_actmax.ActivationMaximization(
                logs,
                layers="all",
                filters="all",
                probe=(x[:PROBE], y[:PROBE]),
                exemplars=count,
                budget=None,
            )
            model.optimizer.learning_rate = 0.0
            model.fit(x[:128], y[:128], verbose=0, callbacks=[callback])
            for tag, _, blobs in read_blobs(logs):
                size = sum(map(len, blobs))  # little if nothing has changed
                sizes[tag, count] = max(size, sizes.get((tag, count), 0))
    for tag in ("conv1", "conv2"):
        ratio = sizes[tag, 9] / sizes[tag, 0]
        report(
            f"{tag}: event with exemplars / without",
            ratio,
            ratio <= 2,
            "<= 2",
        )


def memory(report):
    """Compares the peak memory of 1,000 and of 100,000 probe inputs."""
    peaks = []
    for count in (PROBE, 100 * PROBE):
        code = f"from benchmarks.measures import cost; cost.peak({count})"
        found = subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            text=True,
            check=True,
            cwd=benchmarks.ROOT,
        )
        peaks.append(float(found.stdout.split()[-1]))
    report("peak MiB, probe of 1,000", peaks[0], True, "shown")
    report(
        "peak MiB, dataset of 100,000",
        peaks[1],
        peaks[1] < 1.1 * peaks[0],
        "< 1.1 times",
    )


def peak(count):
    """Prints the peak memory, in MiB, of measuring `count` inputs."""

    def batches():
        random = np.random.default_rng(0)
        for _ in range(0, count, 100):
            yield random.uniform(size=(100, 28, 28, 1)).astype(np.float32)

    model = keras.Sequential(
        [keras.Input((28, 28, 1)), keras.layers.Conv2D(32, 5, name="conv")]
    )
    evidence(model, "conv", take_sample(batches()))()
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
