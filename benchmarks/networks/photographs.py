"""Photographs to measure with: from a file, or from packages on PyPI."""

import io
import itertools

import keras
import numpy as np
import pretrained
from PIL import Image

_CROPS = 128  # of the few photographs in a package


def large(path):
    """Returns photographs (n, 224, 224, 3) from 0 to 255, in random order.

    Args:
        path: A .npz file with concatenated JPEGs, `jpeg`, and where
            each begins and the last ends, `ends`; `None` for crops of the
            photographs in scikit-image.
    """
    random = np.random.default_rng(0)
    if path is not None:
        with np.load(path) as file:
            found = _decoded(file["jpeg"], file["ends"])
        return found[random.permutation(len(found))]
    return pretrained.crops(_CROPS)


def small(path, part="train"):
    """Returns photographs (n, 32, 32, 3) from 0 to 1, and their classes.

    Args:
        path: A .npz file with `jpeg_PART`, `ends_PART` and `y_PART`; `None`
            for `keras.datasets.cifar10`.
        part: "train" or "test".
    """
    if path is None:
        train, test = keras.datasets.cifar10.load_data()
        images, classes = train if part == "train" else test
    else:
        with np.load(path) as file:
            images = _decoded(file[f"jpeg_{part}"], file[f"ends_{part}"])
            classes = file[f"y_{part}"]
    return images.astype("float32") / 255, classes.ravel().astype(int)


def _decoded(joined, ends):
    blob = joined.tobytes()
    return np.stack(
        [
            np.asarray(Image.open(io.BytesIO(blob[a:b])).convert("RGB"))
            for a, b in itertools.pairwise(ends)
        ]
    )
