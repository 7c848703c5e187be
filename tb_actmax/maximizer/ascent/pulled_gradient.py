"""Adds the pull towards exemplars to the gradient of an objective."""

from collections.abc import Sequence

import tensorflow as tf

from tb_actmax.maximizer.ascent.pull import moments
from tb_actmax.network.kept_gradients import gradient

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
    count = tf.shape(targets)[0]
    features = moments(maps, count * views)
    parts = tf.split(targets, [part.shape[-1] for part in features], axis=2)
    behind: list[tuple[tf.Tensor, tf.Tensor]] = []
    for place in reversed(range(len(maps))):
        own = _through(values, behind, maps[place], maps[place + 1 :])
        if own is not None:
            uphill = likeness_gradient(features[place], parts[place], views)
            pull = at_map(uphill, maps[place], features[place])
            share = tf.math.divide_no_nan(
                _STRENGTH * _lengths(own, count), _lengths(pull, count)
            )
            own += _for_each(share, pull)
            behind.append((maps[place], own))
    return _through(values, behind, coefficients, maps)


def _through(
    values: Sequence[tf.Tensor],
    behind: Sequence[tuple[tf.Tensor, tf.Tensor]],
    ahead: tf.Tensor,
    between: Sequence[tf.Tensor],
) -> tf.Tensor | None:
    """Returns the gradient at a tensor that does not pass those in between.

    Args:
        values: The values of the objectives.
        behind: Maps and the gradients at them, from the end of the network to
            its start.
        ahead: The tensor.
        between: Maps that the gradient passes in other calls.
    """
    found = []
    ends = [value for value in values if _reaches(value, ahead, between)]
    if ends:
        found.append(gradient(ends, ahead, around=between))
    for tensor, reached in behind:
        others = [one for one in between if one is not tensor]
        if _reaches(tensor, ahead, others):
            found.append(gradient([tensor], ahead, [reached], others))
    known = [part for part in found if part is not None]
    return tf.add_n(known) if known else None


def _reaches(
    tensor: tf.Tensor, ahead: tf.Tensor, between: Sequence[tf.Tensor]
) -> bool:
    """Returns whether a gradient passes from a tensor to another around some.

    Without this check, TensorFlow would trace gradients that end in them. No
    gradient passes integers, such as the shapes of images.
    """
    seen = {id(one) for one in between}
    waiting = [tensor]
    while waiting:
        one = waiting.pop()
        if one is ahead:
            return True
        if id(one) not in seen and not _is_whole(one.dtype):
            seen.add(id(one))
            waiting += one.op.inputs
    return False


def _is_whole(dtype: tf.DType) -> bool:
    return bool(dtype.is_integer or dtype.is_bool)


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
        size = features.shape[-1]
        own = tf.reduce_mean(tf.reshape(own, (-1, views, size)), axis=1)
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
    channels = found.shape[-1]
    flat = tf.reshape(found, (tf.shape(features)[0], -1, channels))
    flat = tf.cast(flat, tf.float32)
    mean, deviation = tf.split(tf.expand_dims(features, 1), 2, axis=2)
    of_mean, of_deviation = tf.split(tf.expand_dims(gradient, 1), 2, axis=2)
    slope = of_mean + (flat - mean) * (of_deviation / deviation)
    slope /= tf.cast(tf.shape(flat)[1], tf.float32)
    return tf.cast(tf.reshape(slope, tf.shape(found)), found.dtype)
