"""Draws images of three channels in colour.

Networks may take BGR, or colours from which a mean is subtracted. Images are
stored as the network takes them; this converts them for display.
"""

import dataclasses

import numpy as np
import numpy.typing as npt

from tb_actmax.records.header import ColoursHeader, EventHeader
from tb_actmax.records.images import to_bytes

Bytes = npt.NDArray[np.uint8]


@dataclasses.dataclass(frozen=True)
class Colours:
    """How to draw three channels as red, green and blue."""

    order: str  # "rgb" or "bgr"
    black: tuple[float, ...]  # value of each channel that is drawn black
    white: tuple[float, ...]

    def draw(self, image: npt.NDArray[np.floating]) -> Bytes:
        """Draws values (height, width, 3) as red, green and blue."""
        black, white = np.array(self.black), np.array(self.white)
        shares = (image - black) / (white - black)
        pixels = to_bytes(shares.astype(np.float32), (0.0, 1.0))
        return pixels[..., ::-1] if self.order == "bgr" else pixels

    def header(self) -> ColoursHeader:
        """Returns the colours as a header stores them."""
        return {
            "order": self.order,
            "black": [float(f"{value:.6g}") for value in self.black],
            "white": [float(f"{value:.6g}") for value in self.white],
        }


def draw_pixels(
    image: npt.NDArray[np.float32],
    value_range: tuple[float, float],
    colours: Colours | None,
) -> Bytes:
    """Draws an image within a range of values, or with `colours`."""
    if colours is None or image.shape[-1] != 3:
        return to_bytes(image, value_range)
    return colours.draw(image)


def reordered(header: EventHeader, order: str) -> ColoursHeader:
    """Returns the colours of an event with another order of channels."""
    low, high = header["value_range"]
    ends: ColoursHeader = {
        "order": order,
        "black": 3 * [low],
        "white": 3 * [high],
    }
    return {**(header.get("colours") or ends), "order": order}


def draw_image(image: npt.NDArray[np.float32], header: EventHeader) -> Bytes:
    """Draws an image (height, width, channels), and keeps the channels."""
    about = header.get("colours")
    colours = None
    if about is not None:
        colours = Colours(
            about["order"], tuple(about["black"]), tuple(about["white"])
        )
    return draw_pixels(image, header["value_range"], colours)
