"""Does it work on every architecture? All of keras.applications.

    python -m benchmarks.quality.architectures [NAME ...] [--json FILE] [--table FILE]

Each network with random weights, at its smallest sensible input: the first,
middle and last convolution, two filters each, 4 steps, in a process of its
own. Prints for each whether all images are finite, none is constant and every
filter had a gradient to follow; the seconds of processor time it took (finding
layers, tracing, maximizing); and the peak memory above that of the network.

Results are added to the JSON file; those that it has already are not measured
again, so that the networks can be measured in several runs. `--table` writes
all of them into a page, between two comments.
"""

import argparse
import json
import os
import subprocess
import sys
import time

# Smallest sensible input; 64 for all others.
_SIZES = {"InceptionV3": 96, "InceptionResNetV2": 96, "Xception": 96}

_STEPS = 4

_BEGIN, _END = "<!-- architectures -->", "<!-- end -->"


def names():
    """All architectures."""
    from keras import applications

    return [
        name
        for name in dir(applications)
        if name[0].isupper() and callable(getattr(applications, name))
    ]


def _memory():
    with open("/proc/self/status") as file:
        text = file.read()
    return {
        key: int(text.split(f"{key}:")[1].split()[0]) / 1024
        for key in ("VmRSS", "VmHWM")
    }


def look(name):
    """Measures one architecture in this process."""
    import keras
    import numpy as np

    from tb_actmax.data.fitting import fit
    from tb_actmax.maximizer.layer_maximizer import LayerMaximizer
    from tb_actmax.network import layers
    from tb_actmax.network.selection import choose_objectives

    size = _SIZES.get(name, 64)
    keras.utils.set_random_seed(0)
    model = getattr(keras.applications, name)(
        weights=None, include_top=False, input_shape=(size, size, 3)
    )
    before = _memory()["VmRSS"]
    random = np.random.default_rng(0)
    probe = random.uniform(0, 255, (8, size, size, 3)).astype("float32")
    began = time.process_time()
    fitted = fit(model, probe)
    targets = layers.find_targets(fitted.model, fitted.shape)
    found = [t for t in targets.values() if layers.is_convolution(t.layer)]
    chosen = [found[0], found[len(found) // 2], found[-1]]
    flaws, sizes = [], []
    for target in chosen:
        objectives = choose_objectives(target, [0, 1])
        maximized = LayerMaximizer(fitted, target, objectives).cold(_STEPS)
        images, scores = maximized.images, maximized.scores
        sizes.append(images.shape[1])
        if not (np.isfinite(images).all() and np.isfinite(scores).all()):
            flaws.append(f"{target.path}: not finite")
        if not (images.std(axis=(1, 2, 3)) > 1).all():
            flaws.append(f"{target.path}: constant")
        flaws += [
            f"{target.path}, filter {index}: {status}"
            for index, status in enumerate(maximized.status)
            if status != "ok"
        ]
    return {
        "size": size,
        "convolutions": len(found),
        "looked_at": [target.path for target in chosen],
        "sizes": sizes,
        "flaws": flaws,
        "seconds": round(time.process_time() - began, 1),
        "mib": round(_memory()["VmHWM"] - before),
    }


def table(results):
    """The results as a table in Markdown."""
    lines = [
        "| network | input | convolutions | looked at | images, px | found "
        "| s | MiB |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for name, found in sorted(results.items()):
        if "error" in found:
            lines.append(f"| {name} | | | | | {found['error']} | | |")
            continue
        verdict = "; ".join(found["flaws"]) or "all"
        lines.append(
            f"| {name} | {found['size']} | {found['convolutions']} | "
            f"{', '.join(found['looked_at'])} | "
            f"{', '.join(map(str, found['sizes']))} | {verdict} | "
            f"{found['seconds']:.0f} | {found['mib']:.0f} |"
        )
    missing = [name for name in names() if name not in results]
    if missing:
        lines += ["", f"Not measured yet: {', '.join(missing)}."]
    return "\n".join(lines)


def write_table(page, results):
    """Puts the table where the page has it."""
    with open(page) as file:
        before, rest = file.read().split(_BEGIN)
    after = rest.split(_END)[1]
    with open(page, "w") as file:
        file.write(f"{before}{_BEGIN}\n\n{table(results)}\n\n{_END}{after}")


def main():
    """Measures, and prints or writes the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", help="networks; default: all")
    parser.add_argument("--json", default="models.json", help="results so far")
    parser.add_argument("--table", help="page to write the table of all into")
    parser.add_argument("--alone", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.alone:
        print(json.dumps(look(options.names[0])))
        return
    results = {}
    if os.path.exists(options.json):
        with open(options.json) as file:
            results = json.load(file)
    wanted = options.names or [n for n in names() if n not in results]
    for name in wanted:
        done = subprocess.run(
            [
                sys.executable,
                "-m",
                "benchmarks.quality.architectures",
                "--alone",
                name,
            ],
            capture_output=True,
            text=True,
        )
        if done.returncode:
            lines = done.stderr.strip().splitlines() or ["?"]
            found = {"error": f"{lines[-1]} (exit {done.returncode})"}
        else:
            found = json.loads(done.stdout.strip().splitlines()[-1])
        results[name] = found
        print(name, json.dumps(found), flush=True)
        with open(options.json, "w") as file:
            json.dump(results, file, indent=2)
    bad = [n for n, f in results.items() if "error" in f or f["flaws"]]
    print(f"{len(results) - len(bad)} of {len(results)} work. {bad or ''}")
    if options.table:
        write_table(options.table, results)
    sys.exit(bool(bad))


if __name__ == "__main__":
    main()
