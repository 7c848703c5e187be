"""How many filters a second are rendered by one process, and on a local Ray.

    python -m benchmarks.cluster.render MODEL.keras --layers A B C --filters 16

Renders three checkpoints of a network (the first as it is, the others with
weights moved by 1 %) with `tb-actmax render`, without and with `--ray`, into
a temporary folder. The first checkpoint takes 32 steps a filter, the others 8.
"""

import argparse
import os
import pathlib
import subprocess
import sys
import tempfile
import time

import numpy as np

from tb_actmax.records import event
from tb_actmax.records.reader import read_blobs


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", type=pathlib.Path)
    parser.add_argument("--layers", nargs="+", required=True)
    parser.add_argument("--filters", default="16")
    parser.add_argument("--probe", type=int, default=64, help="images")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        files = checkpoints(options.model, options.probe, folder)
        print(f"{os.cpu_count()} processors")
        for kind in ("one process", "local Ray"):
            log = folder / kind.replace(" ", "-")
            more = ["--ray"] if kind == "local Ray" else []
            seconds = render(options, files, folder, log, more)
            report(kind, seconds, log)


def checkpoints(path, images, folder):
    """Three files, and a probe of smooth random images."""
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
    """Seconds of the whole command."""
    command = [sys.executable, "-m", "tb_actmax", "render", *files]
    command += ["--log-dir", str(log), "--probe", str(folder / "probe.npz")]
    command += ["--layers", *options.layers, "--filters", options.filters]
    began = time.perf_counter()
    subprocess.run([*command, *more], check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - began


def report(kind, seconds, log):
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
        print(f"  {tag}: {said} s from asking to event, by checkpoint")


if __name__ == "__main__":
    main()
