"""Writes a large log with real images, as fast as the disk allows.

    python -m benchmarks.dashboard.large_log DIRECTORY [--runs 20] [--layers 20]
        [--filters 512] [--epochs 100] [--other-epochs 2]

The first run has all epochs, the others `--other-epochs` of them; the first
alone holds a million images. The images are windows of real digits that blend
from one window into another, as a filter's image settles during training. A few
thousand different ones are encoded once and used in many events.
"""

import argparse
import math
import pathlib
import time

import numpy as np

from tb_actmax.records.images import encode_image
from tb_actmax.records.writer import EventWriter

SIZE = 24  # pixels of an image's side
_STAGES = 16  # different images of a filter over its epochs
_WINDOWS = 512  # different filters


class Pictures:
    """Encoded images of filters while they settle.

    Args:
        digits: (n, height, width, 1) in [0, 1], at least `SIZE` high and wide.
        windows: Number of different filters.
    """

    def __init__(self, digits, windows=_WINDOWS):
        random = np.random.default_rng(0)
        rows = random.integers(0, digits.shape[1] - SIZE + 1, windows)
        columns = random.integers(0, digits.shape[2] - SIZE + 1, windows)
        chosen = random.integers(0, len(digits), windows)
        patches = np.stack(
            [
                digits[i, row : row + SIZE, column : column + SIZE]
                for i, row, column in zip(chosen, rows, columns, strict=True)
            ]
        )
        before = patches[random.permutation(windows)]
        self._encoded = [
            [
                encode_image(last * share + first * (1 - share), (0, 1))
                for share in np.linspace(0, 1, _STAGES)
            ]
            for first, last in zip(before, patches, strict=True)
        ]

    def of(self, layer, filters, epoch, epochs):
        """Returns the images of a layer's filters at `epoch` of `epochs`."""
        stage = round((_STAGES - 1) * math.sqrt(epoch / max(epochs, 1)))
        count = len(self._encoded)
        return [
            self._encoded[(index + 37 * layer) % count][stage]
            for index in range(filters)
        ]


def header(layer, tag, filters, epoch, epochs):
    """Returns a header as a training with a probe writes it, less exemplars."""
    done = epoch / max(epochs, 1)
    entries = []
    for index in range(filters):
        own = ((index * 7919 + layer * 104729) % 1000) / 1000
        lift = round(0.4 + own + done / 2, 4)
        entries.append(
            {
                "filter": index,
                "score": round(lift * (1 + own), 4),
                "status": "weak" if own < 0.02 else "ok",
                "data_max": round(1 + own, 4),
                "data_p99": round(0.6 + own / 2, 4),
                "data_mean": round(own / 20, 4),
                "share": round(own / 4, 4),
                "lift": lift,
                "lift_t": round(lift * 0.8, 4),
                "rank": 1 + index % 3,
                "ncc": round(min(0.5 + done * (1 - own / 9), 1), 4),
                "drift": round(max(0.5 - done * (1 - own / 9), 0), 4),
                "steadiness": round(0.7 + done * 0.3, 4),
                "overlap": round(done, 4),
                "settled": int(done > own),
            }
        )
    return {
        "version": 1,
        "layer": tag,
        "epoch": epoch,
        "value_range": [0.0, 1.0],
        "mime": "image/png",
        "height": SIZE,
        "width": SIZE,
        "channels": 1,
        "layer_filters": filters,
        "receptive_field": [SIZE, SIZE],
        "settings": {"steps": 32, "warm_steps": 8, "seed": 0, "probe": 512},
        "seconds": 0.1,
        "filters": entries,
    }


def write_run(directory, pictures, layers, filters, epochs):
    """Writes a run with a snapshot at each of `epochs`."""
    writer = EventWriter(str(pathlib.Path(directory) / "actmax"))
    for epoch in epochs:
        for layer in range(layers):
            tag = f"block{layer // 4 + 1}/conv{layer % 4 + 1}"
            writer.write(
                tag,
                epoch,
                header(layer, tag, filters, epoch, max(epochs)),
                pictures.of(layer, filters, epoch, max(epochs)),
                layer_index=layer,
                layer_type="Conv2D",
            )
    writer.close()


def write_log(
    directory,
    digits,
    runs=20,
    layers=20,
    filters=512,
    epochs=100,
    other_epochs=2,
):
    """Writes the whole log; returns its size in bytes."""
    directory = pathlib.Path(directory)
    pictures = Pictures(digits, min(filters, _WINDOWS))
    for run in range(runs):
        updates = range(other_epochs if run else epochs)
        write_run(
            directory / f"run{run:03}", pictures, layers, filters, updates
        )
    return size(directory)


def size(directory):
    """Returns the bytes of all event files below a directory."""
    files = pathlib.Path(directory).rglob("*tfevents*")
    return sum(file.stat().st_size for file in files)


def add_shape(parser):
    """Adds the options for the size of the log."""
    for name, default in {
        "runs": 20,
        "layers": 20,
        "filters": 512,
        "epochs": 100,
        "other-epochs": 2,
    }.items():
        parser.add_argument(f"--{name}", type=int, default=default)


def shape(options):
    """Returns these options as arguments of `write_log`."""
    names = ("runs", "layers", "filters", "epochs", "other_epochs")
    return {name: getattr(options, name) for name in names}


def main():
    """Writes a log and prints its size."""
    import digits

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("directory", type=pathlib.Path)
    add_shape(parser)
    options = parser.parse_args()
    if options.directory.exists() and any(options.directory.iterdir()):
        parser.error(f"{options.directory} is not empty.")
    (pictures, _), _ = digits.load()
    began = time.perf_counter()
    written = write_log(options.directory, pictures, **shape(options))
    seconds = time.perf_counter() - began
    print(f"{written / 1e6:.0f} MB in {seconds:.0f} s")


if __name__ == "__main__":
    main()
