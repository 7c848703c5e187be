"""Chooses the unit that a layer's images show, and the part that it sees.

All positions refer to an input of the size with which the target was found, for
which the map and the receptive fields of all units are known.
"""

import dataclasses
import math
from collections.abc import Sequence

import numpy as np
import tensorflow as tf

from tb_actmax.network.receptive_field.field import Field
from tb_actmax.network.receptive_field.reader import FieldReader
from tb_actmax.network.target import Target

# First pixels, and last pixels + 1, per axis.
Bounds = tuple[tuple[int, ...], tuple[int, ...]]


@dataclasses.dataclass(frozen=True)
class ShownUnit:
    """The unit of a layer that images show."""

    index: tuple[int, ...] | None  # in the layer's map, if it has positions
    window: tuple[slice, ...]  # the part of an input that it sees


def shown_unit(target: Target, input_size: tuple[int, ...]) -> ShownUnit:
    """Chooses the unit of a layer that images show.

    Along each axis, it is the unit that sees most of the input, and among those
    the unit closest to the middle. If any unit's receptive field lies inside
    the input, so does the field of this unit. Parts of the field outside the
    input do not belong to its window.
    """
    field, positions = target.field, target.positions
    whole = tuple(slice(0, length) for length in input_size)
    if positions is None:
        return ShownUnit(None, whole)
    if not field.locates(positions):
        return ShownUnit(tuple(count // 2 for count in positions), whole)
    index, window = [], []
    for axis, count in enumerate(field.grid or positions):
        length = input_size[axis]
        first = field.start[axis] + np.arange(count) * field.stride[axis]
        last = first + field.size[axis]
        seen = np.minimum(last, length) - np.maximum(first, 0)
        best = int(np.lexsort((np.abs(first + last - length), -seen))[0])
        index.append(best)
        begin, end = max(int(first[best]), 0), min(int(last[best]), length)
        window.append(slice(begin, end))
    if field.grid is not None:
        index = [*(0 for _ in positions[1:]), field.token(index)]
    return ShownUnit(tuple(index), whole if field.whole else tuple(window))


def place_image(
    target: Target, input_size: tuple[int, ...], size: tuple[int, ...]
) -> tuple[slice, ...]:
    """Returns the position of a layer's images in an input.

    Images have the size of the shown unit's window, or another, at most that of
    the input, and are centred on the unit.
    """
    window = shown_unit(target, input_size).window
    place = []
    for seen, length, most in zip(window, size, input_size, strict=True):
        begin = seen.start + (seen.stop - seen.start - length) // 2
        begin = min(max(begin, 0), most - length)
        place.append(slice(begin, begin + length))
    return tuple(place)


@dataclasses.dataclass(frozen=True)
class Part:
    """A part of an input in which units respond as in the whole input."""

    slices: tuple[slice, ...]
    skipped: tuple[int, ...]  # rows and columns of the map before the part's

    def unit(self, index: tuple[int, ...]) -> tuple[int, ...]:
        """Converts a position in the whole map to one in the part's map."""
        if not any(self.skipped):
            return index
        return tuple(i - s for i, s in zip(index, self.skipped, strict=True))


def smallest_part(
    target: Target, input_size: tuple[int, ...], seen: Sequence[Bounds]
) -> Part:
    """Returns the smallest part of an input that contains all that units see.

    Only whole strides are cut off, which keeps the stride phase of every layer
    on the way. Padding at the edges of the part lies outside of what the units
    see. What they see may lie outside the input.
    """
    field, crops = target.field, _can_crop(target)
    slices, skipped = [], []
    for axis, length in enumerate(input_size):
        stride = field.stride[axis]
        step = math.lcm(stride, field.align[axis])
        first = max(min(begin[axis] for begin, _ in seen), 0)
        last = min(max(end[axis] for _, end in seen), length)
        before = first // step * step if crops else 0
        after = (length - last) // step * step if crops else 0
        slices.append(slice(before, length - after))
        skipped.append(before // stride)
    return Part(tuple(slices), tuple(skipped))


def _can_crop(target: Target) -> bool:
    """Returns whether a layer's units can be computed from a part of an input.

    They cannot if they see the whole input, if statistics of whole maps scale
    them, or if the network may resize its input.
    """
    field = target.field
    return not (
        field.whole
        or field.pooled
        or field.grid is not None
        or target.positions is None
        or target.input_field is None
    )


def check_field(
    target: Target, declared: Field | None, images: tf.Tensor, maps: object
) -> None:
    """Checks that units see the same in a part of an input as in all of it.

    A network may resize its input to a fixed size. `declared` is the field of
    the layer's inputs or outputs, `maps`, in an input of the size with which
    the target was found.

    Raises:
        ValueError: If they see another part.
    """
    if declared is None or declared.whole or not tf.is_tensor(maps):
        return
    field = FieldReader(images)(maps)
    if field is None or not field.looks_like(declared):
        raise ValueError(
            f"Layer {target.path!r} sees another part of images of "
            f"{' x '.join(map(str, images.shape[1:-1]))} pixels."
        )
