"""The atlas: all patches of a layer in one picture, each stored once."""

import io
import math

import numpy as np
import numpy.typing as npt
from PIL import Image

from tb_actmax.data.sample import Sample
from tb_actmax.network.receptive_field.field import Field

Array = npt.NDArray[np.float32]

_LARGEST = 64  # pixels of a cell's longer side; larger patches are shrunk
_COLUMNS = 32  # least cells in a row
_SIDE = 16383  # largest side of a WebP
_SMALL = 32  # pixels up to which grey cells are stored without loss
_STEPS = (1, 4, 8, 16, 32)  # between grey values, where all take too many bytes
_QUALITIES = (85, 70, 55, 40, 25)  # of lossy WebP


class Atlas:
    """Collects patches; each is stored once, in its final size.

    Args:
        sample: The inputs.
        field: The layer's receptive field.
        size: Size of the layer's map, (rows, columns).
        mean: Mean of each channel, which fills what lies outside the input.
        value_range: Values that are drawn black and white.
    """

    def __init__(
        self,
        sample: Sample,
        field: Field,
        size: tuple[int, ...],
        mean: Array,
        value_range: tuple[float, float],
    ):
        self._images = sample.images
        self._field = field
        self._map = size
        self._mean = mean
        self._range = value_range
        self._known: dict[tuple[int, int], int] = {}
        self._cells: list[npt.NDArray[np.uint8]] = []
        # Of a patch, in the network's pixels.
        shape = sample.images.shape[1:-1] if field.whole else field.size
        self.height, self.width = int(shape[-2]), int(shape[-1])

    def __len__(self) -> int:
        """Cells so far."""
        return len(self._cells)

    def add(self, index: int, position: int) -> int:
        """Number of the cell that shows an input around a map's position."""
        key = (index, -1 if self._field.whole else position)
        if key not in self._known:
            self._known[key] = self._append(self.patch(index, position))
        return self._known[key]

    def patch(self, index: int, position: int) -> Array:
        """What a unit sees of an input, (height, width, channels).

        Args:
            index: Number of the input.
            position: Of the unit in the map, counted row by row.
        """
        image = self._images[index]
        if self._field.whole:
            return np.asarray(image)
        field = self._field
        unit = np.unravel_index(position, self._map)
        patch = np.empty((*field.size, image.shape[-1]), np.float32)
        patch[:] = self._mean
        source, target = [], []
        for axis, place in enumerate(unit):
            begin = field.start[axis] + int(place) * field.stride[axis]
            first = max(begin, 0)
            last = min(begin + field.size[axis], image.shape[axis])
            source.append(slice(first, max(last, first)))
            target.append(slice(first - begin, max(last, first) - begin))
        patch[tuple(target)] = image[tuple(source)]
        return patch

    def _append(self, patch: Array) -> int:
        while patch.ndim > 3:  # of a volume the slice in the middle
            patch = patch[len(patch) // 2]
        if patch.shape[2] != 3:
            patch = patch.mean(axis=2, keepdims=True)
        low, high = self._range
        scaled = (patch - low) * (255 / max(high - low, 1e-12))
        pixels = np.clip(np.rint(scaled), 0, 255).astype(np.uint8)
        picture = Image.fromarray(
            pixels[..., 0] if pixels.shape[2] == 1 else pixels
        )
        scale = _LARGEST / max(picture.size)
        if scale < 1:
            # Each by itself: neighbours in the atlas must not run together.
            width, height = (max(1, round(s * scale)) for s in picture.size)
            picture = picture.resize((width, height))
        self._cells.append(np.asarray(picture))
        return len(self._cells) - 1

    def encode(self, most: int, rung: int = 0) -> tuple[bytes, int, int]:
        """All cells as one WebP, as well as so many bytes allow.

        Small grey cells are stored without loss, in fewer grey values if
        need be, so that neighbours cannot blur each other; others with loss.

        Args:
            most: Bytes that it should not exceed.
            rung: How far to start down the ladder of ever smaller encodings.

        Returns:
            The WebP, cells in a row, and the rung that was taken.
        """
        sheet, columns = self._sheet()
        height, width = self._cells[0].shape[:2]
        small = sheet.ndim == 2 and max(height, width) <= _SMALL
        if small:
            ladder = [("lossless", step) for step in _STEPS]
        else:
            ladder = [("lossy", quality) for quality in _QUALITIES]
        rung = min(rung, len(ladder) - 1)
        data = _encode(sheet, *ladder[rung])
        while len(data) > most and rung < len(ladder) - 1:
            rung += 1
            data = _encode(sheet, *ladder[rung])
        return data, columns, rung

    def _sheet(self) -> tuple[npt.NDArray[np.uint8], int]:
        """Cells side by side, and how many in a row."""
        cells = np.stack(self._cells)
        count, height, width = cells.shape[:3]
        columns = max(_COLUMNS, math.isqrt(count - 1) + 1)
        rows = -(-count // columns)
        smaller = max(
            1, -(-columns * width // _SIDE), -(-rows * height // _SIDE)
        )
        cells = cells[:, ::smaller, ::smaller]
        height, width = cells.shape[1:3]
        sheet = np.zeros((rows * columns, *cells.shape[1:]), np.uint8)
        sheet[:count] = cells
        sheet = sheet.reshape(rows, columns, *cells.shape[1:]).swapaxes(1, 2)
        return sheet.reshape(
            rows * height, columns * width, *cells.shape[3:]
        ), columns


def _encode(sheet: npt.NDArray[np.uint8], kind: str, how: int) -> bytes:
    file = io.BytesIO()
    if kind == "lossy":
        Image.fromarray(sheet).save(file, "WEBP", quality=how, method=4)
        return file.getvalue()
    if how > 1:
        steps = np.rint(np.arange(256) / how) * how
        sheet = np.minimum(steps, 255).astype(np.uint8)[sheet]
    Image.fromarray(sheet).save(file, "WEBP", lossless=True, method=4)
    return file.getvalue()
