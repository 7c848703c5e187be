"""Trains a small network on digits twice and logs images of its filters.

    python examples/mnist.py
    tensorboard --logdir logs

The two runs differ in dropout. In TensorBoard, the tab "Activation Max" shows
strokes in conv1, and curves, loops and junctions in conv2.
"""

import argparse
import os
import shutil

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import digits
import keras
from keras import layers

import tb_actmax

BATCH = 128


def convolution(filters, name, decay):
    """Returns a 5x5 convolution with weight decay.

    Without decay, much of the random start survives such a short training
    and shows in the images.
    """
    return layers.Conv2D(
        filters,
        5,
        padding="same",
        activation="relu",
        kernel_regularizer=keras.regularizers.L2(decay),
        name=name,
    )


def network(dropout, steps):
    """Returns a network of two convolutions, to train for `steps` batches."""
    model = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            convolution(32, "conv1", decay=0.05),
            layers.MaxPooling2D(),
            convolution(64, "conv2", decay=0.002),
            layers.MaxPooling2D(),
            layers.Flatten(),
            layers.Dense(1024, activation="relu"),
            layers.Dropout(dropout),
            layers.Dense(10, activation="softmax", name="classes"),
        ]
    )
    schedule = keras.optimizers.schedules.CosineDecay(0.0015, steps)
    model.compile(
        optimizer=keras.optimizers.Adam(schedule),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    return model


def main():
    """Trains both runs."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--logs", default="logs", help="where to write logs")
    parser.add_argument("--epochs", type=int, default=8)
    parser.add_argument(
        "--train", type=int, default=9000, help="number of digits"
    )
    options = parser.parse_args()
    (x_train, y_train), test = digits.load()
    x_train, y_train = x_train[: options.train], y_train[: options.train]
    for name, dropout in (("dropout", 0.4), ("no_dropout", 0.0)):
        keras.utils.set_random_seed(0)
        log_dir = os.path.join(options.logs, name)
        shutil.rmtree(log_dir, ignore_errors=True)
        model = network(dropout, options.epochs * len(x_train) // BATCH)
        model.fit(
            x_train,
            y_train,
            batch_size=BATCH,
            epochs=options.epochs,
            validation_data=test,
            verbose=2,
            callbacks=[
                keras.callbacks.TensorBoard(log_dir),
                tb_actmax.ActivationMaximization(
                    log_dir,
                    filters="all",
                    probe=(x_train[:512], y_train[:512]),
                ),
            ],
        )
        _, accuracy = model.evaluate(*test, verbose=0)
        print(f"{name}: test accuracy {accuracy:.2%}")


if __name__ == "__main__":
    main()
