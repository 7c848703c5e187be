"""Measures how soon images appear, and what they cost a training.

    python -m benchmarks.training.first_picture [NETWORK ...] [--write]

Trains each network as the README does, with random weights and a probe of 64
inputs, once without and once with the callback, each in a process of its own:
ResNet50 on 128 images of 160 x 160 pixels for six epochs, the same with a
frozen base, MobileNetV2 at 96 x 96, and the demo. Reports the seconds from
`fit` to the first batch and to the first image in the log, the seconds that
the callback took, and the median of the training's own steps. Exits with 1 if

- the first batch begins more than 5 s later than without the callback, the
  allowance not counted,
- the first image is in the log after more than 15 s,
- the callback takes more than the allowance and 5 % of the training's time,
- a layer of MobileNetV2 has no image at the end, or fewer than 5 of ResNet50,
- an image of the demo is left out.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time

import keras
import numpy as np
import tensorflow as tf

import benchmarks
import tb_actmax
from benchmarks import figures
from tb_actmax.records.event import PLUGIN_NAME, decode_header
from tb_actmax.records.event_files import event_files, read_values
from tb_actmax.records.reader import find_run
from tb_actmax.training.allowance import ALLOWANCE

_SHARE = 0.05
_LATER, _FIRST_IMAGE = 5.0, 15.0  # seconds
# `_end` is called after the other callbacks of a training.
_HOOKS = ("on_train_begin", "on_epoch_begin", "on_epoch_end", "_end")


class Timed(tb_actmax.ActivationMaximization):
    """Adds up the seconds that the callback takes."""

    seconds = 0.0


def _timed(name):
    def hook(self, *args):
        began = time.perf_counter()
        getattr(tb_actmax.ActivationMaximization, name)(self, *args)
        self.seconds += time.perf_counter() - began

    return hook


for _name in _HOOKS:
    setattr(Timed, _name, _timed(_name))


class Steps(keras.callbacks.Callback):
    """Records when the first batch begins, and the seconds of each step."""

    def __init__(self):
        super().__init__()
        self.first, self.seconds = None, []

    def on_train_batch_begin(self, batch, logs=None):
        self._began = time.perf_counter()
        if self.first is None:
            self.first = self._began

    def on_train_batch_end(self, batch, logs=None):
        self.seconds.append(time.perf_counter() - self._began)


def images(size):
    """Returns 128 random images, smooth as photographs, and labels."""
    random = np.random.default_rng(0)
    coarse = random.uniform(size=(128, size // 8, size // 8, 3))
    smooth = tf.image.resize(coarse, (size, size), "bicubic").numpy()
    return smooth.astype("float32"), random.integers(0, 10, 128)


def application(name, size, frozen=False):
    """Returns a network of `keras.applications`, with a head of 10 classes."""
    base = getattr(keras.applications, name)(
        weights=None, include_top=False, input_shape=(size, size, 3)
    )
    base.trainable = not frozen
    pooled = keras.layers.GlobalAveragePooling2D()(base.output)
    classes = keras.layers.Dense(10, activation="softmax", name="classes")
    model = keras.Model(base.input, classes(pooled))
    model.compile("sgd", "sparse_categorical_crossentropy")
    return model, *images(size), 16, 6, {}


def demo():
    """Returns the network of the demo, its data and its settings."""
    import digits
    import mnist

    (x, y), _ = digits.load()
    x, y = x[:9000], y[:9000]
    model = mnist.network(0.4, 8 * len(x) // mnist.BATCH)
    return model, x, y, mnist.BATCH, 8, {"filters": "all"}


NETWORKS = {
    "resnet50": lambda: application("ResNet50", 160),
    "resnet50_frozen": lambda: application("ResNet50", 160, frozen=True),
    "mobilenet_v2": lambda: application("MobileNetV2", 96),
    "demo": demo,
}


def train(name, watched):
    """Trains a network in this process; returns what was measured."""
    keras.utils.set_random_seed(0)
    model, x, y, batch, epochs, more = NETWORKS[name]()
    steps, callbacks = Steps(), []
    with tempfile.TemporaryDirectory() as directory:
        if watched:
            callbacks.append(Timed(directory, probe=x[:64], **more))
        wall, began = time.time(), time.perf_counter()
        model.fit(
            x,
            y,
            batch_size=batch,
            epochs=epochs,
            verbose=2,
            callbacks=[*callbacks, steps],
        )
        found = {
            "fit": time.perf_counter() - began,
            "first_batch": steps.first - began,
            "step": float(np.median(steps.seconds[1:])),
        }
        if watched:
            (own,) = callbacks
            found |= {"callback": own.seconds, **logged(directory, wall)}
    return found


def logged(directory, began):
    """Returns when the first image was logged, and the images by layer."""
    times, shown = [], {}
    files = event_files(find_run(directory))
    for value in read_values(files, [], (PLUGIN_NAME,)):
        count = len(decode_header(value.blobs[0])["filters"])
        shown.setdefault(value.tag, {})[value.step] = count
        times.append(value.wall_time)
    return {"first_image": min(times) - began, "shown": shown}


def run(name, watched):
    """Trains a network in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.training.first_picture"]
    command += [name, "--train", "with" if watched else "without"]
    done = subprocess.run(
        command, stdout=subprocess.PIPE, text=True, cwd=benchmarks.ROOT
    )
    *lines, last = done.stdout.strip().splitlines() or [""]
    if done.returncode:
        raise SystemExit(f"{name} cannot be trained.")
    print("\n".join(line for line in lines if "ctivation max" in line))
    return json.loads(last)


