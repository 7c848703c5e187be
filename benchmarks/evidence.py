"""Measures that what is logged beside the images is right, and what it costs.

    python benchmarks/evidence.py                # all of it
    python benchmarks/evidence.py planted cost   # some

Prints each figure beside what it should be, and fails where it is not.
"""

import argparse
import pathlib
import resource
import subprocess
import sys
import tempfile
import time

import keras
import networks  # first: it quiets TensorFlow
import numpy as np
import planted
from networks import digits

import tb_actmax
from tb_actmax.maximizer import layers, objectives
from tb_actmax.maximizer.inputs import ImageModel
from tb_actmax.maximizer.maximize import LayerMaximizer
from tb_actmax.plugin import matching
from tb_actmax.probe.evidence import Evidence
from tb_actmax.probe.responses import Responses
from tb_actmax.probe.sample import Sample, take_sample
from tb_actmax.probe.signature import Places, quantize
from tb_actmax.probe.statistics import measure_statistics
from tb_actmax.records import event
from tb_actmax.records.reader import read_blobs

PROBE = 1000


class Figures:
    """Prints figures and remembers those that miss."""

    def __init__(self):
        self.missed = []

    def __call__(self, name, value, right, wanted):
        print(f"{name:58} {value:>10.4g}   {wanted}{'' if right else '  MISS'}")
        if not right:
            self.missed.append(name)


def evidence(model, name, sample, exemplars=9):
    """Evidence of all filters of a layer, and images of them."""
    seen, shape = ImageModel(model), sample.images.shape[1:]
    target = layers.find_targets(seen, shape)[name]
    statistics = measure_statistics(sample.images)
    chosen = objectives.choose(target, "all")
    images = LayerMaximizer(seen, target, chosen, statistics, shape).cold()
    measure = Evidence(
        seen, target, statistics, sample, Places(sample), exemplars
    )
    return lambda: measure(chosen, images.images)


def signatures(model, name, sample):
    """Signatures of all filters of a layer, as a log holds them."""
    seen, places = ImageModel(model), Places(sample)
    target = layers.find_targets(seen, sample.images.shape[1:])[name]
    sampled = Responses(seen, target, places)(sample).sampled
    values, scales = quantize(places.signatures(sampled))
    vectors = (values.astype(float) - 128) * scales[:, None] / 127
    lengths = np.linalg.norm(vectors, axis=1)
    return matching.Signatures(
        [str(index) for index in range(len(vectors))],
        vectors / np.maximum(lengths, 1e-12)[:, None],
        lengths,
        places.exact,
        places.fingerprint,
    )


def known(figures):
    """A planted network, a permuted copy of it, and a dead filter."""
    case = planted.cases()[0]
    # Templates of equal length: none excites a filter more than its own.
    sample = Sample(planted_inputs(case.templates))
    kernel, bias = case.model.get_layer("conv1").get_weights()
    found = evidence(case.model, "conv1", sample)()
    filters = range(len(case.templates))
    own = np.mean(
        [
            [i % len(filters) == index for i in entry["inputs"]]
            for index, entry in found.exemplars.entries.items()
        ]
    )
    figures("planted: exemplars that show the own template", own, own == 1, "1")
    rank = np.mean([found.entries[index]["rank"] == 1 for index in filters])
    figures(
        "planted: images that excite their own filter most",
        rank,
        rank >= 0.9,
        ">= .9",
    )
    random = np.random.default_rng(0)
    order = random.permutation(len(filters))
    first = signatures(case.model, "conv1", sample)
    case.model.get_layer("conv1").set_weights([kernel[..., order], bias[order]])
    second = signatures(case.model, "conv1", sample)
    pairs = matching.match(first, second).pairs
    right = np.mean([order[int(b)] == int(a) for a, b, _ in pairs])
    figures("permuted copy: matched", right, right == 1, "1")
    least = min(r for _, _, r in pairs)
    figures("permuted copy: least r", least, least >= 0.999, ">= .999")
    kernel[..., 0], bias[0] = 0, -1
    case.model.get_layer("conv1").set_weights([kernel, bias])
    measured = evidence(case.model, "conv1", sample, 0)().measured
    dead = [i for i in filters if measured.status(i) == "dead"]
    figures("planted: dead filters found, of 1", len(dead), dead == [0], "1")


