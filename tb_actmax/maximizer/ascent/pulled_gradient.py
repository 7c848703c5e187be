"""Adds the pull towards exemplars to the gradient of an objective."""

import functools
from collections.abc import Sequence

import tensorflow as tf

from tb_actmax.maximizer.ascent.pull import moments
from tb_actmax.network.kept_gradients import gradient
from tb_actmax.network.tracing import trace

_MOST = 6.0  # limit on the features of images, in deviations
# Length of the pull's gradient at each map, relative to the objective's.
_STRENGTH = 0.2


def pulled(
    values: Sequence[tf.Tensor],
    coefficients: tf.Tensor,
    maps: Sequence[tf.Tensor],
    targets: tf.Tensor,
    views: int,
) -> tf.Tensor | None:
    """Returns the gradient of values, with the pull added at each map.

    The gradient passes the maps on its way from the values to the image. At
    each map, the gradient of the likeness to the target is added to it, scaled
    to a fixed share of its length. One backward pass therefore computes both.

    Args:
        values: Values of the objectives of each layer, in running order. In
            total there is a value for each view, n * views.
        coefficients: Coefficients of the images, (n, ...).
        maps: Features on the way from the image to the values, in this order.
            The target of an image is 0 at maps to which it is not pulled.
        targets: As `Pull.targets` returns them, (n, 3, size).
        views: Number of views of each image.

    Returns:
        The gradient (n, ...), or `None` if there is none.
    """
    parts = tf.split(targets, [2 * one.shape[-1] for one in maps], axis=2)
    return gradient(
        values,
        coefficients,
        [
            (one, functools.partial(_changed, one, part, views))
            for one, part in zip(maps, parts, strict=True)
        ],
    )


def _changed(
    one: tf.Tensor, targets: tf.Tensor, views: int, own: tf.Tensor
) -> tf.Tensor:
    """Returns the gradient at a map with the pull added."""
    with_pull = _with_pull(one.shape.rank, one.dtype, views)
    found: tf.Tensor = with_pull(own, one, targets)
    found.set_shape(one.shape)
    return found


@functools.cache
def _with_pull(
    rank: int, dtype: tf.DType, views: int
) -> tf.types.experimental.ConcreteFunction:
    """Returns the function that adds the pull to the gradient at a map.

    Its operations are traced once for maps of all sizes, and not once for each
    map of each layer.

    Args:
        rank: Rank of the map.
        dtype: Type of the map.
        views: Number of views of each image.
    """

    def with_pull(
        own: tf.Tensor, one: tf.Tensor, targets: tf.Tensor
    ) -> tf.Tensor:
        count = tf.shape(targets)[0]
        (features,) = moments([one], count * views)
        uphill = likeness_gradient(features, targets, views)
        pull = at_map(uphill, one, features)
        share = tf.math.divide_no_nan(
            _STRENGTH * _lengths(own, count), _lengths(pull, count)
        )
        return own + _for_each(share, pull)

    maps = tf.TensorSpec([None] * rank, dtype)
    targets = tf.TensorSpec((None, 3, None), tf.float32)
    with tf.init_scope():
        return trace(with_pull, maps, maps, targets, effects=False)


def _lengths(gradient: tf.Tensor, count: tf.Tensor) -> tf.Tensor:
    """Returns the length of each of `count` images' gradient, (count,)."""
    flat = tf.reshape(tf.cast(gradient, tf.float32), (count, -1))
    return tf.sqrt(tf.reduce_sum(tf.square(flat), axis=1))


def _for_each(shares: tf.Tensor, gradient: tf.Tensor) -> tf.Tensor:
    """Multiplies the gradient of each image by its share, (n,)."""
    flat = tf.reshape(gradient, (tf.shape(shares)[0], -1))
    flat *= tf.expand_dims(tf.cast(shares, gradient.dtype), 1)
    return tf.reshape(flat, tf.shape(gradient))


def likeness_gradient(
    features: tf.Tensor, targets: tf.Tensor, views: int
) -> tf.Tensor:
    """Returns the gradient of how much images resemble their targets.

    The likeness is the cosine of an image's standardized and limited features,
    which are means over its views, and its target. TensorFlow would build four
    times as many operations for the gradient.

    Args:
        features: Features of each view, (n * views, size).
        targets: As `Pull.targets` returns them, (n, 3, size).
        views: Number of views of each image.

    Returns:
        The gradient at the features, (n * views, size).
    """
    towards, mean, deviation = tf.unstack(targets, axis=1)
    own = features
    if views > 1:
        rows = (-1, views, tf.shape(features)[1])
        own = tf.reduce_mean(tf.reshape(own, rows), axis=1)
    own = (own - mean) / deviation
    free = tf.cast(tf.abs(own) <= _MOST, own.dtype)
    own = tf.clip_by_value(own, -_MOST, _MOST)
    length = tf.norm(own, axis=1, keepdims=True) + 1e-6
    own /= length
    towards = tf.math.l2_normalize(towards, axis=1, epsilon=1e-6)
    across = towards - own * tf.reduce_sum(own * towards, axis=1, keepdims=True)
    found = across * free / (length * deviation * views)
    return found if views == 1 else tf.repeat(found, views, axis=0)


def at_map(
    gradient: tf.Tensor, found: tf.Tensor, features: tf.Tensor
) -> tf.Tensor:
    """Returns the gradient at a map for that at its `moments`, (n, size)."""
    rows = (tf.shape(features)[0], -1, tf.shape(found)[-1])
    flat = tf.reshape(found, rows)
    flat = tf.cast(flat, tf.float32)
    mean, deviation = tf.split(tf.expand_dims(features, 1), 2, axis=2)
    of_mean, of_deviation = tf.split(tf.expand_dims(gradient, 1), 2, axis=2)
    slope = of_mean + (flat - mean) * (of_deviation / deviation)
    slope /= tf.cast(tf.shape(flat)[1], tf.float32)
    return tf.cast(tf.reshape(slope, tf.shape(found)), found.dtype)
