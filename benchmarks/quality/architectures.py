"""Tests every architecture of keras.applications.

    python -m benchmarks.quality.architectures [NAME ...] [--write]

Builds each network with random weights at its smallest usual input, in a
process of its own, and maximizes two filters of its first, middle and last
convolution with 4 steps. Checks that all images are finite, that none is
constant, and that every filter had a gradient. Reports the seconds of
processor time (finding layers, tracing, maximizing) and the peak memory above
the network's own. With `--write`, networks can be tested in several runs.
"""

import argparse
import json
import subprocess
import sys
import time

from benchmarks import figures

# Smallest usual input; 64 for all others.
_SIZES = {"InceptionV3": 96, "InceptionResNetV2": 96, "Xception": 96}

_STEPS = 4


def names():
    """Returns the names of all architectures."""
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


def measure(name):
    """Tests one architecture in this process."""
    import keras
    import numpy as np

    from tb_actmax.data.fitting import fit
    from tb_actmax.maximizer.layer_maximizer import LayerMaximizer
    from tb_actmax.network import layers
    from tb_actmax.network.filter_selection import choose_objectives

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
        "layers": [target.path for target in chosen],
        "sizes": sizes,
        "flaws": flaws,
        "seconds": round(time.process_time() - began, 1),
        "mib": round(_memory()["VmHWM"] - before),
    }


def row(name, found):
    """Returns the row of docs/figures.json."""
    if "error" in found:
        found = {"flaws": [found["error"]]}
    return {
        "network": name,
        "input": str(found.get("size", "")),
        "convolutions": str(found.get("convolutions", "")),
        "layers tried": ", ".join(found.get("layers", ())),
        "images, px": ", ".join(map(str, found.get("sizes", ()))),
        "result": "; ".join(found["flaws"]) or "all",
        "s": f"{found.get('seconds', 0):.0f}",
        "MiB": f"{found.get('mib', 0):.0f}",
    }


def main():
    """Tests networks and prints the results."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", help="networks; default: all")
    parser.add_argument("--alone", action="store_true", help=argparse.SUPPRESS)
    figures.add_option(parser)
    options = parser.parse_args()
    if options.alone:
        print(json.dumps(measure(options.names[0])))
        return
    bad = []
    module = "benchmarks.quality.architectures"
    wanted = options.names or names()
    for name in wanted:
        command = [sys.executable, "-m", module, "--alone", name]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode:
            lines = done.stderr.strip().splitlines() or ["?"]
            found = {"error": f"{lines[-1]} (exit {done.returncode})"}
        else:
            found = json.loads(done.stdout.strip().splitlines()[-1])
        print(name, json.dumps(found), flush=True)
        if "error" in found or found["flaws"]:
            bad.append(name)
        if options.write:
            figures.write("architectures", tables={"all": [row(name, found)]})
    print(f"{len(wanted) - len(bad)} of {len(wanted)} work. {bad or ''}")
    sys.exit(bool(bad))


if __name__ == "__main__":
    main()
