"""The part of an image that the units of an objective see.

The network is run on that part only. It is cut so that every layer on the way
pads and strides as it does on the whole image: the units see the same.
"""

import dataclasses
from collections.abc import Sequence

from tb_actmax.maximizer.layers import Target
from tb_actmax.maximizer.objectives import CENTRE, WHOLE, Place


@dataclasses.dataclass(frozen=True)
class Window:
    """A part of an image.

    Attributes:
        top: First row.
        left: First column.
        height: Rows.
        width: Columns.
        places: The objective's places in the map of that part.
    """

    top: int
    left: int
    height: int
    width: int
    places: tuple[Place, ...]


def find_window(
    target: Target,
    places: Sequence[Place],
    size: tuple[int, int],
    declared: tuple[int, int],
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
    if field.whole or target.positions is None or WHOLE in places:
        return None
    positions, spare = [], []
    for axis in range(2):
        less, rest = divmod(declared[axis] - size[axis], field.stride[axis])
        positions.append(target.positions[axis] - less)
        spare.append(rest)
    if any(spare):
        return None  # other sizes are padded in another way
    middle = ((size[0] - 1) / 2, (size[1] - 1) / 2)
    units: list[tuple[int, int]] = [
        field.unit_nearest(middle, (positions[0], positions[1]))
        if place == CENTRE
        else (int(place[0]), int(place[1]))
        for place in places
    ]
    seen = [field.window(*unit) for unit in units]
    starts, lengths = [], []
    for axis in range(2):
        stride = field.stride[axis]
        first = max(min(window[axis] for window in seen), 0)
        last = min(max(window[axis + 2] for window in seen), size[axis])
        # Whole strides are left off on both sides: what is padded, and
        # where a stride begins, stays as it is.
        start = first // stride * stride
        starts.append(start)
        lengths.append(
            size[axis] - start - (size[axis] - last) // stride * stride
        )
    if tuple(lengths) == size:
        return None
    inside = tuple(
        (
            row - starts[0] // field.stride[0],
            column - starts[1] // field.stride[1],
        )
        for row, column in units
    )
    return Window(starts[0], starts[1], lengths[0], lengths[1], inside)
