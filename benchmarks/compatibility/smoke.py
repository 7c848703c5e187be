"""Uses the installed package as a user does; environments.py runs it.

Trains a small network with the callback, reads the log, and requests the tab
and an image from a real TensorBoard with each of its loaders. Prints the
installed versions as JSON. Without TensorFlow, it reads a log that another
environment wrote.
"""

import argparse
import contextlib
import importlib.metadata
import json
import pathlib
import re
import struct
import subprocess
import sys
import time
import urllib.parse
import urllib.request

_VERSIONS = (
    "tb-actmax tensorflow-cpu tensorflow keras tensorboard numpy scipy pillow"
    " werkzeug protobuf setuptools"
).split()
_EPOCHS = [0, 1, 2]  # 0: before the training
_PATIENCE = 60  # seconds for TensorBoard to list the log


def train(log_dir):
    """Trains two epochs with the callback and Keras's own."""
    import keras
    import numpy as np

    import tb_actmax

    random = np.random.default_rng(0)
    images = random.uniform(size=(32, 16, 16, 1)).astype("float32")
    model = keras.Sequential(
        [
            keras.Input((16, 16, 1)),
            keras.layers.Conv2D(4, 5, activation="relu", name="conv1"),
            keras.layers.GlobalAveragePooling2D(),
            keras.layers.Dense(2),
        ]
    )
    model.compile("adam", "mse")
    model.fit(
        images,
        np.zeros((32, 2), "float32"),
        epochs=2,
        verbose=0,
        callbacks=[
            keras.callbacks.TensorBoard(log_dir),
            tb_actmax.ActivationMaximization(
                log_dir, layers="all", probe=images, steps=4, budget=None
            ),
        ],
    )


def read(log_dir):
    """Reads the log without TensorBoard's server."""
    from tb_actmax.records import event
    from tb_actmax.records.reader import read_blobs

    steps = []
    for tag, step, blobs in read_blobs(log_dir):
        logged = event.decode(blobs)
        assert tag == "conv1" and len(logged.images) == 4, (tag, logged)
        steps.append(step)
    assert steps == _EPOCHS, steps


@contextlib.contextmanager
def tensorboard(log_dir, *flags):
    """Serves a log directory; yields the address."""
    command = [sys.executable, "-m", "tensorboard.main", "--port", "0"]
    process = subprocess.Popen(
        [*command, "--logdir", str(log_dir), *flags],
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        lines = []
        for line in process.stderr:
            lines.append(line)
            found = re.search(r"at (http://\S+?)/? \(Press", line)
            if found:
                yield found[1].replace("http://localhost", "http://127.0.0.1")
                return
        raise RuntimeError("TensorBoard did not start:\n" + "".join(lines))
    finally:
        process.terminate()
        process.wait(20)


def get(address):
    """Reads an address."""
    with urllib.request.urlopen(address, timeout=20) as response:
        return response.read()


def check_tab(address):
    """Requests the tab and the images of the last epoch."""
    assert b"Activation Max" in get(f"{address}/data/plugins_listing")
    base = f"{address}/data/plugin/actmax/"
    assert b"render" in get(base + "static/index.js")
    end = time.monotonic() + _PATIENCE
    while True:
        runs = json.loads(get(base + "index"))["runs"]
        if runs and runs[0]["layers"][0]["last"] == _EPOCHS[-1]:
            break
        assert time.monotonic() < end, f"TensorBoard lists {runs}"
        time.sleep(0.5)
    layer = urllib.parse.urlencode({"run": runs[0]["run"], "tag": "conv1"})
    assert json.loads(get(base + f"epochs?{layer}"))["epochs"] == _EPOCHS
    query = {"run": runs[0]["run"], "tag": "conv1", "step": _EPOCHS[-1]}
    body = get(base + "images?" + urllib.parse.urlencode(query))
    (length,) = struct.unpack("<I", body[:4])
    (found,) = json.loads(body[4 : 4 + length])["events"]
    assert len(found["images"]) == 4, found
    assert body[4 + length :].startswith(b"\x89PNG"), body[:200]


def main():
    """Runs all checks."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("log_dir", type=pathlib.Path)
    parser.add_argument(
        "--read-only",
        action="store_true",
        help="read an existing log, without TensorFlow",
    )
    options = parser.parse_args()
    if not options.read_only:
        train(options.log_dir)
    read(options.log_dir)
    for fast in ("true", "false"):
        with tensorboard(options.log_dir, f"--load_fast={fast}") as address:
            check_tab(address)
    versions = {}
    for name in _VERSIONS:
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):
            versions[name] = importlib.metadata.version(name)
    print(json.dumps(versions))


if __name__ == "__main__":
    main()
