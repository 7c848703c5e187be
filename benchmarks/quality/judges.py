"""Networks that judge images, and never took part in an ascent.

Whoever names what an image shows needs neither the network that it was made
for nor its name: other networks, trained on the same classes, do.
"""

import keras
import numpy as np
import tensorflow as tf

_BATCH = 32
_WEAK = 0.25  # share of responses that are weak


class ClassJudge:
    """Says which share of images networks recognise.

    Args:
        predict: Functions that return the probabilities of classes (n,
            classes) for images as the maximized network takes them.
        blur: Standard deviation in pixels of the blur through which images
            are looked at the second time. It takes grain away.
    """

    def __init__(self, predict, blur):
        self._predict = predict
        self._blur = blur

    def __call__(self, images, classes):
        """Returns the share of images whose class is the first of all.

        Args:
            images: (n, height, width, 3).
            classes: The class of each.

        Returns:
            {"t1", "t5", "b1", "b5"}: the first or among the first five, seen
            as they are or through the blur, the mean over the networks.
        """
        found = {}
        for name, shown in (("t", images), ("b", blurred(images, self._blur))):
            ranks = np.stack(
                [_ranks(predict(shown), classes) for predict in self._predict]
            )
            found[f"{name}1"] = float((ranks < 1).mean())
            found[f"{name}5"] = float((ranks < 5).mean())
        return found


class ChoiceJudge:
    """Chooses between two inputs that a unit may respond to, by its image.

    Of two held-out patches, one excites the unit strongly, the other excites
    another unit of the layer strongly and this one weakly. The judge takes the
    one that is nearer to the image (after Zimmermann et al., "Measuring
    Mechanistic Interpretability at Scale Without Humans", 2024).

    That question can be answered in part without an image: grey ones are not
    at chance, .5. A second, stricter one is at chance for whatever all images
    have in common. There, the patch of the unit excites the other unit weakly,
    too, and both units are asked.

    Args:
        features: Returns the features of images of any size, a list of arrays
            (n, d).
        patches: Patches of held-out inputs that excite each unit most, (units,
            k, height, width, channels).
        responses: The largest response of each unit to each of these inputs,
            (units whose patches they are, k, units that respond).
        ordinary: Patches of held-out inputs at random places, (n, height,
            width, channels). For the stricter question, features are relative
            to theirs, and each array counts alike.
    """

    def __init__(self, features, patches, responses, ordinary):
        self._features = features
        usual = features(ordinary)
        self._mean = [part.mean(0) for part in usual]
        self._scale = [
            (part.std(0) + 1e-6) * np.sqrt(part.shape[1]) for part in usual
        ]
        self._patches = [
            seen.reshape(*patches.shape[:2], -1)
            for seen in self._seen(patches.reshape(-1, *patches.shape[2:]))
        ]
        # (unit, other unit, patch of the unit, patch of the other)
        _, there = _weak(responses, _WEAK)
        other_weak = np.broadcast_to(
            there[:, :, None], (*there.shape, there.shape[-1])
        )
        here, there = _weak(responses, 0.5)
        both_weak = here[..., None] & there[..., None, :]
        self._pairs = [other_weak, both_weak]

    def __call__(self, images):
        """Returns the shares of right choices, {"choice", "strict"}.

        Args:
            images: Images of all units in order, (units, height, width,
                channels).
        """
        both = zip(self._patches, self._seen(images), self._pairs, strict=True)
        found = [_right(*one) for one in both]
        return dict(zip(("choice", "strict"), found, strict=True))

    def _seen(self, images):
        """Returns directions (n, d) of features: as they are, and relative."""
        parts = self._features(images)
        relative = [
            (part - mean) / scale
            for part, mean, scale in zip(
                parts, self._mean, self._scale, strict=True
            )
        ]
        found = [np.concatenate(each, axis=1) for each in (parts, relative)]
        return [f / np.linalg.norm(f, axis=1, keepdims=True) for f in found]


def _weak(responses, share):
    """Returns where units respond weakly: (unit, other unit, k), twice.

    First to their own patches, the others' responses; then to the others'
    patches, their own.

    Args:
        responses: As for `ChoiceJudge`.
        share: The share of all responses of a unit that are weak.
    """
    weak = responses < np.quantile(responses, share, axis=(0, 1))
    weak[np.arange(len(weak)), :, np.arange(len(weak))] = False
    return weak.transpose(0, 2, 1), weak.transpose(2, 0, 1)


def _right(patches, images, pairs):
    """Returns the share of pairs of which the unit's own patch is nearer."""
    near = np.einsum("vld,ud->uvl", patches, images)
    units = np.arange(len(near))
    own = near[units, units]
    right = own[:, None, :, None] > near[:, :, None, :]
    return float(right[pairs].mean())


def in_batches(model, images):
    """Returns the outputs of a model, a few images at a time."""
    parts = [
        model(tf.constant(images[i : i + _BATCH], tf.float32), training=False)
        for i in range(0, len(images), _BATCH)
    ]
    if isinstance(parts[0], list | tuple):
        return [np.concatenate(part) for part in zip(*parts, strict=True)]
    return np.concatenate(parts)


def pooled(model, names):
    """Returns a model of each layer's means and deviations over its map."""
    found = []
    for name in names:
        maps = model.get_layer(name).output
        mean = keras.ops.mean(maps, axis=(1, 2))
        deviation = keras.ops.std(maps, axis=(1, 2))
        found.append(keras.ops.concatenate([mean, deviation], axis=-1))
    return keras.Model(model.inputs[0], found)


def blurred(images, deviation):
    """Returns images through a Gaussian blur."""
    reach = int(4 * deviation)
    kernel = np.exp(-(np.arange(-reach, reach + 1) ** 2) / 2 / deviation**2)
    kernel /= kernel.sum()
    for axis in (1, 2):
        padding = [(0, 0)] * images.ndim
        padding[axis] = (reach, reach)
        padded = np.pad(images, padding, mode="edge")
        windows = np.lib.stride_tricks.sliding_window_view(
            padded, len(kernel), axis
        )
        images = windows @ kernel
    return images.astype(np.float32)


def _ranks(probabilities, classes):
    own = probabilities[np.arange(len(classes)), classes]
    return (probabilities > own[:, None]).sum(axis=1)
