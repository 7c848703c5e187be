"""Compares the speed of tb_actmax with that of other tools.

    python -m benchmarks.speed.ascent [--peers FOLDER] [--write]

All maximize the same filters of the same networks with the same number of
steps: the demo's second layer (16 filters, 64 steps) and VGG16's block3_conv1
with random weights (16 filters, 16 steps, 128 x 128 pixels). tb_actmax is
called as README calls it, by `maximize` with a probe, here of 32 inputs; the
first call is with tracing, the others use what it has traced; on the small
network, figures are medians of three processes. tf-keras-vis 0.8.7 and xplique
2.0.2 run in environments of their own, made in FOLDER. The limit is the work of
the network up to the layer, forward and backward to the image, at the speed of
one convolution on this machine. The last part takes all 64 filters of the
demo's second layer to the quality that quality/images.py asks for: 32 steps of
tb_actmax, beside the 128 of lucid-style, which miss it.
"""

import argparse
import json
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time
import venv

import keras
import numpy as np
import tensorflow as tf

import benchmarks
from benchmarks import figures

_PEERS = {
    "vis": ["tensorflow-cpu==2.21.0", "tf-keras-vis==0.8.7"],
    "xplique": ["tensorflow-cpu==2.21.0", "xplique==2.0.2"],
}
# Functions of peers.py, and the environment of each.
_TO_EQUAL_QUALITY = {"tb_actmax": None, "lucid": None}
_METHODS = {
    "tb_actmax": None,
    "tb_actmax_status": None,
    "tb_actmax_whole_input": None,
    "tb_actmax_whole_map": None,
    "keras_io": None,
    "tf_keras_vis": "vis",
    "tf_keras_vis_single": "vis",
    "xplique": "xplique",
}

_LABELS = {
    "tb_actmax": "tb_actmax",
    "tb_actmax_status": "tb_actmax, and its status is read",
    "tb_actmax_whole_input": "tb_actmax, on the whole input",
    "tb_actmax_whole_map": "tb_actmax, mean of the whole map",
    "xplique": "xplique",
    "keras_io": "keras.io's example, with its step compiled",
    "tf_keras_vis": "tf-keras-vis, one batch",
    "tf_keras_vis_single": "tf-keras-vis, one call a filter",
}


def environment(folder, name):
    """Returns the Python of a peer's environment; makes it if needed."""
    home = folder / name
    python = home / "bin" / "python"
    if not (home / "made").exists():
        venv.create(home, with_pip=True)
        install = [python, "-m", "pip", "install", "--quiet", *_PEERS[name]]
        subprocess.run(install, check=True)
        (home / "made").touch()
    return str(python)


def digits():
    """Returns the network of the demo, untrained."""
    layers = keras.layers
    return keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Conv2D(
                32, 5, padding="same", activation="relu", name="conv1"
            ),
            layers.MaxPooling2D(),
            layers.Conv2D(
                64, 5, padding="same", activation="relu", name="conv2"
            ),
        ]
    )


def vgg():
    """Returns VGG16 with random weights, without its head."""
    return keras.applications.VGG16(
        weights=None, include_top=False, input_shape=(128, 128, 3)
    )


def peak():
    """Returns the floating-point operations a second of one convolution."""
    images = tf.random.normal((16, 56, 56, 256))
    kernel = tf.random.normal((3, 3, 256, 256))
    run = tf.function(lambda: tf.nn.conv2d(images, kernel, 1, "SAME"))
    run()
    seconds = []
    for _ in range(5):
        began = time.perf_counter()
        run().numpy()
        seconds.append(time.perf_counter() - began)
    return 2 * 16 * 56 * 56 * 9 * 256 * 256 / min(seconds)


