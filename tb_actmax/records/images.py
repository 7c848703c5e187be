"""Encodes and decodes images of filters, and makes contact sheets."""

import io
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from PIL import Image

from tb_actmax.records.header_json import LARGEST_IMAGE
from tb_actmax.records.image_header import image_size

Array = npt.NDArray[np.float32]

_LARGEST_TABLE = 1 << 24  # bytes
_FORMATS = {"image/png": "PNG", "image/webp": "WEBP"}


def encode_image(
    image: npt.ArrayLike,
    value_range: tuple[float, float],
    mime: str = "image/png",
) -> bytes:
    """Encodes an image (height, width, channels) with 256 values.

    One channel is stored as grey, three as red, green and blue; other numbers
    as a grey image with the channels below each other. A volume (depth, height,
    width, channels) is stored with its slices below each other. Values outside
    of the range are clipped; NaN is stored as its lower end.
    """
    array = np.asarray(image, np.float32)
    if array.ndim not in (3, 4) or not array.size:
        raise ValueError(
            "An image has the shape (height, width, channels), a volume "
            f"(depth, height, width, channels), not {array.shape}."
        )
    array = array.reshape(-1, *array.shape[-2:])
    if mime not in _FORMATS:
        raise ValueError(
            f"Images are encoded as {' or '.join(_FORMATS)}, not as {mime!r}."
        )
    pixels = to_bytes(array, value_range)
    if pixels.shape[2] != 3:
        pixels = np.concatenate(list(np.moveaxis(pixels, 2, 0)), axis=0)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, _FORMATS[mime], lossless=True)
    return file.getvalue()


def encode_bytes(values: npt.NDArray[np.uint8]) -> bytes:
    """Encodes bytes, (rows, columns), as a grey PNG."""
    file = io.BytesIO()
    Image.fromarray(values).save(file, "PNG")
    return file.getvalue()


def decode_bytes(data: bytes) -> npt.NDArray[np.uint8]:
    """Decodes the PNG of `encode_bytes`; else raises a `ValueError`."""
    size = image_size(data)
    if size is None or size[0] * size[1] > _LARGEST_TABLE:
        raise ValueError("The PNG is not a table of bytes.")
    return np.asarray(_decode(data, ["PNG"], size, "L"))


def decode_image(
    data: bytes, value_range: tuple[float, float], channels: int
) -> Array:
    """Decodes an image of `encode_image`, (height, width, channels).

    The slices of a volume are below each other, (depth * height, width,
    channels). Raises a `ValueError` for other data, or an image larger than any
    written.
    """
    size = image_size(data)
    if size is None or size[0] * size[1] > LARGEST_IMAGE:
        raise ValueError("The stored data is not a PNG or WebP image.")
    if channels != 3 and size[1] % channels:
        raise ValueError(f"The image does not hold {channels} channels.")
    # WebP has no grey images; they are decoded as colour.
    mode = "RGB" if channels == 3 else "L"
    file = _decode(data, ["PNG", "WEBP"], size, mode)
    pixels = np.asarray(file, np.float32)
    if channels != 3:
        pixels = np.stack(np.split(pixels, channels, axis=0), axis=2)
    low, high = value_range
    return (pixels / 255 * (high - low) + low).astype(np.float32)


def _decode(
    data: bytes, formats: list[str], size: tuple[int, int], mode: str
) -> Image.Image:
    """Decodes an image whose size has been checked.

    Pillow runs external programs to read some formats, so only `formats` are
    tried.
    """
    try:
        image = Image.open(io.BytesIO(data), formats=formats)
        if image.size != size:
            raise ValueError("its size is not the one in its header")
        return image.convert(mode)
    except Exception as error:  # Pillow's decoders raise many kinds
        raise ValueError(f"The image cannot be read: {error}") from error


def to_bytes(
    image: Array, value_range: tuple[float, float]
) -> npt.NDArray[np.uint8]:
    """Converts values to bytes; the ends of the range to 0 and 255."""
    low, high = value_range
    scaled = (image - low) * (255 / max(high - low, 1e-12))
    # `fmax` takes 0 for NaN, in a third of the time of `np.nan_to_num`.
    return np.asarray(np.fmin(np.fmax(np.rint(scaled), 0), 255), np.uint8)


def contact_sheet(
    images: Sequence[npt.NDArray[np.uint8]],
    columns: int,
    margin: int = 5,
    zoom: int = 1,
    background: int = 255,
) -> Image.Image:
    """Arranges images (height, width[, 3]) of one size in a grid.

    The margins, in pixels, have a grey value from 0 to 255.
    """
    if not images or columns < 1:
        raise ValueError("A sheet has at least one image and one column.")
    tiles = [image.repeat(zoom, 0).repeat(zoom, 1) for image in images]
    height, width = tiles[0].shape[:2]
    rows = -(-len(tiles) // columns)
    size = (
        rows * (height + margin) + margin,
        columns * (width + margin) + margin,
    )
    sheet = np.full((*size, *tiles[0].shape[2:]), background, np.uint8)
    for index, tile in enumerate(tiles):
        row, column = divmod(index, columns)
        top = margin + row * (height + margin)
        left = margin + column * (width + margin)
        sheet[top : top + height, left : left + width] = tile
    return Image.fromarray(sheet)
