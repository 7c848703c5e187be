"""Measures of trainings on digits: of two seeds, and over time."""

import tempfile

import digits
import keras
import numpy as np

import tb_actmax
from benchmarks.measures.measured import signatures
from benchmarks.networks import trained
from tb_actmax.data.sample import Sample
from tb_actmax.matching.pairing import pair_filters
from tb_actmax.records import event
from tb_actmax.records.reader import read_blobs

PROBE = 1000


def halves(report):
    """Compares the matches of two seeds on both halves of the probe."""
    (x, y), _ = digits.load()
    x, y = x[:9000], y[:9000]
    models = [trained.digits_network(x, y, seed) for seed in (0, 1)]
    for name in ("conv1", "conv2"):
        found = []
        for half in (x[: PROBE // 2], x[PROBE // 2 : PROBE]):
            sides = [signatures(m, name, Sample(half)) for m in models]
            found.append(pair_filters(*sides))
        pairs = [{a: b for a, b, _ in each.pairs} for each in found]
        same = np.mean([pairs[0][a] == pairs[1][a] for a in pairs[0]])
        first = name == "conv1"
        wanted = ">= .9" if first else "shown"
        report(
            f"two seeds, {name}: same on both halves",
            same,
            not first or same >= 0.9,
            wanted,
        )
        r = np.array([r for _, _, r in found[0].pairs])
        report(f"two seeds, {name}: mean r", r.mean(), True, "shown")
        report(f"two seeds, {name}: r >= .5", (r >= 0.5).mean(), True, "shown")
        report(f"two seeds, {name}: CKA", found[0].cka, True, "shown")


def settling(report, epochs=10):
    """Checks that settled filters change less in later epochs."""
    (x, y), _ = digits.load()
    x, y = x[:9000], y[:9000]
    with tempfile.TemporaryDirectory() as logs:
        model = trained.digits_network(x, y, 0, epochs=1)
        schedule = keras.optimizers.schedules.CosineDecay(
            0.001, epochs * len(x) // 128
        )
        model.compile(
            keras.optimizers.Adam(schedule), "sparse_categorical_crossentropy"
        )
        callback = tb_actmax.ActivationMaximization(
            logs,
            layers="all",
            filters="all",
            probe=(x[:PROBE], y[:PROBE]),
            budget=None,
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
    report(
        "settled: mean of the later half - of the earlier",
        late - early,
        late > early,
        "> 0",
    )
    yes, no = later[flags].mean(), later[~flags].mean()
    report("drift afterwards, settled", yes, yes < no, "< not settled")
    report("drift afterwards, not settled", no, True, "shown")
