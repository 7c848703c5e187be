"""Trains a small network on digits, twice, and shows what its filters see.

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


def network(dropout):
    """Two convolutions, two dense layers."""
    model = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Conv2D(
                32, 5, padding="same", activation="relu", name="conv1"
            ),
            layers.MaxPooling2D(),
            layers.Conv2D(
                64, 5, padding="same", activation="relu", name="conv2"
            ),
            layers.MaxPooling2D(),
            layers.Flatten(),
            layers.Dense(1024, activation="relu"),
            layers.Dropout(dropout),
            layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile(
        optimizer="adam",
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    return model


def main():
    """Trains both runs."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--logs", default="logs", help="where to write logs")
    parser.add_argument("--epochs", type=int, default=6)
    parser.add_argument("--train", type=int, default=9000, help="digits used")
    options = parser.parse_args()
    (x_train, y_train), test = digits.load()
    x_train, y_train = x_train[: options.train], y_train[: options.train]
    for name, dropout in (("dropout", 0.4), ("no_dropout", 0.0)):
        keras.utils.set_random_seed(0)
        log_dir = os.path.join(options.logs, name)
        shutil.rmtree(log_dir, ignore_errors=True)
        model = network(dropout)
        model.fit(
            x_train,
            y_train,
            batch_size=128,
            epochs=options.epochs,
            validation_data=test,
            verbose=2,
            callbacks=[
                keras.callbacks.TensorBoard(log_dir),
                tb_actmax.ActivationMaximization(
                    log_dir, filters="all", probe=x_train[:512]
                ),
            ],
        )
        _, accuracy = model.evaluate(*test, verbose=0)
        print(f"{name}: {accuracy:.2%} of the test digits are right.")


if __name__ == "__main__":
    main()