def planted_inputs(templates, each=10):
    """One template on each input, in turn."""
    random = np.random.default_rng(0)
    side = templates.shape[1]
    count = each * len(templates)
    images = np.zeros((count, planted.SIZE, planted.SIZE, 1), np.float32)
    for index, image in enumerate(images):
        y, x = 2 * random.integers(0, (planted.SIZE - side) // 2, 2)
        image[y : y + side, x : x + side] = templates[index % len(templates)]
    return images


def halves(figures):
    """Whether matches of two seeds depend on the half of the probe."""
    (x, y), _ = digits.load()
    x, y = x[:9000], y[:9000]
    models = [networks.digits_network(x, y, seed) for seed in (0, 1)]
    for name in ("conv1", "conv2"):
        found = []
        for half in (x[: PROBE // 2], x[PROBE // 2 : PROBE]):
            sides = [signatures(m, name, Sample(half)) for m in models]
            found.append(matching.match(*sides))
        pairs = [{a: b for a, b, _ in each.pairs} for each in found]
        same = np.mean([pairs[0][a] == pairs[1][a] for a in pairs[0]])
        first = name == "conv1"
        wanted = ">= .9" if first else "shown"
        figures(
            f"two seeds, {name}: same on both halves",
            same,
            not first or same >= 0.9,
            wanted,
        )
        r = np.array([r for _, _, r in found[0].pairs])
        figures(f"two seeds, {name}: mean r", r.mean(), True, "shown")
        figures(f"two seeds, {name}: r >= .5", (r >= 0.5).mean(), True, "shown")
        figures(f"two seeds, {name}: CKA", found[0].cka, True, "shown")


def settling(figures, epochs=10):
    """Whether what is called settled changes less afterwards."""
    (x, y), _ = digits.load()
    x, y = x[:9000], y[:9000]
    with tempfile.TemporaryDirectory() as logs:
        model = networks.digits_network(x, y, 0, epochs=1)
        schedule = keras.optimizers.schedules.CosineDecay(
            0.001, epochs * len(x) // 128
        )
        model.compile(
            keras.optimizers.Adam(schedule), "sparse_categorical_crossentropy"
        )
        callback = tb_actmax.ActivationMaximization(
            logs, filters="all", probe=(x[:PROBE], y[:PROBE])
        )
        model.fit(
            x, y, batch_size=128, epochs=epochs, verbose=0, callbacks=[callback]
        )
        series = {}
        for tag, step, blobs in read_blobs(logs):
            for entry in event.decode(blobs).filters:
                series.setdefault((tag, entry["filter"]), {})[step] = entry
    flags, later = [], []
    for entries in series.values():
        for step in range(2, epochs - 1):
            after = [entries[s]["drift"] for s in range(step + 1, epochs + 1)]
            flags.append(bool(entries[step]["settled"]))
            later.append(np.mean(after))
    flags, later = np.array(flags), np.array(later)
    curve = [
        np.mean([entries[step]["settled"] for entries in series.values()])
        for step in range(1, epochs + 1)
    ]
    print("settled, by epoch:", " ".join(f"{share:.2f}" for share in curve))
    half = epochs // 2
    early, late = np.mean(curve[:half]), np.mean(curve[half:])
    figures(
        "settled: mean of the later half - of the earlier",
        late - early,
        late > early,
        "> 0",
    )
    yes, no = later[flags].mean(), later[~flags].mean()
    figures("drift afterwards, settled", yes, yes < no, "< not settled")
    figures("drift afterwards, not settled", no, True, "shown")


def cost(figures, rounds=5):
    """Seconds of all measures beside `predict`, and bytes of events."""
    (x, y), _ = digits.load()
    x, y = x[:9000], y[:9000]
    model = networks.digits_network(x, y, 0, epochs=1)
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
    figures(
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
                filters="all",
                probe=(x[:PROBE], y[:PROBE]),
                exemplars=count,
            )
            model.optimizer.learning_rate = 0.0
            model.fit(x[:128], y[:128], verbose=0, callbacks=[callback])
            for tag, _, blobs in read_blobs(logs):
                sizes[tag, count] = sum(map(len, blobs))
    for tag in ("conv1", "conv2"):
        ratio = sizes[tag, 9] / sizes[tag, 0]
        figures(
            f"{tag}: event with exemplars / without",
            ratio,
            ratio <= 2,
            "<= 2",
        )


def memory(figures):
    """Peak memory with a probe of 1,000 inputs, and of a hundred times more."""
    peaks = []
    for count in (PROBE, 100 * PROBE):
        code = (
            "import sys; sys.path.insert(0, 'benchmarks'); import evidence; "
            f"evidence.peak({count})"
        )
        found = subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            text=True,
            check=True,
            cwd=pathlib.Path(__file__).parent.parent,
        )
        peaks.append(float(found.stdout.split()[-1]))
    figures("peak MiB, probe of 1,000", peaks[0], True, "shown")
    figures(
        "peak MiB, dataset of 100,000",
        peaks[1],
        peaks[1] < 1.1 * peaks[0],
        "< 1.1 times",
    )


def peak(count):
    """Prints the peak memory, in MiB, of measuring a dataset of so many."""

    def batches():
        random = np.random.default_rng(0)
        for _ in range(0, count, 100):
            yield random.uniform(size=(100, 28, 28, 1)).astype(np.float32)

    model = keras.Sequential(
        [keras.Input((28, 28, 1)), keras.layers.Conv2D(32, 5, name="conv")]
    )
    evidence(model, "conv", take_sample(batches()))()
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


PARTS = {
    "planted": known,
    "halves": halves,
    "settling": settling,
    "cost": cost,
    "memory": memory,
}


def main():
    """Prints all figures, or those asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("parts", nargs="*", help=", ".join(PARTS))
    figures = Figures()
    for part in parser.parse_args().parts or PARTS:
        PARTS[part](figures)
    sys.exit(f"Missed: {', '.join(figures.missed)}" if figures.missed else 0)


if __name__ == "__main__":
    main()
