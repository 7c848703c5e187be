"""What is chosen for a layer: size, contrast, spectrum, movements of images.

A single layer that looks at the image is a template: it is shown sharp, still
and with the contrast of the few places that excite it. Deeper ones tolerate
small movements, and are shown what survives them.
"""

from tb_actmax.data.statistics import Statistics
from tb_actmax.maximizer.image.canvas import Canvas
from tb_actmax.maximizer.image.transforms import Transforms
from tb_actmax.network.layers import Target

_MARGIN = 2  # pixels that a canvas is larger than the receptive field
# Which of the data's crops has the contrast that images get at least, and at
# most where it fits into the data's range, in percent.
_CONTRAST, _MOST, _MOST_TEMPLATE = 50.0, 75.0, 95.0
# From this side on, in pixels, an image has room for whole objects: it is made
# smoother, and moved more.
_WIDE = 64
_POWER, _WIDE_POWER = 0.75, 0.85  # of the data's spectrum
# Longest side of a canvas in pixels, where the network takes any size.
_CAP, _VOLUME_CAP = 128, 48


def canvas_size(
    target: Target, shape: tuple[int, ...], whole: bool = False
) -> tuple[int, ...]:
    """Size of the image for a layer: just over what its centre unit sees.

    Args:
        target: The layer.
        shape: Shape of one input, (height, width, channels); of a volume with
            the slices in front.
        whole: Whether more of the layer's map is maximized than its centre.
    """
    field = target.field
    if field.whole or whole:
        return tuple(shape[:-1])
    cap = _CAP if len(shape) == 3 else _VOLUME_CAP
    sizes = []
    for axis, most in enumerate(shape[:-1]):
        # Templates are not moved: a margin would stay empty, a frame.
        size = field.size[axis] + (_MARGIN if field.depth > 1 else 0)
        if field.align[axis] > field.stride[axis]:
            # What was made smaller must come back to the same size.
            size = -(-size // field.align[axis]) * field.align[axis]
        sizes.append(most if size >= most else min(size, cap))
    return tuple(sizes)


def canvas(
    target: Target,
    statistics: Statistics,
    shape: tuple[int, ...],
    whole: bool = False,
) -> Canvas:
    """What images for a layer are made on.

    The small windows of a single layer are mostly empty or flat in the data,
    and of any brightness; what excites it are the few with something to see.
    So a template's brightness is free within that of the data's windows, and
    it gets the contrast that fits into the data's range: one that is both
    lighter and darker than its ground is shown whole.

    Args:
        target: The layer.
        statistics: Statistics of the data.
        shape: Shape of one input, (height, width, channels); of a volume with
            the slices in front.
        whole: Whether more of the layer's map is maximized than its centre.
    """
    size = canvas_size(target, shape, whole)
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


def transforms(target: Target, size: tuple[int, ...]) -> Transforms:
    """How far images are moved: nothing where a single layer looks at them.

    One convolution is a template; to move it would blur it. Deeper units
    tolerate movements of about the pixels that they skip, and what they see in
    wide images may be turned and scaled further.
    """
    field = target.field
    if field.depth <= 1 or 1 in size:  # a template, or a signal
        return Transforms()
    reach = min(size) if field.whole else min(*field.size, *size)
    stride = reach if field.whole else min(field.stride)
    rotation, scale = (12.0, 0.15) if min(size) >= _WIDE else (8.0, 0.08)
    return Transforms(min(stride, reach / 16), rotation, scale)
