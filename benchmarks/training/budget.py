"""Whether a budget is kept: real trainings of 20 epochs, fast and slow.

    python -m benchmarks.training.budget [--share 0.05] [--epochs 20] [--digits 4000]

The fast one is the demo's network; the slow one a network of six convolutions
on digits of twice the size; an epoch are so many digits. Prints the share of
the training time that was used, at which epochs each layer has images, and
how many of those that would have been made without a budget; exits with 1 if
the share is passed by more than a fifth.
"""

import argparse
import collections
import json
import tempfile

import keras
import numpy as np

import tb_actmax
from benchmarks.networks import trained
from tb_actmax.records.reader import read_blobs


def slow():
    """Six convolutions on 56 x 56 pixels."""
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
    """One training; returns the share used."""
    with tempfile.TemporaryDirectory() as directory:
        watcher = tb_actmax.ActivationMaximization(
            directory, filters="all", probe=x[:256], budget=options.share
        )
        model.fit(
            x,
            y,
            batch_size=100,
            epochs=options.epochs,
            verbose=0,
            callbacks=[watcher],
        )
        session = watcher._session
        training, spent = session.training.seconds, session.spent.seconds
        epochs, images = collections.defaultdict(list), 0
        for layer, epoch, blobs in read_blobs(directory):
            epochs[layer].append(epoch)
            images += len(json.loads(blobs[0])["filters"])
    wanted = sum(
        layer.filters
        for layer in model.layers
        if isinstance(layer, keras.layers.Conv2D)
    ) * (options.epochs + 1)
    used = spent / training
    print(
        f"{name}: {options.epochs} epochs of {training / options.epochs:.2f} s"
        f"; {used:.1%} used, {images} of {wanted} images"
    )
    for layer, at in epochs.items():
        print(f"  {layer:12} at {', '.join(map(str, at))}")
    return used


def main():
    """Trains twice."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--share", type=float, default=0.05)
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--digits", type=int, default=4000)
    options = parser.parse_args()
    x, y = trained.digits_data()
    x, y = x[: options.digits], y[: options.digits]
    fast = trained.digits_network(x, y, 0, epochs=0)
    used = [
        run("fast", fast, x, y, options),
        run("slow", slow(), x, y, options),
    ]
    raise SystemExit(int(np.max(used) > 1.2 * options.share))


if __name__ == "__main__":
    main()
