"""A weak pull of an image towards what a unit's exemplars have in common.

An image that excites a unit most is one of many that do, and mostly none that
the network has seen. Its features on the way to the unit, their means and
deviations over positions, are pulled towards those of the real inputs that
excite the unit most (compare Fel et al., "Unlocking Feature Visualization",
2023, and Hamblin et al., "Feature Accentuation", 2024).
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from tb_actmax.maximizer.ascent.problem import Problem
from tb_actmax.maximizer.ascent.views import standing
from tb_actmax.network.features import features_on_the_way
from tb_actmax.network.layers import Target
from tb_actmax.network.partial_run import run_until
from tb_actmax.network.private_state import PrivateState

Array = npt.NDArray[np.float32]

_ORDINARY = 64  # random crops of the data, for what is ordinary
_BATCH = 16  # crops of one forward pass
# Deviations beyond which a feature of exemplars, or of an image, counts no more.
_MOST, _MOST_OF_IMAGE = 4.0, 6.0


class Pull:
    """Finds where images are pulled to; traced once, used at every epoch.

    Args:
        problem: The layer and the images.

    Attributes:
        size: Number of features; 0 if there are none to pull at.
    """

    def __init__(self, problem: Problem):
        self._problem = problem
        canvas = problem.canvas

        def run(images: tf.Tensor) -> tf.Tensor:
            seen = standing(problem, images)
            layer, call = problem.target.layer, problem.target.call
            reached = run_until(
                problem.model, seen, layer, call, lambda *args, **_: args
            )
            found = moments(seen, reached)
            return (
                tf.zeros((tf.shape(images)[0], 0)) if found is None else found
            )

        traced = tf.function(run, autograph=False)
        self._moments = traced.get_concrete_function(
            tf.TensorSpec((None, *canvas.drawn, canvas.channels), tf.float32)
        )
        self._state = PrivateState(self._moments)
        self.size: int = self._moments.structured_outputs.shape[-1]

    def targets(self, exemplars: Sequence[Sequence[Array]]) -> Array:
        """Returns where images are pulled to.

        Args:
            exemplars: The exemplars of each image, (*drawn, channels) each;
                an image without any is not pulled.

        Returns:
            (n, 3, size): the direction, and mean and deviation of what is
            ordinary, by which features are standardized.
        """
        self._state.refresh()
        statistics = self._problem.canvas.statistics
        crops = statistics.crops(self._problem.canvas.drawn, _ORDINARY)
        ordinary = self._measured(crops)
        mean, deviation = ordinary.mean(axis=0), ordinary.std(axis=0)
        deviation += 1e-3 * deviation.mean() + 1e-6
        found = np.zeros((len(exemplars), 3, self.size), np.float32)
        found[:, 1], found[:, 2] = mean, deviation
        counts = [len(some) for some in exemplars]
        if sum(counts):
            every = [one for some in exemplars for one in some]
            # Units share many exemplars, above all those that see all of one.
            places: dict[bytes, int] = {}
            rows = [places.setdefault(o.tobytes(), len(places)) for o in every]
            firsts = np.unique(rows, return_index=True)[1]
            measured = self._measured(np.stack([every[i] for i in firsts]))
            ends = np.cumsum(counts)
            for row, (end, count) in enumerate(zip(ends, counts, strict=True)):
                if count:
                    own = measured[rows[end - count : end]].mean(axis=0)
                    own = np.clip((own - mean) / deviation, -_MOST, _MOST)
                    found[row, 0] = own
        return found

    def _measured(self, images: Array) -> Array:
        parts = [
            self._moments(tf.constant(images[i : i + _BATCH])).numpy()
            for i in range(0, len(images), _BATCH)
        ]
        return np.concatenate(parts)


def crop_around(
    image: Array, target: Target, position: int, size: tuple[int, ...]
) -> Array:
    """Cuts an input to the size of images, around what a unit sees.

    Args:
        image: The input, (height, width, channels).
        target: The layer.
        position: Position of the unit in the map, counted row by row.
        size: Rows and columns to cut out; of volumes slices before them.

    Returns:
        (*size, channels). Inputs that are smaller are mirrored at the edge.
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


def moments(seen: tf.Tensor, reached: Any) -> tf.Tensor | None:
    """Returns means and deviations of the features on the way to a layer.

    Args:
        seen: What the network is run on, (n, height, width, channels).
        reached: What the layer is called with, computed from it.

    Returns:
        (n, size), or `None` if there are no features.
    """
    found = []
    for maps in features_on_the_way(seen, reached):
        # Layers may fold an axis into that of the images.
        flat = tf.reshape(maps, (tf.shape(seen)[0], -1, maps.shape[-1]))
        flat = tf.cast(flat, tf.float32)
        mean = tf.reduce_mean(flat, axis=1)
        variance = tf.reduce_mean(tf.square(flat - mean[:, None]), axis=1)
        found += [mean, tf.sqrt(variance + 1e-8)]
    return tf.concat(found, axis=1) if found else None


def likeness(features: tf.Tensor, targets: tf.Tensor, views: int) -> tf.Tensor:
    """Returns how much images are like what they are pulled to, (n,).

    Args:
        features: Features of each view, (n * views, size).
        targets: As `Pull.targets` returns them, (n, 3, size).
        views: Views of each image.
    """
    towards, mean, deviation = tf.unstack(targets, axis=1)
    own = tf.reduce_mean(
        tf.reshape(features, (-1, views, features.shape[-1])), axis=1
    )
    own = (own - mean) / deviation
    own = tf.clip_by_value(own, -_MOST_OF_IMAGE, _MOST_OF_IMAGE)
    own = tf.math.l2_normalize(own, axis=1, epsilon=1e-6)
    towards = tf.math.l2_normalize(towards, axis=1, epsilon=1e-6)
    return tf.reduce_sum(own * towards, axis=1)
