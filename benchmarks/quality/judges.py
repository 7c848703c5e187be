"""Networks that judge images, and never took part in an ascent.

Whoever names what an image shows needs neither the network that it was made
for nor its name: other networks, trained on the same classes, do.
"""

import keras
import numpy as np
import tensorflow as tf

_BATCH = 32


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

    One of two held-out patches excites the unit strongly, and another unit of
    the layer weakly; the other patch excites that one strongly, and this one
    weakly. The judge takes the one that is nearer to the image (after
    Zimmermann et al., "Measuring Mechanistic Interpretability at Scale Without
    Humans", 2024). Both units are asked, so whatever is the same in all images
    is at chance, .5.

    Args:
        features: Returns the features of images of any size, a list of arrays
            (n, d), which count alike.
        patches: Patches of held-out inputs that excite each unit most, (units,
            k, height, width, channels).
        responses: The largest response of each unit to each of these inputs,
            (units whose patches they are, k, units that respond).
        ordinary: Patches of held-out inputs at random places, (n, height,
            width, channels). What differs from them is what an image shows.
    """

    def __init__(self, features, patches, responses, ordinary):
        self._features = features
        usual = features(ordinary)
        self._mean = [part.mean(0) for part in usual]
        self._scale = [part.std(0) + 1e-6 for part in usual]
        flat = self._seen(patches.reshape(-1, *patches.shape[2:]))
        self._patches = flat.reshape(*patches.shape[:2], -1)
        # Weakly: less than half of all patches do.
        weak = responses < np.median(responses, axis=(0, 1))
        weak[np.arange(len(weak)), :, np.arange(len(weak))] = False
        # (unit, other unit, patch of the unit, patch of the other)
        here, there = weak.transpose(0, 2, 1), weak.transpose(2, 0, 1)
        self._pairs = here[..., None] & there[..., None, :]

    def __call__(self, images):
        """Returns the share of right choices, images of all units in order."""
        near = np.einsum("vld,ud->uvl", self._patches, self._seen(images))
        units = np.arange(len(near))
        own = near[units, units]
        right = own[:, None, :, None] > near[:, :, None, :]
        return float(right[self._pairs].mean())

    def _seen(self, images):
        """Returns what networks see in images, as directions (n, d)."""
        parts = [
            (part - mean) / scale / np.sqrt(part.shape[1])
            for part, mean, scale in zip(
                self._features(images), self._mean, self._scale, strict=True
            )
        ]
        found = np.concatenate(parts, axis=1)
        return found / np.linalg.norm(found, axis=1, keepdims=True)


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
