"""Picks one place of a layer's map."""

import tensorflow as tf

from tb_actmax.maximizer.field import FieldReader
from tb_actmax.maximizer.objectives import CENTRE, Place


def at(maps: tf.Tensor, place: Place, images: tf.Tensor) -> tf.Tensor:
    """What a map (n, rows, columns, filters) is at one place.

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
        return maps[:, place[0], place[1]]
    if place == CENTRE:
        return middle(maps, images)
    return tf.reduce_mean(maps, axis=(1, 2))


def middle(maps: tf.Tensor, images: tf.Tensor) -> tf.Tensor:
    """What the unit sees whose field is nearest to the image's centre."""
    if maps.shape.rank == 2:
        return maps
    rows, columns = maps.shape[1], maps.shape[2]
    row, column = rows // 2, columns // 2
    seen = FieldReader(images)(maps)
    if seen is not None and not seen.whole:
        row, column = seen.unit_nearest(centre_of(images), (rows, columns))
    return maps[:, row, column]


def centre_of(images: tf.Tensor) -> tuple[float, float]:
    """Row and column of the middle of images."""
    return (images.shape[1] - 1) / 2, (images.shape[2] - 1) / 2
