"""Shows how the filters of a base change when it is fine-tuned.

    python examples/transfer_learning.py
    tensorboard --logdir logs/transfer

A base has learned the digits 0 to 4. It gets a new layer and new classes, 5 to
9, with few examples. First the base is frozen: in the tab its images stay the
same while those of the new layer take shape. Then all layers are trained at a
low rate. Layers of the base are named by their path, "base/conv2"; a base of
keras.applications works the same way.
"""

import argparse
import os
import shutil

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import digits
import keras
import numpy as np
from keras import layers
from pictures import save_rows

import tb_actmax


def pretrained_base(images, classes, epochs):
    """Returns two convolutions that were trained to classify."""
    base = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Conv2D(16, 5, activation="relu", name="conv1"),
            layers.MaxPooling2D(),
            layers.Conv2D(32, 5, activation="relu", name="conv2"),
        ],
        name="base",
    )
    model = keras.Sequential(
        [
            base,
            layers.GlobalMaxPooling2D(),
            layers.Dense(5, activation="softmax"),
        ]
    )
    compile_with(model, 0.002)
    model.fit(images, classes, epochs=epochs, verbose=2)
    return base


def compile_with(model, rate):
    """Compiles a classifier."""
    model.compile(
        keras.optimizers.Adam(rate),
        "sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )


def change(before, after):
    """Returns 1 - the mean correlation of each filter's two images."""
    pairs = zip(before.reshape(len(before), -1), after, strict=True)
    return 1 - np.mean([np.corrcoef(b, a.ravel())[0, 1] for b, a in pairs])


def main():
    """Trains a base, then a new head on it, then both."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--logs", default="logs/transfer")
    parser.add_argument("--small", action="store_true", help="a short run")
    options = parser.parse_args()
    epochs, count = (1, 500) if options.small else (8, 9000)
    (images, classes), test = digits.load()
    images, classes = images[:count], classes[:count]
    old, new = classes < 5, classes >= 5
    test_new = test[1] >= 5
    keras.utils.set_random_seed(0)
    base = pretrained_base(images[old], classes[old], epochs)
    model = keras.Sequential(
        [
            base,
            layers.Conv2D(32, 3, activation="relu", name="new"),
            layers.GlobalMaxPooling2D(),
            layers.Dense(5, activation="softmax", name="classes"),
        ]
    )
    few = images[new][:1000], classes[new][:1000] - 5
    data = {
        "x": few[0],
        "y": few[1],
        "validation_data": (test[0][test_new], test[1][test_new] - 5),
        "verbose": 2,
    }
    shutil.rmtree(options.logs, ignore_errors=True)
    callback = tb_actmax.ActivationMaximization(
        options.logs, layers=["base/conv1", "base/conv2", "new"], probe=few
    )
    rows = []
    for phase, rate in (("frozen", 0.003), ("trained", 0.0005)):
        base.trainable = phase == "trained"
        compile_with(model, rate)
        # A second fit with the same callback continues to count epochs.
        model.fit(epochs=epochs, callbacks=[callback], **data)
        for layer in ("base/conv2", "new"):
            found = tb_actmax.maximize(model, layer, 12, probe=few)
            rows.append((f"{layer}, base {phase}", found.images))
    for place, layer in enumerate(("base/conv2", "new")):
        moved = change(rows[place][1], rows[place + 2][1])
        print(f"{layer}: images changed by {moved:.0%} during fine-tuning.")
    save_rows(
        os.path.join(options.logs, "filters.png"), sorted(rows, key=_by_layer)
    )


def _by_layer(row):
    return row[0].split(",")[0]


if __name__ == "__main__":
    main()
