"""Maximizes filters of a network for signals: currents of appliances.

    python examples/signals_1d.py
    tensorboard --logdir logs/signals

The current of an appliance identifies it: heaters switch on at once, lamps with
a peak, motors with a long one, electronics in pulses. The measurements are real:
PLAID (Gao et al., 2014), 11 kinds of appliances in 56 homes in Pittsburgh, from
the package sktime.

The tab and the saved picture draw signals as curves.
"""

import argparse
import os
import shutil

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import keras
import numpy as np
import wheels
from keras import layers
from PIL import Image, ImageDraw, ImageFont

import tb_actmax

LENGTH = 256  # samples used of each recording
_FILES = "sktime/datasets/data/PLAID/PLAID_{}.ts"


def load():
    """Returns currents (n, 256, 1) in [0, 1] and classes (n,), twice."""
    parts = wheels.read(
        "sktime", "1.2.0", _FILES.format("TRAIN"), _FILES.format("TEST")
    )
    return [_parsed(part.decode("utf-8")) for part in parts]


def _parsed(text):
    rows = text.split("@data\n")[1].split()
    signals = np.zeros((len(rows), LENGTH, 1), np.float32)
    kinds = np.zeros(len(rows), np.int64)
    for place, row in enumerate(rows):
        values, kind = row.rsplit(":", 1)
        signal = np.array(values.split(",")[:LENGTH], np.float32)
        signals[place, : len(signal), 0] = signal / max(signal.max(), 1e-6)
        kinds[place] = int(kind)
    return np.clip(signals, 0, 1), kinds


def network():
    """Returns a network of three convolutions over time."""
    model = keras.Sequential([keras.Input((LENGTH, 1))])
    for place, (filters, width) in enumerate(((16, 9), (32, 7), (32, 5))):
        model.add(
            layers.Conv1D(
                filters,
                width,
                padding="same",
                activation="relu",
                kernel_regularizer=keras.regularizers.L2(0.002),
                name=f"conv{place + 1}",
            )
        )
        model.add(layers.MaxPooling1D(2))
    model.add(layers.GlobalMaxPooling1D())
    model.add(layers.Dropout(0.2))
    model.add(layers.Dense(11, activation="softmax", name="kinds"))
    model.compile(
        keras.optimizers.Adam(0.003),
        "sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    return model


def draw(path, rows):
    """Draws rows of curves: captions and signals (n, length) in [0, 1]."""
    size, gap, text = 84, 6, 18
    columns = max(len(signals) for _, signals in rows)
    height = len(rows) * (size + gap + text) + gap
    sheet = Image.new("RGB", (columns * (size + gap) + gap, height), "white")
    pen = ImageDraw.Draw(sheet)
    for row, (name, signals) in enumerate(rows):
        top = gap + row * (size + gap + text)
        pen.text((gap, top), name, "black", ImageFont.load_default(13))
        for column, signal in enumerate(signals):
            left = gap + column * (size + gap)
            low = top + text + size
            pen.rectangle((left, low - size, left + size, low), "#f5f6f7")
            x = left + np.linspace(3, size - 3, len(signal))
            y = low - 4 - np.asarray(signal) * (size - 8)
            pen.line(list(zip(x, y, strict=True)), "#425066", 2)
    sheet.save(path)
    print(f"Saved {path}.")


def main():
    """Trains the network and draws its filters."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--logs", default="logs/signals")
    parser.add_argument("--small", action="store_true", help="a short run")
    options = parser.parse_args()
    (x_train, y_train), test = load()
    keras.utils.set_random_seed(0)
    model = network()
    shutil.rmtree(options.logs, ignore_errors=True)
    model.fit(
        x_train,
        y_train,
        batch_size=32,
        epochs=2 if options.small else 60,
        validation_data=test,
        verbose=2,
        callbacks=[
            tb_actmax.ActivationMaximization(
                options.logs,
                filters="all",
                probe=(x_train, y_train),
                every=10,
            )
        ],
    )
    accuracy = model.evaluate(*test, verbose=0)[1]
    print(f"Test accuracy: {accuracy:.1%}")
    rows = []
    for name in ("conv1", "conv2", "conv3"):
        found = tb_actmax.maximize(model, name, 10, probe=x_train)
        images = found.images[:, 0, :, 0]
        rows.append((f"{name}: {images.shape[1]} samples", images))
    draw(os.path.join(options.logs, "curves.png"), rows)


if __name__ == "__main__":
    main()
