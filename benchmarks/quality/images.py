"""Scores images where the truth is known, and on digits.

    python -m benchmarks.quality.images [--seeds 3] [--only NAME] [--write]

Compares tb_actmax with the controls of controls.py, on two planted networks
and on the demo's, trained from two seeds. docs/benchmarks.md explains each
column. Filters that the data hardly excites are left out. `--only` chooses the
layers whose name contains NAME.

Prints the tables, then those of warm_starts.py. Exits with 1 if tb_actmax
misses a bar, or if a control that must fail passes all bars of a layer.
"""

import argparse
import itertools
import re
import sys
import time

import numpy as np

from benchmarks import figures
from benchmarks.networks import planted_colour, planted_grey, trained
from benchmarks.quality import controls, warm_starts
from benchmarks.quality.likeness import Planted, correlation
from benchmarks.quality.scores import Trained

# Lower bounds; upper bounds for `LESS_IS_BETTER`.
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
AGREE = 0.9  # bar of every layer


def missed(bars, found):
    """Returns the names of the missed bars."""
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
    """Returns the mean of each score over seeds."""
    return {name: float(np.mean([r[name] for r in runs])) for name in runs[0]}


def agreement(shown):
    """Returns the mean correlation of images from different seeds."""
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
    """Prints one line of the table."""
    cells = "".join(
        f"{found[c]:8.2f}" if c in found else " " * 8 for c in COLUMNS
    )
    print(f"  {name:12}{cells}  {' '.join(below)}", flush=True)


def table(results):
    """Returns the rows of docs/figures.json."""
    columns = [c for c in COLUMNS if any(c in row for row in results.values())]
    return [
        {
            "method": method,
            **{c: f"{row[c]:.2f}" if c in row else "" for c in columns},
            "misses": ", ".join(row.get("missed", ())),
        }
        for method, row in results.items()
    ]


def measure(case, seeds):
    """Scores all methods on one layer; returns {method: scores}."""
    bars = {**BARS[case.name], "agree": AGREE}
    trained = Trained(case)
    truth = Planted(case) if case.templates is not None else None

    def score(images):
        found = trained(images)
        return {**found, **truth(images)} if truth else found

    best = score(trained.best_real())
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
            runs.append({**score(images), "seconds": seconds})
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
    parser.add_argument("--only", default="", help="part of a layer's name")
    figures.add_option(parser)
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
        if found["tb_actmax"]["missed"]:
            names = ", ".join(found["tb_actmax"]["missed"])
            wrong.append(f"tb_actmax misses {names} in {case.name}")
        for control in controls.MUST_FAIL:
            if not found[control]["missed"]:
                wrong.append(f"{control} passes in {case.name}")
    if options.only in "digits":
        wrong += warm_starts.show(options.seeds, options.write)
    if options.write:
        tables = {
            name.replace(" ", "_"): table(found)
            for name, found in results.items()
        }
        own = {
            layer.replace(" ", "_"): {
                re.sub(r"\W", "_", method): {"sel1_percent": 100 * row["sel1"]}
                for method, row in found.items()
            }
            for layer, found in results.items()
        }
        figures.write("images", own, tables)
    print("\n".join(wrong) or "Every bar is reached, every control fails.")
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
