"""Chooses the size, contrast, spectrum and movements of a layer's images.

A first layer's filters are templates: their images are sharp, still and have
the contrast of the few windows that excite them. Deeper filters tolerate small
movements, and their images are moved.
"""

from tb_actmax.data.statistics import Statistics
from tb_actmax.maximizer.image.canvas import Canvas
from tb_actmax.maximizer.image.movements import Movements
from tb_actmax.network.layers import Target

_MARGIN = 2  # pixels that a canvas is larger than the receptive field
# Percentiles of the contrast of the data's crops: the least that images get,
# and the most where their shape fits into the data's range.
_CONTRAST, _MOST, _MOST_TEMPLATE = 50.0, 75.0, 95.0
# Images of this side or more, in pixels, have room for whole objects: they are
# smoother and moved further.
_WIDE = 64
_POWER, _WIDE_POWER = 0.75, 0.85  # of the data's spectrum
# Longest side of a canvas in pixels, if the network takes any size.
_CAP, _VOLUME_CAP = 128, 48


def canvas_size(
    target: Target, shape: tuple[int, ...], full_size: bool = False
) -> tuple[int, ...]:
    """Returns the size of a layer's images: just over its receptive field.

    Args:
        target: The layer.
        shape: Shape of one input, (height, width, channels); of a volume with
            the slices in front.
        full_size: Whether images have the size of the model's inputs, because
            objectives read more of the map than its centre.
    """
    field = target.field
    if field.whole or full_size:
        return tuple(shape[:-1])
    cap = _CAP if len(shape) == 3 else _VOLUME_CAP
    sizes = []
    for axis, most in enumerate(shape[:-1]):
        # Templates are not moved: a margin would stay an empty frame.
        size = field.size[axis] + (_MARGIN if field.depth > 1 else 0)
        if field.align[axis] > field.stride[axis]:
            # What is pooled and upsampled must come back to the same size.
            size = -(-size // field.align[axis]) * field.align[axis]
        sizes.append(most if size >= most else min(size, cap))
    return tuple(sizes)


def canvas(
    target: Target,
    statistics: Statistics,
    shape: tuple[int, ...],
    full_size: bool = False,
) -> Canvas:
    """Returns the canvas of a layer's images.

    Most of the small windows that a first layer sees in the data are flat, and
    of any brightness; the few others excite its filters. So a template's
    brightness is free within that of the data's windows, and its contrast is
    what fits into the data's range: a filter that wants both lighter and
    darker pixels than its ground is shown in full.

    Args:
        target: The layer.
        statistics: Statistics of the data.
        shape: Shape of one input, (height, width, channels); of a volume with
            the slices in front.
        full_size: Whether images have the size of the model's inputs, because
            objectives read more of the map than its centre.
    """
    size = canvas_size(target, shape, full_size)
    template = target.field.depth <= 1

    def contrast(percentile: float) -> float:
        return statistics.contrast_at(*size, percentile=percentile)

    return Canvas(
        size,
        statistics,
        contrast(_CONTRAST),
        contrast(_MOST_TEMPLATE if template else _MOST),
        statistics.brightness_at(*size) if template else None,
        _WIDE_POWER if min(size) >= _WIDE else _POWER,
    )


def movements(target: Target, size: tuple[int, ...]) -> Movements:
    """Returns how far a layer's images are moved.

    The image of a single convolution is a template: movements would blur it.
    Deeper units tolerate shifts of about the pixels between them. Wide images
    may be turned and scaled further.

    Args:
        target: The layer.
        size: Rows and columns of the images; of volumes slices before them.
    """
    field = target.field
    if field.depth <= 1 or 1 in size:  # a template, or a signal
        return Movements()
    reach = min(size) if field.whole else min(*field.size, *size)
    stride = reach if field.whole else min(field.stride)
    rotation, scale = (12.0, 0.15) if min(size) >= _WIDE else (8.0, 0.08)
    return Movements(min(stride, reach / 16), rotation, scale)
