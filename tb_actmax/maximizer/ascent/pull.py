"""Pulls images weakly towards what a unit's exemplars have in common.

Many images excite a unit strongly, and most of them are unlike any input that
the network has seen. The features of an image on the way to the unit (means and
deviations of maps over positions) are therefore pulled towards those of the
real inputs that excite the unit most (compare Fel et al., "Unlocking Feature
Visualization", 2023, and Hamblin et al., "Feature Accentuation", 2024).
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from tb_actmax.maximizer.ascent.problem import Problem
from tb_actmax.maximizer.ascent.views import standing
from tb_actmax.network.features import features_on_the_way
from tb_actmax.network.partial_run import run_until
from tb_actmax.network.private_state import PrivateState
from tb_actmax.network.target import Target

Array = npt.NDArray[np.float32]

_ORDINARY = 64  # random crops of the data, for what is ordinary
_BATCH = 16  # crops of one forward pass
# Limits, in deviations, on the features of exemplars and of images.
_MOST, _MOST_OF_IMAGE = 4.0, 6.0
# Length of the pull's gradient at each map, relative to the objective's.
_STRENGTH = 0.2


class Pull:
    """Computes targets of the pull; traced once, used at every epoch.

    Args:
        problem: The layer and the images.

    Attributes:
        size: Number of features; 0 if there are none to pull.
    """

    def __init__(self, problem: Problem):
        self._problem = problem
        canvas = problem.canvas

        def run(images: tf.Tensor) -> tf.Tensor:
            seen = standing(problem, images)
            target = problem.target
            whole = problem.model.traced.reached(target.path, seen)
            if whole is not None:
                maps = whole.features
            else:
                maps = run_until(
                    problem.model,
                    seen,
                    target.layer,
                    target.call,
                    lambda *args, **_: features_on_the_way(seen, args),
                )
            count = tf.shape(images)[0]
            found = moments(maps, count)
            nothing = tf.zeros((count, 0))
            return tf.concat([nothing, *found], axis=1)

        traced = tf.function(run, autograph=False)
        self._moments = traced.get_concrete_function(
            tf.TensorSpec((None, *canvas.drawn, canvas.channels), tf.float32)
        )
        self._state = PrivateState(self._moments)
        self.size: int = self._moments.structured_outputs.shape[-1]

    def targets(self, exemplars: Sequence[Sequence[Array]]) -> Array:
        """Returns the targets of images.

        Args:
            exemplars: The exemplars of each image, each (*drawn, channels). An
                image without exemplars is not pulled.

        Returns:
            (n, 3, size): the direction of the pull, and the mean and deviation
            of features over ordinary crops, which standardize them.
        """
        self._state.refresh()
        statistics = self._problem.canvas.statistics
        crops = statistics.crops(self._problem.canvas.drawn, _ORDINARY)
        every = [one for some in exemplars for one in some]
        measured = self._measured([*crops, *every])
        ordinary, measured = measured[: len(crops)], measured[len(crops) :]
        mean, deviation = ordinary.mean(axis=0), ordinary.std(axis=0)
        deviation += 1e-3 * deviation.mean() + 1e-6
        found = np.zeros((len(exemplars), 3, self.size), np.float32)
        found[:, 1], found[:, 2] = mean, deviation
        ends = np.cumsum([len(some) for some in exemplars])
        for row, (some, end) in enumerate(zip(exemplars, ends, strict=True)):
            if some:
                own = measured[end - len(some) : end].mean(axis=0)
                own = np.clip((own - mean) / deviation, -_MOST, _MOST)
                found[row, 0] = own
        return found

    def _measured(self, images: Sequence[Array]) -> Array:
        """Returns features (n, size); runs equal images once."""
        names = [image.tobytes() for image in images]
        once = dict(zip(names, images, strict=True))
        distinct = np.stack(list(once.values()))
        parts = [
            self._moments(tf.constant(distinct[i : i + _BATCH])).numpy()
            for i in range(0, len(distinct), _BATCH)
        ]
        found = dict(zip(once, np.concatenate(parts), strict=True))
        return np.stack([found[name] for name in names])


def crop_around(
    image: Array, target: Target, position: int, size: tuple[int, ...]
) -> Array:
    """Crops an input to the size of images, around the field of a unit.

    Args:
        image: The input, (height, width, channels).
        target: The layer.
        position: Position of the unit in the map, counted row by row.
        size: Size to cut out, (rows, columns) or (slices, rows, columns).

    Returns:
        (*size, channels). Smaller inputs are mirrored at their edges.
    """
    missing = [max(0, w - n) for w, n in zip(size, image.shape, strict=False)]
    image = np.pad(image, [(0, n) for n in (*missing, 0)], mode="symmetric")
    begin, end = np.zeros(len(size)), np.array(image.shape[:-1])
    if target.positions is not None and not target.field.whole:
        unit = np.unravel_index(position, target.positions)
        begin, end = map(np.array, target.field.window(*map(int, unit)))
    first = np.rint((begin + end - size) / 2).astype(int)
    first = np.clip(first, 0, np.subtract(image.shape[:-1], size))
    return image[
        tuple(slice(at, at + n) for at, n in zip(first, size, strict=True))
    ]


def moments(maps: Sequence[tf.Tensor], count: tf.Tensor) -> list[tf.Tensor]:
    """Returns means and deviations of maps over positions, (count, size) each.

    Args:
        maps: Features on the way from images to a layer.
        count: Number of the images.
    """
    found = []
    for one in maps:
        # Layers may fold an axis into that of the images.
        flat = tf.reshape(one, (count, -1, one.shape[-1]))
        flat = tf.cast(flat, tf.float32)
        mean = tf.reduce_mean(flat, axis=1, keepdims=True)
        variance = tf.reduce_mean(tf.square(flat - mean), axis=1)
        deviation = tf.sqrt(variance + 1e-8)
        found.append(tf.concat([tf.squeeze(mean, 1), deviation], axis=1))
    return found


def pulled(
    values: tf.Tensor,
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
        values: Value of the objective for each view, (n * views,).
        coefficients: Coefficients of the images, (n, ...).
        maps: Features on the way from the image to the values, in this order.
        targets: As `Pull.targets` returns them, (n, 3, size).
        views: Number of views of each image.

    Returns:
        The gradient (n, ...), or `None` if there is none.
    """
    count = tf.shape(targets)[0]
    features = moments(maps, count * views)
    parts = tf.split(targets, [part.shape[-1] for part in features], axis=2)
    behind: list[tuple[tf.Tensor, tf.Tensor | None]] = [(values, None)]
    for place in reversed(range(len(maps))):
        own = _through(behind, maps[place], maps[place + 1 :])
        if own is not None:
            uphill = likeness_gradient(features[place], parts[place], views)
            pull = at_map(uphill, maps[place], features[place])
            share = tf.math.divide_no_nan(
                _STRENGTH * _lengths(own, count), _lengths(pull, count)
            )
            own += _for_each(share, pull)
            behind.append((maps[place], own))
    return _through(behind, coefficients, maps)