def measure(name):
    """Compares a training with one without the callback."""
    without, found = run(name, False), run(name, True)
    shown = found.pop("shown")
    training = found["fit"] - found["callback"]
    found |= {
        "training": training,
        "later": found["first_batch"] - without["first_batch"],
        "percent": 100 * found["callback"] / training,
        "allowed": ALLOWANCE + _SHARE * training,
        "step_without": without["step"],
        "layers_shown": len(shown),
    }
    print(
        f"{name}: first batch {found['later']:.1f} s later, first image after "
        f"{found['first_image']:.1f} s; {found['callback']:.1f} s of "
        f"{training:.0f} s, allowed {found['allowed']:.1f} s; a step takes "
        f"{1000 * found['step']:.0f} ms, without {1000 * without['step']:.0f}"
    )
    for layer, counts in shown.items():
        print(f"  {layer}: filters by epoch {counts}")
    faults = []
    if found["later"] > ALLOWANCE + _LATER:
        faults.append("the first batch begins late")
    if found["first_image"] > _FIRST_IMAGE:
        faults.append("the first image is late")
    if found["callback"] > found["allowed"]:
        faults.append("the callback takes more than its share")
    least = {"mobilenet_v2": 9, "demo": 3}.get(name, 5)
    if len(shown) < least:
        faults.append(f"only {len(shown)} layers have images")
    if name == "demo" and any(
        counts != {str(step): max(counts.values()) for step in range(9)}
        for counts in shown.values()
    ):
        faults.append("images are left out")
    for fault in faults:
        print(f"  {name}: {fault}")
    return found, faults


def main():
    """Trains all networks, or those named."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("networks", nargs="*", metavar="NETWORK")
    parser.add_argument("--train", choices=("with", "without"))
    figures.add_option(parser)
    options = parser.parse_args()
    names = options.networks or list(NETWORKS)
    if options.train:
        print(json.dumps(train(names[0], options.train == "with")))
        return
    results = {name: measure(name) for name in names}
    if options.write:
        found = {name: result for name, (result, _) in results.items()}
        figures.write("first_picture", found)
    raise SystemExit(int(any(faults for _, faults in results.values())))


if __name__ == "__main__":
    main()
