"""Reads a probe from a file of arrays or a folder of images."""

import pathlib
import zipfile
from collections.abc import Mapping
from typing import Any, TypeAlias

import keras
import numpy as np
import numpy.typing as npt
from PIL import Image, ImageOps

from tb_actmax.data.colours import ChannelOrder
from tb_actmax.data.memory import check_memory, check_unpacked
from tb_actmax.data.sample import MAX_INPUTS
from tb_actmax.data.value_range import suggest_value_range
from tb_actmax.network.image_model import ImageModel

Array: TypeAlias = npt.NDArray[Any]

_IMAGES = {".png", ".jpg", ".jpeg", ".webp", ".bmp", ".gif", ".tif", ".tiff"}
# Pillow runs external programs to read some formats, so only these are tried.
_FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "GIF", "TIFF")
_INPUTS = ("x", "images", "inputs", "x_train", "arr_0")
_LABELS = ("y", "labels", "y_train", "arr_1")
_CLASS_NAMES = "class_names"
_OPEN_SIZE = 224  # pixels of a side that the model leaves open


def read_probe(
    path: pathlib.Path,
    model: keras.Model,
    value_range: tuple[float, float] | None = None,
    channel_order: ChannelOrder | None = None,
) -> Array | tuple[Array, Array]:
    """Reads inputs (n, height, width, channels), and labels (n,) if any.

    Args:
        path: A .npy file of inputs; a .npz file with inputs ("x", "images" or
            the only array) and optionally labels ("y", "labels"); or a folder
            of images, whose subfolders are classes.
        model: The model that takes the inputs.
        value_range: The model's values for black and white, for a folder of
            images; `None` for what the model's first layers suggest.
        channel_order: The order in which the model takes the colours of a
            folder's images; `None` for "rgb".

    Raises:
        ValueError: If the path holds no inputs for the model.
        OSError: If it cannot be read.
    """
    if path.is_dir():
        return _read_folder(
            path, ImageModel(model), value_range, channel_order == "bgr"
        )
    if path.exists() and not path.is_file():  # a pipe has no end
        raise ValueError(f"{path} is neither a file nor a folder.")
    if path.suffix == ".npy":
        return _read_npy(path)
    if path.suffix == ".npz":
        return _read_npz(path)
    raise ValueError(
        f"A probe is a .npz or .npy file or a folder of images, not {path}."
    )


def _read_npy(path: pathlib.Path) -> Array:
    try:
        # Checks that the file is as long as its header says.
        mapped: Array = np.load(path, mmap_mode="r", allow_pickle=False)
    except (ValueError, OverflowError, EOFError) as error:
        raise ValueError(f"{path} is not a .npy file: {error}") from error
    check_memory(path, mapped.nbytes)
    return np.array(mapped)


def _read_npz(path: pathlib.Path) -> Array | tuple[Array, Array]:
    if path.exists() and not zipfile.is_zipfile(path):
        raise ValueError(
            f"{path} is not a .npz file. Write one with numpy.savez: the "
            "inputs as x, and labels, if there are any, as y."
        )
    check_unpacked(path)
    with np.load(path, allow_pickle=False) as arrays:
        names = [name for name in _INPUTS if name in arrays]
        if not names and len(arrays.files) == 1:
            names = arrays.files
        if not names:
            raise ValueError(
                f"{path} holds {', '.join(arrays.files)}; name the inputs x "
                "and the labels, if there are any, y."
            )
        inputs = _array(path, arrays, names[0])
        labels = [
            _array(path, arrays, name) for name in _LABELS if name in arrays
        ]
    if not np.issubdtype(inputs.dtype, np.number) and inputs.dtype != bool:
        raise ValueError(
            f"The inputs in {path} are {inputs.dtype.name}, not numbers."
        )
    return (inputs, labels[0]) if labels else inputs


def _array(path: pathlib.Path, arrays: Mapping[str, Array], name: str) -> Array:
    try:
        array = arrays[name]
    except Exception as error:  # of zipfile, zlib and NumPy
        raise ValueError(f"{name} in {path} cannot be read: {error}") from error
    if not isinstance(array, np.ndarray):  # NumPy returns bytes
        raise ValueError(f"{name} in {path} is not an array.")
    return array


def _read_folder(
    path: pathlib.Path,
    model: ImageModel,
    value_range: tuple[float, float] | None,
    blue_first: bool,
) -> Array | tuple[Array, Array]:
    files = _image_files(path)
    if not files:
        raise ValueError(
            f"There are no images in {path} ({', '.join(sorted(_IMAGES))})."
        )
    shape = model.shape or (None, None, None)
    if len(shape) != 3 or model.signal:
        raise ValueError(
            "A folder of images fits a model of images; the probe of this one "
            f"is a .npz or .npy file of inputs (n, {', '.join(map(str, shape))})."
        )
    height, width, channels = shape
    low, high = value_range or suggest_value_range(model)
    if not -np.inf < low < high < np.inf:
        raise ValueError(
            "--value-range takes the value of black, then that of white: "
            f"{low:g} is not below {high:g}, or not finite."
        )
    size = (width or _OPEN_SIZE, height or _OPEN_SIZE)
    mode = "L" if channels == 1 else "RGB"
    pixels = np.stack([_read_image(file, mode, size) for file in files])
    if blue_first:
        pixels = pixels[..., ::-1]
    inputs = low + pixels.astype(np.float32) / 255 * (high - low)
    if model.channels_first:
        inputs = np.moveaxis(inputs, -1, 1)
    folders = _folders(files)
    if len(folders) == 1:
        return inputs
    return inputs, np.array([folders.index(file.parent) for file in files])


def _image_files(path: pathlib.Path) -> list[pathlib.Path]:
    """Lists the images of a folder, at most as many as a sample has."""
    files = sorted(
        file
        for file in path.rglob("*")
        if file.suffix.lower() in _IMAGES and file.is_file()  # not a pipe
    )
    # Evenly from all classes.
    return files[:: -(-len(files) // MAX_INPUTS)] if files else []


def _folders(files: list[pathlib.Path]) -> list[pathlib.Path]:
    """Returns the folders of images, in the order of their labels."""
    return sorted({file.parent for file in files})


def read_class_names(path: pathlib.Path) -> list[str] | None:
    """Reads the class names of a probe, if it has any.

    They are the names of the folders of images, or "class_names" in a .npz
    file.
    """
    if path.is_dir():
        folders = _folders(_image_files(path))
        return [folder.name for folder in folders] if folders[1:] else None
    if path.suffix != ".npz" or not path.is_file():  # a pipe has no end
        return None
    if not zipfile.is_zipfile(path):
        return None
    check_unpacked(path)
    with np.load(path, allow_pickle=False) as arrays:
        if _CLASS_NAMES not in arrays:
            return None
        names = _array(path, arrays, _CLASS_NAMES)
    return [str(name) for name in names.ravel()]


def _read_image(
    file: pathlib.Path, mode: str, size: tuple[int, int]
) -> npt.NDArray[np.uint8]:
    """Reads an image, crops it around its centre and scales it to a size."""
    try:
        with Image.open(file, formats=_FORMATS) as image:
            pixels = np.asarray(ImageOps.fit(image.convert(mode), size))
    except Exception as error:  # Pillow's decoders raise many kinds
        raise ValueError(
            f"{file} cannot be read as an image: {error}"
        ) from error
    return pixels[..., None] if mode == "L" else pixels
