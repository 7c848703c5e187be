"""Chooses the size, contrast, spectrum and movements of a layer's images.

The filters of a first layer are templates: their images are sharp, are not
moved, and have the contrast of the few windows that excite them. Deeper filters
tolerate small movements, so their images are moved. Images with room for an
object are treated like photographs, see `Style`.
"""

import dataclasses
import math

import numpy as np
import numpy.typing as npt

from tb_actmax.data.statistics import Statistics
from tb_actmax.maximizer.image.canvas import Canvas
from tb_actmax.maximizer.image.movements import Movements
from tb_actmax.network.shown_unit import shown_unit
from tb_actmax.network.target import Target

Array = npt.NDArray[np.float32]

# Pixels that are drawn around moved images.
_MARGIN = 1
# Percentiles of the contrast of the data's crops: the smallest contrast of
# images, and the largest if their shape fits into the data's range.
_CONTRAST, _MOST, _MOST_TEMPLATE = 50.0, 75.0, 95.0
_MOST_PIXEL = 100.0  # the same of a single pixel
# Images of at least this side, in pixels, have room for whole objects: they are
# smoother and moved further.
_WIDE = 64
# In colour, this side has room for an object. Smaller windows show parts, and
# so do larger windows in grey.
_COLOURED = 24
_POWER, _WIDE_POWER = 0.75, 0.85  # of the data's spectrum
_FIRST_CUTOFF = 4.0  # cycles an image
_LAST_CUTOFF = 0.6  # the same, as a share of the image's longest side
# Share of the gradient that closed ReLUs pass in images of whole objects. Other
# networks recognize more of them, and the response is the same.
_LEAK = 0.05


@dataclasses.dataclass(frozen=True)
class Style:
    """How a layer's images are made, depending on the size of their windows."""

    steps: int = 32  # of an ascent from a random start
    balanced: bool = False  # with the data's energy by frequency and colour
    contrast: float = 1.0  # share of that of the data's crops
    coarse_first: bool = False  # whether coarse shapes come before fine ones
    wide: float = 0.0  # how much wider than the image its views are at most
    pulled: bool = False  # whether images are pulled to features of exemplars
    muted: bool = False  # whether colours are at most as strong as in the data
    leak: float = 0.0  # share of the gradient that closed ReLUs pass, at most


def style(target: Target, shape: tuple[int, ...]) -> Style:
    """Returns how a layer's images are made, for inputs of a shape."""
    side = min(canvas_size(target, shape))
    room = _COLOURED if shape[-1] > 1 else _WIDE
    if target.field.depth <= 1 or side < room or not target.pictures:
        return Style()
    if side >= _WIDE:
        if target.field.whole:
            return Style(56, True, 0.8, True, 0.6, leak=_LEAK)
        return Style(48, True, 0.8, True, pulled=True)
    # A small network that sees beyond the image sees its padding: what lies
    # around an image is no surrounding to it. A part of a larger image is a
    # texture rather than an object: its image is clearer, and made in a third
    # of the time, without surroundings and without a pass over the probe.
    most = 2 * side > min(shape[:-1])
    beyond = max(target.field.size) > max(shape[:-1])
    wide = 0.4 if most and not beyond else 0.0
    return Style(40, True, 0.85, False, wide, pulled=most, muted=True)


def canvas_size(
    target: Target, shape: tuple[int, ...], full_size: bool = False
) -> tuple[int, ...]:
    """Returns the size of a layer's images, the window of the shown unit.

    Even the largest window takes no longer than the later layers, which see the
    whole input. Images have the `full_size` of the model's inputs if objectives
    read more than the centre of the map.
    """
    if full_size:
        return tuple(shape[:-1])
    window = shown_unit(target, shape[:-1]).window
    return tuple(part.stop - part.start for part in window)


def canvas(
    target: Target,
    statistics: Statistics,
    shape: tuple[int, ...],
    full_size: bool = False,
) -> Canvas:
    """Returns the canvas of a layer's images.

    Most of the small windows that a first layer sees are flat, at any
    brightness; only the others excite its filters. The brightness of a template
    is therefore free within that of the data's windows, and its contrast is as
    large as the data's range allows. This shows both the light and the dark
    parts of a filter.
    """
    size = canvas_size(target, shape, full_size)
    how = style(target, shape)
    still = movements(target, size, how).still
    margin = tuple(
        0 if still or length == most else _MARGIN
        for length, most in zip(size, shape[:-1], strict=True)
    )
    drawn = tuple(n + 2 * more for n, more in zip(size, margin, strict=True))
    # Peaks are bright, so images of heavy-tailed data are as free as templates.
    free = target.field.depth <= 1 or statistics.heavy
    most = _MOST_TEMPLATE if free else _MOST
    if math.prod(drawn) == 1:
        most = _MOST_PIXEL

    def contrast(percentile: float) -> float:
        most = statistics.contrast_at(*drawn, percentile=percentile)
        return how.contrast * most

    return Canvas(
        size,
        statistics,
        contrast(_CONTRAST),
        contrast(most),
        statistics.brightness_at(*drawn) if free else None,
        _WIDE_POWER if min(size) >= _WIDE else _POWER,
        margin,
        statistics.energy(*drawn) if how.balanced else None,
        (_FIRST_CUTOFF, _LAST_CUTOFF * max(drawn))
        if how.coarse_first
        else None,
        _tints(statistics, drawn) / contrast(_CONTRAST)
        if how.muted and statistics.images is not None
        else None,
    )


def movements(target: Target, size: tuple[int, ...], how: Style) -> Movements:
    """Returns the movements of a layer's images.

    The image of a single convolution is a template: movements would blur it.
    Deeper units tolerate shifts of about the pixels between them. Wide images
    may be rotated and scaled further. Other axes than those of a picture are
    left unchanged.
    """
    field = target.field
    # A template, or a signal.
    if field.depth <= 1 or 1 in size or not target.pictures:
        return Movements()
    reach = min(size) if field.whole else min(*field.size, *size)
    stride = reach if field.whole else min(field.stride)
    rotation, scale = (12.0, 0.15) if min(size) >= _WIDE else (8.0, 0.08)
    shift = min(stride, reach / 16)
    return Movements(shift, rotation, scale, how.wide, centred=not field.whole)


def _tints(statistics: Statistics, size: tuple[int, ...]) -> Array:
    """Returns the data's mean magnitudes along colours, without brightness."""
    directions = statistics.energy(*size).directions[:, 1:]
    along = np.abs((statistics.crops(size) - statistics.mean) @ directions)
    return np.asarray(along.mean(axis=tuple(range(along.ndim - 1))))
