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
from tb_actmax.network.features import features_on_the_way, in_running_order
from tb_actmax.network.partial_run import run_until
from tb_actmax.network.private_state import PrivateState
from tb_actmax.network.target import Target
from tb_actmax.network.tracing import trace

Array = npt.NDArray[np.float32]

_ORDINARY = 64  # random crops of the data, for what is ordinary
_BATCH = 16  # crops of one forward pass
_MOST = 4.0  # limit on the features of exemplars, in deviations


class Pull:
    """Computes targets of the pull; traced once, used at every epoch.

    Args:
        problem: The layers and the images.

    Attributes:
        size: Number of features; 0 if there are none to pull.
        own: Of each layer, whether each feature lies on the way to it, (size,).
    """

    def __init__(self, problem: Problem):
        self._problem = problem
        self.own: list[npt.NDArray[np.bool_]] = []
        canvas, paths = problem.canvas, [one.path for one in problem.targets]

        def run(images: tf.Tensor) -> tf.Tensor:
            seen = standing(problem, images)
            target = problem.target
            whole = problem.model.traced.reached_together(paths, seen)
            if whole is not None:
                of_each = [reached.features for reached in whole]
            else:
                maps = run_until(
                    problem.model,
                    seen,
                    target.layer,
                    target.call,
                    lambda *args, **_: features_on_the_way(seen, args),
                )
                of_each = [maps]
            count, maps = tf.shape(images)[0], in_running_order(of_each)
            found = moments(maps, count)
            sizes = [part.shape[-1] for part in found]
            self.own = [_features_of(some, maps, sizes) for some in of_each]
            nothing = tf.zeros((count, 0))
            return tf.concat([nothing, *found], axis=1)

        self._moments = trace(
            run,
            tf.TensorSpec((None, *canvas.drawn, canvas.channels), tf.float32),
            effects=not all(map(problem.model.traced.kept, paths)),
        )
        self._state = PrivateState(self._moments)
        self.size: int = self._moments.structured_outputs.shape[-1]

    def targets(
        self, exemplars: Sequence[Sequence[Array]], layers: Sequence[int]
    ) -> Array:
        """Returns the targets of images.

        Args:
            exemplars: The exemplars of each image, each (*drawn, channels). An
                image without exemplars is not pulled.
            layers: Index of the layer of each image.

        Returns:
            (n, 3, size): the direction of the pull, and the mean and deviation
            of features over ordinary crops, which standardize them. The
            direction is 0 for features that do not lie on the way to a layer.
        """
        self._state.refresh()
        statistics = self._problem.canvas.statistics
        crops = statistics.crops(self._problem.canvas.drawn, _ORDINARY)
        every = [one for some in exemplars for one in some]
        measured = self._measured([*crops, *every])
        ordinary, measured = measured[: len(crops)], measured[len(crops) :]
        mean, spread = ordinary.mean(axis=0), ordinary.std(axis=0)
        # By those on the way alone, so that a layer's images do not depend on
        # others that share the ascent.
        least = [
            1e-3 * spread[own].mean() if own.any() else 0.0 for own in self.own
        ]
        found = np.zeros((len(exemplars), 3, self.size), np.float32)
        found[:, 1], found[:, 2] = mean, spread + 1e-6
        ends = np.cumsum([len(some) for some in exemplars])
        for row, (some, end) in enumerate(zip(exemplars, ends, strict=True)):
            layer = layers[row]
            found[row, 2] += least[layer]
            if some:
                own = measured[end - len(some) : end].mean(axis=0)
                own = np.clip((own - mean) / found[row, 2], -_MOST, _MOST)
                found[row, 0] = own * self.own[layer]
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


def _features_of(
    some: Sequence[tf.Tensor], maps: Sequence[tf.Tensor], sizes: Sequence[int]
) -> npt.NDArray[np.bool_]:
    """Returns which features of all maps are features of some of them."""
    ids = set(map(id, some))
    return np.repeat(np.array([id(one) in ids for one in maps], bool), sizes)


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
        channels = one.shape[-1] or tf.shape(one)[-1]
        flat = tf.reshape(one, (count, -1, channels))
        flat = tf.cast(flat, tf.float32)
        mean = tf.reduce_mean(flat, axis=1, keepdims=True)
        variance = tf.reduce_mean(tf.square(flat - mean), axis=1)
        deviation = tf.sqrt(variance + 1e-8)
        found.append(tf.concat([tf.squeeze(mean, 1), deviation], axis=1))
    return found