def _through(
    behind: Sequence[tuple[tf.Tensor, tf.Tensor | None]],
    ahead: tf.Tensor,
    between: Sequence[tf.Tensor],
) -> tf.Tensor | None:
    """Returns the gradient at a tensor that does not pass those in between.

    Args:
        behind: Tensors and the gradients at them (`None` for 1), from the end
            of the network to its start.
        ahead: The tensor.
        between: Tensors that the gradient passes in other calls.
    """
    found = []
    for tensor, reached in behind:
        others = [one for one in between if one is not tensor]
        if _reaches(tensor, ahead, others):
            found += tf.gradients(
                tensor,
                ahead,
                None if reached is None else [reached],
                stop_gradients=others,
            )
    found = [part for part in found if part is not None]
    return tf.add_n(found) if found else None


def _reaches(
    tensor: tf.Tensor, ahead: tf.Tensor, between: Sequence[tf.Tensor]
) -> bool:
    """Returns whether a tensor depends on another without passing some.

    Without this check, TensorFlow would trace gradients that end in them.
    """
    seen = {id(one) for one in between}
    waiting = [tensor]
    while waiting:
        one = waiting.pop()
        if one is ahead:
            return True
        if id(one) not in seen:
            seen.add(id(one))
            waiting += one.op.inputs
    return False


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
    free = tf.cast(tf.abs(own) <= _MOST_OF_IMAGE, own.dtype)
    own = tf.clip_by_value(own, -_MOST_OF_IMAGE, _MOST_OF_IMAGE)
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
