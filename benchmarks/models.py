"""Does it work on every architecture? All of keras.applications.

    python benchmarks/models.py [NAME ...] [--json FILE]

Each network with random weights, at its smallest sensible input: the first,
middle and last convolution, two filters each, 8 steps, in a process of its
own. Prints for each whether all images are finite and none is constant, the
seconds it took (finding layers, tracing, maximizing), and the peak memory
above that of the network.
"""

import argparse
import json
import os
import subprocess
import sys
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

# Smallest sensible input; 64 for all others.
_SIZES = {
    "InceptionV3": 96,
    "InceptionResNetV2": 96,
    "Xception": 96,
    "NASNetLarge": 96,
    "NASNetMobile": 64,
}


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

    import tb_actmax
    from tb_actmax.maximizer import layers

    size = _SIZES.get(name, 64)
    keras.utils.set_random_seed(0)
    model = getattr(keras.applications, name)(
        weights=None, include_top=False, input_shape=(size, size, 3)
    )
    before = _memory()["VmRSS"]
    random = np.random.default_rng(0)
    probe = random.uniform(0, 255, (32, size, size, 3)).astype("float32")
    began = time.perf_counter()
    targets = layers.find_targets(model, (size, size, 3))
    found = [t for t in targets.values() if layers.is_convolution(t.layer)]
    chosen = [found[0], found[len(found) // 2], found[-1]]
    good = True
    for target in chosen:
        images = tb_actmax.maximize(
            model, target.path, [0, 1], probe, steps=8
        ).images
        good &= bool(np.isfinite(images).all())
        good &= bool((images.std(axis=(1, 2, 3)) > 1e-3).all())
    return {
        "convolutions": len(found),
        "looked_at": [target.path for target in chosen],
        "good": good,
        "seconds": time.perf_counter() - began,
        "mib": _memory()["VmHWM"] - before,
    }


def main():
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*")
    parser.add_argument("--json", default="models.json")
    parser.add_argument("--alone", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.alone:
        print(json.dumps(look(options.names[0])))
        return
    results = {}
    for name in options.names or names():
        done = subprocess.run(
            [sys.executable, __file__, "--alone", name],
            capture_output=True,
            text=True,
        )
        if done.returncode:
            error = done.stderr.strip().splitlines()[-1]
            results[name] = {"good": False, "error": error}
            print(f"{name:24} {error}", flush=True)
            continue
        found = json.loads(done.stdout.strip().splitlines()[-1])
        results[name] = found
        print(
            f"{name:24} {found['convolutions']:4} convolutions"
            f"  {'ok' if found['good'] else 'BAD':4}"
            f" {found['seconds']:7.1f} s {found['mib']:7.0f} MiB"
            f"  {', '.join(found['looked_at'])}",
            flush=True,
        )
        with open(options.json, "w") as file:
            json.dump(results, file, indent=2)
    bad = [name for name, found in results.items() if not found["good"]]
    print(f"{len(results) - len(bad)} of {len(results)} work. {bad or ''}")
    sys.exit(bool(bad))


if __name__ == "__main__":
    main()
