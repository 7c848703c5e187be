"""Are the images right? Measured where the truth is known, and on digits.

    python -m benchmarks.quality.images [--seeds 3] [--json FILE] [--only NAME]

Planted networks (grey and colour): likeness (correlation of the image with
the filter's template), identified (share of images more like their own
template than any other), orientation and colour (median error in degrees).

All networks: lift ((activation - grey) / (the data's maximum - grey)), fail
(share of filters with a lift under .25), dead (share of flat images), lift_T
(lift after transforms that no method was trained with), sel1 (share of images
that excite their own filter most), afc (share of other filters whose real
patches are less like the image than the filter's own), patches (correlation
with the filter's top real patches), transfer (readout of the filter from a
second training's layer, in parts of its 99th percentile on data), agree
(correlation of images from different starts). Filters whom the data hardly
moves are left out. Seconds are the processor's, of a first call, tracing and
what the probe excites included. Then how far 8 warm steps get (`warm_starts.py`).

Prints the table and writes JSON; exits with 1 if ours misses a bar or a
control that must fail passes all bars of a layer.
"""

import argparse
import itertools
import json
import sys
import time

import numpy as np

from benchmarks.networks import planted_colour, planted_grey, trained
from benchmarks.quality import controls, warm_starts
from benchmarks.quality.likeness import Planted, correlation
from benchmarks.quality.scores import Trained

# The least of each measure, or the most where less is better.
BARS = {
    "planted grey 1": {"likeness": 0.92, "identified": 0.95, "orientation": 2},
    "planted grey 2": {"likeness": 0.75, "identified": 0.90, "sel1": 0.95},
    "planted RGB 1": {
        "likeness": 0.90,
        "identified": 0.95,
        "orientation": 2,
        "colour": 8,
    },
    "planted RGB 2": {"identified": 0.90},
    "digits conv1": {
        "lift": 1.1,
        "fail": 0,
        "sel1": 0.95,
        "afc": 0.95,
    },
    "digits conv2": {
        "lift": 0.85,
        "fail": 0,
        "dead": 0,
        "lift_T": 0.75,
        "sel1": 0.85,
        "afc": 0.96,
        "transfer": 0.48,
    },
}
LESS_IS_BETTER = ("orientation", "colour", "fail", "dead")
COLUMNS = (
    "likeness",
    "identified",
    "orientation",
    "colour",
    "lift",
    "fail",
    "dead",
    "lift_T",
    "sel1",
    "afc",
    "patches",
    "transfer",
    "agree",
    "seconds",
)
# Of every layer: all are first or second ones.
AGREE = 0.9


def missed(bars, found):
    """Names of the bars that are missed."""
    return [
        name
        for name, bar in bars.items()
        if (
            found[name] > bar + 1e-9
            if name in LESS_IS_BETTER
            else found[name] < bar
        )
    ]


def mean(runs):
    """Mean of measures over seeds."""
    return {name: float(np.mean([r[name] for r in runs])) for name in runs[0]}


def agreement(shown):
    """Mean correlation of images of the same filters from different starts."""
    pairs = itertools.combinations(shown, 2)
    return float(
        np.mean(
            [
                correlation(one, other)
                for first, second in pairs
                for one, other in zip(first, second, strict=True)
            ]
            or [1.0]
        )
    )


def show(name, found, below=()):
    """One line of the table."""
    cells = "".join(
        f"{found[c]:8.2f}" if c in found else " " * 8 for c in COLUMNS
    )
    print(f"  {name:12}{cells}  {' '.join(below)}", flush=True)


def measure(case, seeds):
    """All methods on one layer; {method: measures}."""
    bars = {**BARS[case.name], "agree": AGREE}
    trained = Trained(case)
    truth = Planted(case) if case.templates is not None else None

    def look(images):
        found = trained(images)
        return {**found, **truth(images)} if truth else found

    best = look(trained.best_real())
    if case.name == "digits conv1":
        bars["lift_T"] = best["lift_T"]
    left_out = int((~trained.alive).sum())
    print(f"{case.name}: {len(case.filters)} filters, {left_out} left out")
    results = {}
    for method, maximize in controls.METHODS.items():
        runs, shown = [], []
        for seed in range(seeds):
            began = time.process_time()
            images = maximize(
                case.model, case.layer, case.filters, case.probe, seed
            )
            seconds = time.process_time() - began
            runs.append({**look(images), "seconds": seconds})
            shown.append(images[trained.alive])
        found = mean(runs) | {"agree": agreement(shown)}
        below = missed(bars, found)
        results[method] = {**found, "missed": below}
        show(method, found, below)
    results["best real"] = best
    show("best real", best)
    return results


def main():
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--json", default="quality.json")
    parser.add_argument("--only", default="", help="part of a layer's name")
    options = parser.parse_args()
    cases = [*planted_grey.cases(), *planted_colour.cases()]
    if options.only[:6] in "digits":
        cases += trained.trained_cases()
    results, wrong = {}, []
    print(" " * 14 + "".join(f"{name[:7]:>8}" for name in COLUMNS))
    for case in cases:
        if options.only not in case.name:
            continue
        results[case.name] = found = measure(case, options.seeds)
        if found["ours"]["missed"]:
            names = ", ".join(found["ours"]["missed"])
            wrong.append(f"ours misses {names} in {case.name}")
        for control in controls.MUST_FAIL:
            if not found[control]["missed"]:
                wrong.append(f"{control} passes in {case.name}, and must not")
    if options.only in "digits":
        wrong += warm_starts.show(options.seeds)
    with open(options.json, "w") as file:
        json.dump(results, file, indent=2)
    print("\n".join(wrong) or "Every bar is reached, every control fails.")
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
