"""Images of many channels in colour: their principal components."""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

Bytes = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float64]

MOST = 64  # images that components are taken from, as in the tab
_DEVIATIONS = 3  # along the first component fill the range of red


@dataclasses.dataclass(frozen=True)
class Components:
    """Directions in the space of channels, as the tab draws them.

    Attributes:
        mean: (channels,), drawn grey.
        axes: (up to 3, channels), that of the largest variance first.
        spread: Standard deviation along the first; one scale for all three.
    """

    mean: Floats
    axes: Floats
    spread: float

    def colours(self, pixels: Bytes) -> Bytes:
        """Red, green and blue (height, width, 3) of (height, width, n)."""
        along = (pixels - self.mean) @ self.axes.T
        shown = np.full((*pixels.shape[:2], 3), 127.5)
        shown[..., : len(self.axes)] += (
            along * 127.5 / (_DEVIATIONS * self.spread)
        )
        return np.clip(np.rint(shown), 0, 255).astype(np.uint8)


def check_many_channels(header: Mapping[str, Any]) -> None:
    """Refuses an event whose images have no components to be drawn.

    Raises:
        ValueError: If they are grey, in colour, or curves.
    """
    channels = header["channels"]
    said = f"have {channels} channel{'s' if channels > 1 else ''}"
    if header["height"] == 1 and not header.get("depth"):
        said = "are curves"
    elif channels not in (1, 3):
        return
    raise ValueError(
        "--channels components draws images of two channels, or of more than "
        f"three; these {said}: leave it out."
    )


def components_of(images: Sequence[Bytes]) -> Components:
    """The principal components of all pixels of some images.

    Args:
        images: (height, width, channels) each.
    """
    pixels = np.concatenate(
        [image.reshape(-1, image.shape[-1]) for image in images]
    ).astype(np.float64)
    mean = pixels.mean(axis=0)
    variances, vectors = np.linalg.eigh(np.cov(pixels.T, bias=True))
    axes = vectors.T[::-1][:3]
    largest = np.abs(axes).argmax(axis=1)[:, None]
    axes = axes * np.sign(np.take_along_axis(axes, largest, axis=1))
    return Components(mean, axes, max(float(np.sqrt(variances[-1])), 1.0))
