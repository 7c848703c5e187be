"""Stores all patches of a layer in one image, the sprite, each patch once."""

import dataclasses
import io
import math

import numpy as np
import numpy.typing as npt
from PIL import Image

from tb_actmax.network.receptive_field.field import Field
from tb_actmax.records.colours import Colours, draw_pixels
from tb_actmax.records.images import contact_sheet

Array = npt.NDArray[np.float32]
Bytes = npt.NDArray[np.uint8]

_LARGEST_CELL = 64  # pixels of the longer side; larger patches are shrunk
_LONGEST_SIGNAL = 256  # points of a signal
_MOST_CURVES = 16  # channels of a signal that are told apart in a small plot
_MIN_COLUMNS = 32
_LARGEST_SIDE = 16383  # of a WebP, in pixels
_SMALL_CELL = 32  # pixels up to which grey cells are stored without loss
# Compression levels: steps between grey values, and qualities of lossy WebP.
_GREY_STEPS = (1, 4, 8, 16, 32)
_QUALITIES = (85, 70, 55, 40, 25)


def draw_cell(
    image: Array,
    value_range: tuple[float, float],
    colours: Colours | None,
    largest: float,
) -> Bytes:
    """Draws an image, (height, width) or (height, width, 3).

    Images of other numbers of channels than three are drawn as the mean of
    their channels. The ends of `value_range` are black and white, unless there
    are `colours`. Images whose longer side exceeds `largest` are shrunk: each
    by itself, so that neighbours in a sheet do not mix.
    """
    if image.shape[2] != 3:
        image = image.mean(axis=2, keepdims=True)
    pixels = draw_pixels(image, value_range, colours)
    picture = Image.fromarray(
        pixels[..., 0] if pixels.shape[2] == 1 else pixels
    )
    scale = largest / max(picture.size)
    if scale < 1:
        width, height = (max(1, round(s * scale)) for s in picture.size)
        picture = picture.resize((width, height))
    return np.asarray(picture)


@dataclasses.dataclass(eq=False)
class Sprite:
    """Collects patches of the sample and stores each once.

    They have `height` and `width` in pixels of the network's input.
    """

    images: Array  # the sample, (n, height, width, channels)
    field: Field  # the layer's
    map_size: tuple[int, ...]
    mean: Array  # of each channel, the colour outside the images
    value_range: tuple[float, float]  # drawn black and white
    colours: Colours | None = None  # how to draw three channels instead

    def __post_init__(self) -> None:
        self._indices: dict[tuple[int, int], int] = {}
        self._cells: list[Bytes] = []
        self._located = self.field.locates(self.map_size)
        shape = self.field.size if self._located else self.images.shape[1:-1]
        self.height, self.width = int(shape[-2]), int(shape[-1])

    def __len__(self) -> int:
        """Returns the number of cells."""
        return len(self._cells)

    def add(self, index: int, position: int) -> int:
        """Adds the patch of a unit in an image, and returns its cell's index.

        Positions in the map are counted row by row, also below.
        """
        key = (index, position if self._located else -1)
        if key not in self._indices:
            self._indices[key] = len(self._cells)
            self._cells.append(self._draw(self.patch(index, position)))
        return self._indices[key]

    def patch(self, index: int, position: int) -> Array:
        """Cuts out the receptive field of a unit, (height, width, channels)."""
        image, field = self.images[index], self.field
        place = self.place(position)
        if place is None:
            return np.asarray(image)
        patch = np.empty((*field.size, image.shape[-1]), np.float32)
        patch[:] = self.mean
        source, target = [], []
        for axis, begin in enumerate(place):
            first = max(begin, 0)
            last = min(begin + field.size[axis], image.shape[axis])
            source.append(slice(first, max(last, first)))
            target.append(slice(first - begin, max(last, first) - begin))
        patch[tuple(target)] = image[tuple(source)]
        return patch

    def place(self, position: int) -> tuple[int, ...] | None:
        """Returns the first pixel of a unit's field, negative in padding.

        Returns `None` if units see the whole image, or their fields are
        unknown.
        """
        if not self._located:
            return None
        unit = np.unravel_index(position, self.map_size)
        return self.field.window(*map(int, unit))[0]

    def _draw(self, patch: Array) -> Bytes:
        """Draws a patch as a cell, (height, width) or (height, width, 3).

        Signals are drawn as a row for each channel, or as the mean of many.
        """
        while patch.ndim > 3:  # the middle slice of a volume
            patch = patch[len(patch) // 2]
        if self.height > 1:
            return draw_cell(
                patch, self.value_range, self.colours, _LARGEST_CELL
            )
        if patch.shape[2] > _MOST_CURVES:
            patch = patch.mean(axis=2, keepdims=True)
        rows = [
            draw_cell(row, self.value_range, None, _LONGEST_SIGNAL)
            for row in np.split(patch, patch.shape[2], axis=2)
        ]
        return np.concatenate(rows)

    def encode(self, max_bytes: int, level: int = 0) -> tuple[bytes, int, int]:
        """Encodes all cells as one WebP of at most `max_bytes`, if possible.

        Small grey cells and signals are stored without loss, so that
        neighbouring cells do not blur each other, if necessary with fewer grey
        values. Other cells are stored with loss. `level` is the compression
        level to begin with, from 0 to 4; only the highest may exceed the size.

        Returns the WebP, the number of cells in a row, and the level used.
        """
        cells = self._cells
        signal = self.height == 1
        height, width = cells[0].shape[:2]
        columns = max(_MIN_COLUMNS, math.isqrt(len(cells) - 1) + 1)
        rows = -(-len(cells) // columns)
        longest = max(columns * width, rows * height)
        step = max(1, -(-longest // _LARGEST_SIDE))
        down = 1 if signal else step  # channels are not left out
        sheet = contact_sheet(
            [cell[::down, ::step] for cell in cells], columns, 0, 1, 0
        )
        small = signal or max(height, width) <= _SMALL_CELL
        lossless = sheet.mode == "L" and small
        settings = _GREY_STEPS if lossless else _QUALITIES
        for used in range(min(level, len(settings) - 1), len(settings)):
            data = _encode(sheet, lossless, settings[used])
            if len(data) <= max_bytes:
                break
        return data, columns, used


def _encode(sheet: Image.Image, lossless: bool, setting: int) -> bytes:
    file = io.BytesIO()
    if lossless:
        steps = np.rint(np.arange(256) / setting) * setting
        grey = sheet.point(np.minimum(steps, 255).astype(int).tolist())
        grey.save(file, "WEBP", lossless=True, method=4)
    else:
        sheet.save(file, "WEBP", quality=setting, method=4)
    return file.getvalue()
