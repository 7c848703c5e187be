"""Checks that a budget is kept, in a fast and a slow training of 20 epochs.

    python -m benchmarks.training.budget [--share 0.05] [--epochs 20]
        [--digits 4000] [--write]

The fast network is the demo's; the slow one has six convolutions on digits of
twice the size. `--digits` sets the size of an epoch. The seconds that no
training has to earn are set to 0, because these trainings would need no others.
Reports the share of the training time that updates used, the epochs at which
each layer has images, and the number of images relative to a training without a
budget. Exits with 1 if the share exceeds the budget by more than a fifth.
"""

import argparse
import collections
import json
import tempfile

import keras

from benchmarks import figures
from benchmarks.networks import trained
from benchmarks.training.callback import Timed
from tb_actmax.records.reader import read_blobs
from tb_actmax.training import allowance


def slow():
    """Returns a network of six convolutions on 56 x 56 pixels."""
    layers = keras.layers
    model = keras.Sequential(
        [keras.Input((28, 28, 1)), layers.UpSampling2D(2, name="larger")]
    )
    for index, filters in enumerate((16, 16, 32, 32, 64, 64)):
        model.add(layers.Conv2D(filters, 3, padding="same", activation="relu"))
        if index % 2:
            model.add(layers.MaxPooling2D())
    model.add(layers.GlobalAveragePooling2D())
    model.add(layers.Dense(10, activation="softmax"))
    model.compile("adam", "sparse_categorical_crossentropy")
    return model


def run(name, model, x, y, options):
    """Trains once; returns the figures."""
    with tempfile.TemporaryDirectory() as directory:
        watcher = Timed(
            directory,
            layers="all",
            filters="all",
            probe=x[:256],
            budget=options.share,
        )
        model.fit(
            x,
            y,
            batch_size=100,
            epochs=options.epochs,
            verbose=0,
            callbacks=[watcher],
        )
        epochs, images = collections.defaultdict(list), 0
        for layer, epoch, blobs in read_blobs(directory):
            epochs[layer].append(epoch)
            images += len(json.loads(blobs[0])["filters"])
    wanted = sum(
        layer.filters
        for layer in model.layers
        if isinstance(layer, keras.layers.Conv2D)
    ) * (options.epochs + 1)
    training = sum(watcher.epochs)
    used = sum(watcher.updates) / training
    print(
        f"{name}: {options.epochs} epochs of {training / options.epochs:.2f} s"
        f"; {used:.1%} used, {images} of {wanted} images"
    )
    for layer, at in epochs.items():
        print(f"  {layer:12} at {', '.join(map(str, at))}")
    return {"percent": round(100 * used, 2), "images": images, "of": wanted}


def main():
    """Trains both networks."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--share", type=float, default=0.05)
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--digits", type=int, default=4000)
    figures.add_option(parser)
    options = parser.parse_args()
    x, y = trained.digits_data()
    x, y = x[: options.digits], y[: options.digits]
    allowance.ALLOWANCE = 0.0
    fast = trained.digits_network(x, y, 0, epochs=0)
    found = {
        "fast": run("fast", fast, x, y, options),
        "slow": run("slow", slow(), x, y, options),
    }
    if options.write:
        figures.write("budget", found)
    used = max(figure["percent"] for figure in found.values()) / 100
    raise SystemExit(int(used > 1.2 * options.share))


if __name__ == "__main__":
    main()