def work(model, layer, size, wanted):
    """Returns the floating-point operations of a step of one image.

    Counts the way forward, and backward to the image; of the layer itself only
    the wanted filters.
    """
    total = 0.0
    side = size
    for part in model.layers:
        if isinstance(part, keras.layers.MaxPooling2D):
            side //= 2
        if not isinstance(part, keras.layers.Conv2D):
            continue
        inputs, filters = part.kernel.shape[2:]
        if part.name == layer:
            filters = wanted
        total += 2 * 2 * side**2 * np.prod(part.kernel_size) * inputs * filters
        if part.name == layer:
            return total
    raise ValueError(layer)


def table(results):
    """Returns the rows of docs/figures.json."""
    return [
        {
            "method": _LABELS[name],
            "wall": f"{found['wall']:.3f} s",
            "CPU": f"{found['cpu']:.3f} s",
            "first call": f"{found['first']:.3f} s",
            "peak memory": f"{found['peak_mib']:.0f} MiB",
            "times tb_actmax": f"{found['times']:.1f}",
            "first call, times": f"{found['first_times']:.1f}",
            "limits": f"{found['times_limit']:.2f}",
        }
        for name, found in results.items()
        if name in _LABELS
    ]


def measure(case, folder, speed):
    """Prints the table of one network; returns the figures."""
    name, model, layer, count, steps, size, methods = case
    limit = work(model, layer, size, count) * count * steps / speed
    print(
        f"{name}: {count} filters, {steps} steps on {size} x {size} pixels; "
        f"limit of the sliced network {limit:.2f} s"
    )
    runs, results = {}, {}
    with tempfile.TemporaryDirectory() as directory:
        path = f"{directory}/model.keras"
        model.save(path)
        # A short first call differs from process to process.
        for method, home in [*methods.items()] * (3 if size <= 64 else 1):
            if method == "tf_keras_vis_single" and (
                size > 64 or method in runs
            ):
                continue  # minutes
            python = environment(folder, home) if home else sys.executable
            command = [python, "-m", "benchmarks.speed.peers", method]
            command += [path, layer, str(count), str(steps), str(size)]
            done = subprocess.run(
                command, capture_output=True, text=True, cwd=benchmarks.ROOT
            )
            if done.returncode:
                print(f"  {method}: {done.stderr.strip().splitlines()[-1]}")
                continue
            found = json.loads(done.stdout.strip().splitlines()[-1])
            runs.setdefault(method, []).append(found)
        for method, several in runs.items():
            found = {
                key: statistics.median(one[key] for one in several)
                for key in several[0]
            }
            base = results.get("tb_actmax", found)
            found["times"] = found["wall"] / base["wall"]
            found["first_times"] = found["first"] / base["first"]
            found["cpu_times"] = found["cpu"] / base["cpu"]
            found["times_limit"] = found["wall"] / limit
            results[method] = found
            print(
                f"  {method:22} {found['wall']:8.3f} s"
                f"  cpu {found['cpu']:8.3f} s"
                f"  first {found['first']:8.3f} s"
                f"  peak {found['peak_mib']:6.0f} MiB"
                f"  {found['times']:7.1f} x"
                f"  first {found['first_times']:6.1f} x"
                f"  cpu {found['cpu_times']:6.1f} x"
                f"  {found['times_limit']:5.2f} limits",
                flush=True,
            )
    return {"limit": limit, **results}


def main():
    """Prints the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--peers", default=".peers", type=pathlib.Path)
    figures.add_option(parser)
    options = parser.parse_args()
    speed = peak()
    print(f"A convolution reaches {speed / 1e9:.0f} GFLOP/s here.")
    cases = [
        ("digits", digits(), "conv2", 16, 64, 28, _METHODS),
        ("vgg16", vgg(), "block3_conv1", 16, 16, 128, _METHODS),
        ("equal_quality", digits(), "conv2", 64, 32, 28, _TO_EQUAL_QUALITY),
    ]
    results = {
        case[0]: measure(case, options.peers.resolve(), speed) for case in cases
    }
    if options.write:
        tables = {name: table(results[name]) for name in ("digits", "vgg16")}
        figures.write("ascent", results | {"gflops": speed / 1e9}, tables)


if __name__ == "__main__":
    main()
