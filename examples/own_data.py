"""Trains a network on a folder of your own images, one folder per class.

    python examples/own_data.py my_photographs
    tensorboard --logdir logs/own_data

Without an argument, it makes a folder from the photographs of scikit-image:
tiles of grass, gravel, bricks, a cat's fur, galaxies and stained tissue.
"""

import argparse
import io
import os
import pathlib
import shutil

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import keras
import numpy as np
import wheels
from keras import layers
from pictures import save_rows
from PIL import Image

import tb_actmax

SIZE = 48  # side of an image, in pixels
_MOST = 120  # tiles a photograph
_PHOTOGRAPHS = {
    "bricks": "brick.png",
    "cat": "chelsea.png",
    "galaxies": "hubble_deep_field.jpg",
    "grass": "grass.png",
    "gravel": "gravel.png",
    "tissue": "ihc.png",
}


def make_folder(folder):
    """Cuts photographs into tiles: folder/class/number.png."""
    members = [f"skimage/data/{name}" for name in _PHOTOGRAPHS.values()]
    contents = wheels.read("scikit-image", "0.26.0", *members)
    for name, content in zip(_PHOTOGRAPHS, contents, strict=True):
        directory = pathlib.Path(folder, name)
        directory.mkdir(parents=True, exist_ok=True)
        with Image.open(io.BytesIO(content)) as photograph:
            pixels = np.asarray(photograph.convert("RGB"))
        corners = [
            (top, left)
            for top in range(0, pixels.shape[0] - SIZE + 1, SIZE)
            for left in range(0, pixels.shape[1] - SIZE + 1, SIZE)
        ]
        for number, (top, left) in enumerate(corners[:_MOST]):
            tile = pixels[top : top + SIZE, left : left + SIZE]
            Image.fromarray(tile).save(directory / f"{number:03}.png")


def network(classes):
    """Returns a network of four convolutions for pixels from 0 to 255."""
    model = keras.Sequential(
        [keras.Input((SIZE, SIZE, 3)), layers.Rescaling(1 / 127.5, -1)]
    )
    for index, filters in enumerate((16, 32, 64, 64)):
        model.add(
            layers.Conv2D(
                filters,
                5 if index == 0 else 3,
                padding="same",
                kernel_regularizer=keras.regularizers.L2(0.001),
                name=f"conv{index + 1}",
            )
        )
        model.add(layers.BatchNormalization())
        model.add(layers.ReLU())
        model.add(layers.MaxPooling2D())
    model.add(layers.GlobalAveragePooling2D())
    model.add(layers.Dense(classes, activation="softmax", name="classes"))
    model.compile(
        keras.optimizers.Adam(0.002),
        "sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    return model


def main():
    """Trains on the folder and draws the filters."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", nargs="?", help="default: made from photos")
    parser.add_argument("--logs", default="logs/own_data")
    parser.add_argument("--small", action="store_true", help="a short run")
    options = parser.parse_args()
    shutil.rmtree(options.logs, ignore_errors=True)
    folder = options.folder
    if folder is None:
        folder = os.path.join(os.path.dirname(options.logs), "photographs")
        make_folder(folder)
    train, validation = keras.utils.image_dataset_from_directory(
        folder,
        validation_split=0.2,
        subset="both",
        seed=0,
        image_size=(SIZE, SIZE),
    )
    keras.utils.set_random_seed(0)
    model = network(len(train.class_names))
    model.fit(
        train.take(4) if options.small else train,
        validation_data=validation,
        epochs=1 if options.small else 20,
        verbose=2,
        callbacks=[
            # The data set is the probe: its first 1,000 images are used.
            tb_actmax.ActivationMaximization(options.logs, probe=train, every=2)
        ],
    )
    rows = []
    for index in range(1, 5):
        found = tb_actmax.maximize(model, f"conv{index}", 12, probe=train)
        rows.append((f"conv{index}", found.images))
    found = tb_actmax.maximize(model, "classes", "all", probe=train)
    rows.append((", ".join(train.class_names), found.images))
    path = os.path.join(options.logs, "filters.png")
    save_rows(path, rows, (0, 255), tile=96)


if __name__ == "__main__":
    main()
