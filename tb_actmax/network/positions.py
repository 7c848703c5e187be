"""Picks one place of a layer's map."""

import tensorflow as tf

from tb_actmax.network.receptive_field.reader import FieldReader
from tb_actmax.objectives import CENTRE, Place


def at(maps: tf.Tensor, place: Place, images: tf.Tensor) -> tf.Tensor:
    """What a map (n, *positions, filters) is at one place.

    Args:
        maps: The map; units without positions (n, units) are everywhere.
        place: The place; for all of it, the mean.
        images: What the map was computed from.

    Returns:
        (n, filters).
    """
    if maps.shape.rank == 2:
        return maps
    if isinstance(place, tuple):
        return maps[(slice(None), *place)]
    if place == CENTRE:
        return middle(maps, images)
    return tf.reduce_mean(maps, axis=tuple(range(1, maps.shape.rank - 1)))


def middle(maps: tf.Tensor, images: tf.Tensor) -> tf.Tensor:
    """What the unit sees whose field is nearest to the image's centre."""
    if maps.shape.rank == 2:
        return maps
    units = tuple(maps.shape[1:-1])
    unit = tuple(count // 2 for count in units)
    seen = FieldReader(images)(maps)
    if seen is not None and seen.locates(units):
        unit = seen.unit_nearest(centre_of(images), units)
    return maps[(slice(None), *unit)]


def centre_of(images: tf.Tensor) -> tuple[float, ...]:
    """Row and column of the middle of images."""
    return tuple((length - 1) / 2 for length in images.shape[1:-1])
