"""Draws images of many channels in colour, by their principal components."""

import dataclasses
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from tb_actmax.records.header import ImageSize

Bytes = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float64]

MAX_IMAGES = 64  # that components are computed from, as in the tab
_DEVIATIONS = 3  # along the first component fill the range of red


@dataclasses.dataclass(frozen=True)
class PrincipalComponents:
    """Principal directions in the space of channels, as the tab draws them."""

    mean: Floats  # of each channel, (channels,), drawn grey
    # Directions (up to 3, channels) by their variance: red, green and blue.
    axes: Floats
    deviation: float  # along the first direction; it scales all three

    @classmethod
    def fit(cls, images: Sequence[Bytes]) -> "PrincipalComponents":
        """Computes the components of images (height, width, channels)."""
        pixels = np.concatenate(
            [image.reshape(-1, image.shape[-1]) for image in images]
        ).astype(np.float64)
        variances, vectors = np.linalg.eigh(np.cov(pixels.T, bias=True))
        axes = vectors.T[::-1][:3]
        # The sign of a component is arbitrary: make its largest part positive.
        largest = np.abs(axes).argmax(axis=1)[:, None]
        axes = axes * np.sign(np.take_along_axis(axes, largest, axis=1))
        deviation = max(float(np.sqrt(variances[-1])), 1.0)
        return cls(pixels.mean(axis=0), axes, deviation)

    def colours(self, pixels: Bytes) -> Bytes:
        """Draws an image (height, width, channels) as (height, width, 3)."""
        values = (pixels - self.mean) @ self.axes.T
        colours = np.full((*pixels.shape[:2], 3), 127.5)
        colours[..., : len(self.axes)] += (
            values * 127.5 / (_DEVIATIONS * self.deviation)
        )
        return np.clip(np.rint(colours), 0, 255).astype(np.uint8)


def check_many_channels(header: ImageSize) -> None:
    """Raises a `ValueError` for grey and coloured images and for signals."""
    channels = header["channels"]
    if header["height"] == 1 and not header.get("depth"):
        kind = "are signals"
    elif channels in (1, 3):
        kind = f"have {channels} channel{'s' if channels > 1 else ''}"
    else:
        return
    raise ValueError(
        "--channels components draws images of two channels, or of more than "
        f"three; these {kind}: leave it out."
    )
