"""The real patches that excite each filter most.

People tell better from real patches than from optimized images what a filter
responds to (Borowski et al., 2021); both together say most.
"""

import dataclasses
import io
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from tb_actmax.maximizer.field import Field
from tb_actmax.probe.responses import Measured
from tb_actmax.probe.sample import Sample

Array = npt.NDArray[np.float32]

_LARGEST = 64  # pixels of a patch's longer side; larger ones are shrunk
_COLUMNS = 32  # patches in a row of the atlas
_QUALITY = 40  # of WebP: patches are there to be looked at


@dataclasses.dataclass(frozen=True)
class Exemplars:
    """Patches of a layer's filters, each patch once.

    Attributes:
        entries: For each filter: "inputs" (numbers of the probe's inputs),
            "values" (responses), "cells" (places in the atlas) and, with
            labels, "classes" and "entropy" (of the classes, in bits).
        atlas: All patches as one encoded image.
        header: What readers of the atlas must know.
    """

    entries: dict[int, dict[str, Any]]
    atlas: bytes
    header: dict[str, Any]


class Atlas:
    """Collects patches; each is stored once. Of volumes the middle slice.

    Args:
        sample: The inputs.
        field: The layer's receptive field.
        size: Rows and columns of the layer's map; of a volume slices before
            them.
        mean: Mean of each channel, which fills what lies outside the input.
    """

    def __init__(
        self, sample: Sample, field: Field, size: tuple[int, ...], mean: Array
    ):
        self._images = sample.images
        self._field = field
        self._size = size
        self._mean = mean
        self._known: dict[tuple[int, int], int] = {}
        self.cells: list[Array] = []

    def add(self, index: int, position: int) -> int:
        """Number of the cell that shows an input around a map's position."""
        key = (index, -1 if self._field.whole else position)
        if key not in self._known:
            self._known[key] = len(self.cells)
            patch = self._cut(index, position)
            self.cells.append(
                patch[len(patch) // 2] if patch.ndim == 4 else patch
            )
        return self._known[key]

    def _cut(self, index: int, position: int) -> Array:
        image = self._images[index]
        if self._field.whole:
            return np.asarray(image)
        unit = (int(i) for i in np.unravel_index(position, self._size))
        first, _ = self._field.window(*unit)
        patch = np.empty((*self._field.size, image.shape[-1]), np.float32)
        patch[:] = self._mean
        inside, outside = [], []
        for start, length, most in zip(
            first, self._field.size, image.shape, strict=False
        ):
            begin, end = max(start, 0), min(start + length, most)
            outside.append(slice(begin, end))
            inside.append(slice(begin - start, end - start))
        patch[tuple(inside)] = image[tuple(outside)]
        return patch

    def encode(self, value_range: tuple[float, float]) -> bytes:
        """All cells as one WebP, `_COLUMNS` in a row."""
        low, high = value_range
        cells = np.stack(self.cells)
        if cells.shape[3] != 3:
            cells = cells.mean(axis=3, keepdims=True)
        scaled = (cells - low) * (255 / max(high - low, 1e-12))
        pixels = np.clip(np.rint(scaled), 0, 255).astype(np.uint8)
        count, height, width, channels = pixels.shape
        rows = -(-count // _COLUMNS)
        sheet = np.zeros((rows * _COLUMNS, height, width, channels), np.uint8)
        sheet[:count] = pixels
        sheet = sheet.reshape(rows, _COLUMNS, height, width, channels)
        flat = sheet.swapaxes(1, 2).reshape(
            rows * height, _COLUMNS * width, channels
        )
        picture = Image.fromarray(flat[..., 0] if channels == 1 else flat)
        scale = _LARGEST / max(height, width)
        if scale < 1:
            # At least a pixel: signals are one row high.
            size = (max(1, round(width * scale)), max(1, round(height * scale)))
            picture = picture.resize((_COLUMNS * size[0], rows * size[1]))
        file = io.BytesIO()
        picture.save(file, "WEBP", quality=_QUALITY, method=6)
        return file.getvalue()


def find_exemplars(
    sample: Sample,
    measured: Measured,
    filters: Sequence[int],
    field: Field,
    count: int,
    mean: Array,
    value_range: tuple[float, float],
) -> Exemplars:
    """Finds the patches that excite filters most, at most one of an input.

    Args:
        sample: The inputs.
        measured: Responses to them.
        filters: Indices of filters.
        field: The layer's receptive field.
        count: Patches for each filter.
        mean: Mean of each channel of the data.
        value_range: Values that are drawn black and white.

    Returns:
        The patches of each filter, those that excite it most first.
    """
    atlas = Atlas(sample, field, measured.map, mean)
    entries = {}
    for index in filters:
        best = np.argsort(-measured.peaks[:, index], kind="stable")[:count]
        places = measured.positions[best, index]
        cells = [
            atlas.add(int(i), int(p)) for i, p in zip(best, places, strict=True)
        ]
        entry: dict[str, Any] = {
            "inputs": [int(i) for i in best],
            "values": [
                float(f"{value:.4g}") for value in measured.peaks[best, index]
            ],
            "cells": cells,
        }
        if sample.labels is not None:
            classes = sample.labels[best]
            entry["classes"] = [int(c) for c in classes]
            entry["entropy"] = _entropy(classes)
        entries[int(index)] = entry
    height, width = atlas.cells[0].shape[:2]
    header = {"columns": _COLUMNS, "count": len(atlas.cells)}
    header |= {"height": height, "width": width}
    return Exemplars(entries, atlas.encode(value_range), header)


def _entropy(classes: npt.NDArray[np.int64]) -> float:
    shares = np.unique(classes, return_counts=True)[1] / len(classes)
    return round(float(-(shares * np.log2(shares)).sum()), 4) + 0.0
