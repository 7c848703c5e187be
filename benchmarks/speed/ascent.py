"""How fast, beside what others do: one run, one machine, ratios.

    python -m benchmarks.speed.ascent [--peers FOLDER] [--json FILE]

Same networks, filters and steps for all: the demo's second layer (16 filters,
64 steps) and VGG16's block3_conv1 with random weights (16 filters, 16 steps,
128 x 128 pixels). Peers run in environments of their own, made in FOLDER:
tf-keras-vis 0.8.7 and xplique 2.0.2. The limit is the work of the network up
to the layer, forward and backward to the image, at the speed that this
machine reaches in a convolution. And all 64 filters of the demo's second layer
to the quality that `quality.py` asks for: 32 steps of ours beside lucid-style's
128, which do not reach it.
"""

import argparse
import json
import pathlib
import subprocess
import sys
import tempfile
import time
import venv

import keras
import numpy as np
import tensorflow as tf

import benchmarks

_PEERS = {
    "vis": ["tensorflow-cpu==2.21.0", "tf-keras-vis==0.8.7"],
    "xplique": ["tensorflow-cpu==2.21.0", "xplique==2.0.2"],
}
# Method and where it runs.
_TO_EQUAL_QUALITY = {"ours": None, "lucid": None}
_METHODS = {
    "ours": None,
    "ours_full": None,
    "ours_whole": None,
    "keras_io": None,
    "tf_keras_vis": "vis",
    "tf_keras_vis_single": "vis",
    "xplique": "xplique",
}


def environment(folder, name):
    """Python of a peer's environment, which is made if it is not there."""
    home = folder / name
    python = home / "bin" / "python"
    if not (home / "made").exists():
        venv.create(home, with_pip=True)
        install = [python, "-m", "pip", "install", "--quiet", *_PEERS[name]]
        subprocess.run(install, check=True)
        (home / "made").touch()
    return str(python)


def digits():
    """The network of the demo, untrained."""
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
    """VGG16 with random weights, without its head."""
    return keras.applications.VGG16(
        weights=None, include_top=False, input_shape=(128, 128, 3)
    )


def peak():
    """Multiply-adds a second that a convolution reaches here, times two."""
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
    """Floating-point operations of a step of one image.

    Forward, and backward to the image alone; of the layer itself the wanted
    filters, and no others.
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


def measure(case, folder, speed):
    """Prints the table of one network."""
    name, model, layer, count, steps, size, methods = case
    limit = work(model, layer, size, count) * count * steps / speed
    print(
        f"{name}: {count} filters, {steps} steps on {size} x {size} pixels; "
        f"limit of the sliced network {limit:.2f} s"
    )
    results = {}
    with tempfile.TemporaryDirectory() as directory:
        path = f"{directory}/model.keras"
        model.save(path)
        for method, home in methods.items():
            if method == "tf_keras_vis_single" and size > 64:
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
            base = results.get("ours", found)
            found["times_ours"] = found["wall"] / base["wall"]
            found["first_times_ours"] = found["first"] / base["first"]
            found["cpu_times_ours"] = found["cpu"] / base["cpu"]
            found["times_limit"] = found["wall"] / limit
            results[method] = found
            print(
                f"  {method:20} {found['wall']:8.3f} s"
                f"  cpu {found['cpu']:8.3f} s"
                f"  first {found['first']:8.3f} s"
                f"  peak {found['peak_mib']:6.0f} MiB"
                f"  {found['times_ours']:7.1f} x"
                f"  first {found['first_times_ours']:6.1f} x"
                f"  cpu {found['cpu_times_ours']:6.1f} x"
                f"  {found['times_limit']:5.2f} limits",
                flush=True,
            )
    return results


def main():
    """Prints the tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--peers", default=".peers", type=pathlib.Path)
    parser.add_argument("--json", default="speed.json")
    options = parser.parse_args()
    speed = peak()
    print(f"A convolution reaches {speed / 1e9:.0f} GFLOP/s here.")
    cases = [
        ("digits conv2", digits(), "conv2", 16, 64, 28, _METHODS),
        ("VGG16 block3_conv1", vgg(), "block3_conv1", 16, 16, 128, _METHODS),
        ("to equal quality", digits(), "conv2", 64, 32, 28, _TO_EQUAL_QUALITY),
    ]
    results = {
        case[0]: measure(case, options.peers.resolve(), speed) for case in cases
    }
    with open(options.json, "w") as file:
        json.dump(results, file, indent=2)


if __name__ == "__main__":
    main()
