"""Reads a probe from a file of arrays or a folder of images."""

import pathlib
import zipfile
from typing import Any

import numpy as np
from PIL import Image

from tb_actmax.data.sample import MOST

_IMAGES = {".png", ".jpg", ".jpeg", ".webp", ".bmp", ".gif", ".tif", ".tiff"}
_INPUTS = ("x", "images", "inputs", "x_train", "arr_0")
_LABELS = ("y", "labels", "y_train", "arr_1")


def read_probe(
    path: pathlib.Path,
    model: Any,
    value_range: tuple[float, float] | None = None,
) -> Any:
    """Reads inputs, and labels if there are any.

    Args:
        path: A .npy file of inputs; a .npz file with inputs ("x", "images"
            or the only array) and perhaps labels ("y", "labels"); or a folder
            of images, in which folders are classes.
        model: The model that the inputs are for.
        value_range: What black and white are for the model; what its first
            layers suggest where `None`. For images alone.

    Returns:
        Inputs (n, height, width, channels), or a pair with labels (n,).

    Raises:
        ValueError: If it holds no inputs; with what would have worked.
        OSError: If it cannot be read.
    """
    if path.is_dir():
        return _read_folder(path, model, value_range)
    if path.suffix == ".npy":
        return np.load(path, allow_pickle=False)
    if path.suffix != ".npz":
        raise ValueError(
            f"A probe is a .npz or .npy file or a folder of images, not {path}."
        )
    if path.exists() and not zipfile.is_zipfile(path):
        raise ValueError(
            f"{path} is no .npz file: numpy.savez writes one, with the inputs "
            "as x and, if there are any, labels as y."
        )
    with np.load(path, allow_pickle=False) as arrays:
        names = [name for name in _INPUTS if name in arrays]
        if not names and len(arrays.files) == 1:
            names = arrays.files
        if not names:
            raise ValueError(
                f"{path} holds {', '.join(arrays.files)}; call the inputs x "
                "and the labels, if there are any, y."
            )
        inputs = arrays[names[0]]
        labels = [arrays[name] for name in _LABELS if name in arrays]
    if not np.issubdtype(inputs.dtype, np.number) and inputs.dtype != bool:
        raise ValueError(
            f"The inputs in {path} are {inputs.dtype.name}, not numbers."
        )
    return (inputs, labels[0]) if labels else inputs


def _read_folder(
    path: pathlib.Path, model: Any, value_range: tuple[float, float] | None
) -> Any:
    from tb_actmax.data.fitting import value_range as suggested
    from tb_actmax.network.image_model import ImageModel

    found = sorted(
        file for file in path.rglob("*") if file.suffix.lower() in _IMAGES
    )
    if not found:
        raise ValueError(
            f"There are no images in {path} ({', '.join(sorted(_IMAGES))})."
        )
    # Evenly from all classes.
    found = found[:: -(-len(found) // MOST)]
    shape = ImageModel(model).shape or (None, None, None)
    if len(shape) != 3 or ImageModel(model).signal:
        raise ValueError(
            "A folder of images fits a model of images; the probe of this one "
            f"is a .npz or .npy file of inputs (n, {', '.join(map(str, shape))})."
        )
    height, width, channels = shape
    size = (width or 224, height or 224)
    mode = "L" if channels == 1 else "RGB"
    low, high = value_range or suggested(model)
    if low >= high:
        raise ValueError(
            f"--value-range says first what black is, then what white is: "
            f"{low:g} is not below {high:g}."
        )
    pixels = np.stack([_read_image(file, mode, size) for file in found])
    inputs = low + pixels.astype(np.float32) / 255 * (high - low)
    if ImageModel(model).channels_first:
        inputs = np.moveaxis(inputs, -1, 1)
    folders = sorted({file.parent for file in found})
    if len(folders) == 1:
        return inputs
    return inputs, np.array([folders.index(file.parent) for file in found])


def _read_image(file: pathlib.Path, mode: str, size: tuple[int, int]) -> Any:
    """An image, its middle cut to the shape and scaled."""
    with Image.open(file) as opened:
        image = opened.convert(mode)
    scale = max(size[0] / image.width, size[1] / image.height)
    width, height = size[0] / scale, size[1] / scale
    left, top = (image.width - width) / 2, (image.height - height) / 2
    box = (left, top, left + width, top + height)
    pixels = np.asarray(image.resize(size, box=box))
    return pixels[..., None] if mode == "L" else pixels
