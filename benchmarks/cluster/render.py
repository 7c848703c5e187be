"""Compares rendering in one process with rendering on a local Ray cluster.

    python -m benchmarks.cluster.render MODEL.keras --layers A B C
        [--filters 16] [--write]

Renders three checkpoints of a network (the given one, and two with weights
moved by 1 %) with `tb-actmax render`, without and with `--ray`, and reports the
images a second. The first checkpoint takes 32 steps a filter, the others 8.
"""

import argparse
import os
import pathlib
import subprocess
import sys
import tempfile
import time

import numpy as np

from benchmarks import figures
from tb_actmax.records import event
from tb_actmax.records.reader import read_blobs


def main():
    """Renders both ways and prints the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model", type=pathlib.Path)
    parser.add_argument("--layers", nargs="+", required=True)
    parser.add_argument("--filters", default="16")
    parser.add_argument("--probe", type=int, default=64, help="images")
    figures.add_option(parser)
    options = parser.parse_args()
    found = {}
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        files = checkpoints(options.model, options.probe, folder)
        print(f"{os.cpu_count()} processors")
        for kind in ("one process", "local Ray"):
            log = folder / kind.replace(" ", "-")
            more = ["--ray"] if kind == "local Ray" else []
            seconds = render(options, files, folder, log, more)
            found[kind.replace(" ", "_")] = report(kind, seconds, log)
    if options.write:
        figures.write("render", found)


def checkpoints(path, images, folder):
    """Writes three checkpoints, and a probe of smooth random images."""
    import keras

    model = keras.models.load_model(path, compile=False)
    random = np.random.default_rng(0)
    files = []
    for epoch in range(3):
        files.append(str(folder / f"net-{epoch}.keras"))
        model.save(files[-1])
        model.set_weights(
            [
                w * (1 + 0.01 * random.normal(size=w.shape))
                for w in model.get_weights()
            ]
        )
    shape = (images, *model.input_shape[1:])
    probe = random.normal(size=shape)
    for axis in (1, 2):
        probe = np.cumsum(probe, axis)
        probe -= probe.mean(axis, keepdims=True)
    probe = np.clip(probe / (3 * probe.std()), -1, 1)
    np.savez(folder / "probe.npz", x=probe.astype(np.float32))
    return files


def render(options, files, folder, log, more):
    """Returns the seconds of the whole command."""
    command = [sys.executable, "-m", "tb_actmax", "render", *files]
    command += ["--log-dir", str(log), "--probe", str(folder / "probe.npz")]
    command += ["--layers", *options.layers, "--filters", options.filters]
    began = time.perf_counter()
    subprocess.run([*command, *more], check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - began


def report(kind, seconds, log):
    """Prints and returns the figures of one way."""
    counts, waits = {}, {}
    for tag, step, blobs in read_blobs(log):
        found = event.decode(blobs)
        counts[tag, step] = len(found.keys)
        waits.setdefault(tag, []).append(found.header["seconds"])
    total = sum(counts.values())
    print(
        f"{kind}: {total} images of filters in {seconds:.0f} s, "
        f"{total / seconds:.2f} a second, {seconds / total:.2f} s each"
    )
    for tag, each in waits.items():
        said = ", ".join(f"{number:.1f}" for number in each)
        print(f"  {tag}: {said} s from request to event, by checkpoint")
    return {"seconds": seconds, "images_per_second": total / seconds}


if __name__ == "__main__":
    main()
