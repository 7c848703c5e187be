"""The part of an image that the units of an objective see.

The network is run on that part only: a neuron near a corner of a large map
needs a fraction of the image. The part is such that every layer on the way
pads and strides as it does on the whole image, so the units see the same.
"""

import dataclasses
import math
from collections.abc import Sequence

from tb_actmax.network.layers import Target
from tb_actmax.objectives import CENTRE, Position, Readout


@dataclasses.dataclass(frozen=True)
class Window:
    """A part of an image.

    Attributes:
        slices: Rows and columns; of a volume slices before them.
        positions: The objective's positions in the map of that part.
    """

    slices: tuple[slice, ...]
    positions: tuple[Position, ...]


def find_window(
    target: Target,
    readouts: Sequence[Readout],
    size: tuple[int, ...],
    declared: tuple[int, ...],
) -> Window | None:
    """Finds the part of images that an objective's units see.

    Args:
        target: The layer.
        readouts: How the objective's terms are read out of its map.
        size: Rows and columns of the images.
        declared: Rows and columns of the images on which the target's
            receptive field was measured.

    Returns:
        The window; `None` if it is the whole image, or not known.
    """
    field = target.field
    if field.whole or field.grid or not target.positions:
        return None
    indices, spare = [], []
    for axis, stride in enumerate(field.stride):
        left_off = declared[axis] - size[axis]
        indices.append(target.positions[axis] - left_off // stride)
        spare.append(left_off % math.lcm(stride, field.align[axis]))
    if any(spare):
        return None  # other sizes are padded differently
    middle = tuple((length - 1) / 2 for length in size)
    units: list[tuple[int, ...]] = []
    for readout in readouts:
        if isinstance(readout, tuple):
            units.append(readout)
        elif readout == CENTRE:
            units.append(field.unit_nearest(middle, tuple(indices)))
        else:
            return None  # the whole map
    seen = [field.window(*unit) for unit in units]
    starts, slices = [], []
    for axis in range(len(size)):
        stride = math.lcm(field.stride[axis], field.align[axis])
        first = max(min(begin[axis] for begin, _ in seen), 0)
        last = min(max(end[axis] for _, end in seen), size[axis])
        # Whole strides are left off on both sides: padding, and the phase of
        # the strides, stay as they are.
        start = first // stride * stride
        starts.append(start)
        after = (size[axis] - last) // stride * stride
        slices.append(slice(start, size[axis] - after))
    if all(s.stop - s.start == n for s, n in zip(slices, size, strict=True)):
        return None
    inside = tuple(
        tuple(
            index - start // stride
            for index, start, stride in zip(
                unit, starts, field.stride, strict=True
            )
        )
        for unit in units
    )
    return Window(tuple(slices), inside)
