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

    One of two held-out patches excites the unit strongly; the other excites
    another unit of the layer strongly, and this one weakly. The judge takes
    the one that is nearer to the image (after Zimmermann et al., "Measuring
    Mechanistic Interpretability at Scale Without Humans", 2024). Chance is .5.

    Args:
        features: Returns features (n, d) of images of any size.
        patches: Patches of held-out inputs that excite each unit most, (units,
            k, height, width, channels).
        responses: The largest response of each unit to each of these inputs,
            (units whose patches they are, k, units that respond).
    """

    def __init__(self, features, patches, responses):
        self._features = features
        units, count = patches.shape[:2]
        flat = features(patches.reshape(-1, *patches.shape[2:]))
        self._mean, self._scale = flat.mean(0), flat.std(0) + 1e-6
        self._patches = self._standard(flat).reshape(units, count, -1)
        # Weakly: less than half of the patches of others do.
        weak = np.median(responses, axis=(0, 1))
        self._weak = responses < weak
        for unit in range(units):
            self._weak[unit, :, unit] = False

    def __call__(self, images):
        """Returns the share of right choices, images of all units in order."""
        own = self._standard(self._features(images))
        near = np.einsum("ukd,vd->vuk", self._patches, own)
        right = []
        for unit, row in enumerate(near):
            others = row[self._weak[:, :, unit]]
            if others.size:
                right.append((row[unit][:, None] > others).mean())
        return float(np.mean(right))

    def _standard(self, features):
        found = (features - self._mean) / self._scale
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
    """Returns a model of means and deviations of some layers' maps."""
    found = []
    for name in names:
        maps = model.get_layer(name).output
        found.append(keras.ops.mean(maps, axis=(1, 2)))
        found.append(keras.ops.std(maps, axis=(1, 2)))
    return keras.Model(model.inputs[0], keras.ops.concatenate(found, axis=-1))


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
