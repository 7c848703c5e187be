"""The part of an image that the units of an objective see.

The network is run on that part only. It is cut so that every layer on the way
pads and strides as it does on the whole image: the units see the same.
"""

import dataclasses
import math
from collections.abc import Sequence

from tb_actmax.network.layers import Target
from tb_actmax.objectives import WHOLE, Place


@dataclasses.dataclass(frozen=True)
class Window:
    """A part of an image.

    Attributes:
        slices: Rows and columns; of a volume slices before them.
        places: The objective's places in the map of that part.
    """

    slices: tuple[slice, ...]
    places: tuple[Place, ...]


def find_window(
    target: Target,
    places: Sequence[Place],
    size: tuple[int, ...],
    declared: tuple[int, ...],
) -> Window | None:
    """What the units at some places see.

    Args:
        target: The layer.
        places: Places in its map.
        size: Rows and columns of the images.
        declared: Rows and columns of the images that the target's field was
            measured on.

    Returns:
        The window; `None` if it is the whole image, or not known.
    """
    field = target.field
    if field.whole or field.grid or not target.positions or WHOLE in places:
        return None
    positions, spare = [], []
    for axis, stride in enumerate(field.stride):
        left_off = declared[axis] - size[axis]
        positions.append(target.positions[axis] - left_off // stride)
        spare.append(left_off % math.lcm(stride, field.align[axis]))
    if any(spare):
        return None  # other sizes are padded in another way
    middle = tuple((length - 1) / 2 for length in size)
    units: list[tuple[int, ...]] = [
        field.unit_nearest(middle, tuple(positions))
        if isinstance(place, str)
        else place
        for place in places
    ]
    seen = [field.window(*unit) for unit in units]
    starts, slices = [], []
    for axis in range(len(size)):
        stride = math.lcm(field.stride[axis], field.align[axis])
        first = max(min(begin[axis] for begin, _ in seen), 0)
        last = min(max(end[axis] for _, end in seen), size[axis])
        # Whole strides are left off on both sides: what is padded, and
        # where a stride begins, stays as it is.
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
