"""Suggests the value range of a model's inputs if there is no probe."""

from collections.abc import Iterator

import keras
import numpy as np

from tb_actmax.network.image_model import ImageModel
from tb_actmax.network.recorded_calls import sublayers


def suggest_value_range(model: keras.Model | ImageModel) -> tuple[float, float]:
    """Suggests the value range of a model's inputs, from its first layers.

    It is (0, 255) if the inputs are scaled by less than 1/10; the mean minus
    and plus two standard deviations if they are normalized; else (0, 1).
    """
    for layer in _leaves(model):
        if layer.weights and not isinstance(layer, keras.layers.Normalization):
            break  # later layers do not rescale the inputs
        if isinstance(layer, keras.layers.Rescaling):
            return (0.0, 255.0) if np.max(layer.scale) < 0.1 else (0.0, 1.0)
        if isinstance(layer, keras.layers.Normalization) and layer.built:
            mean = np.asarray(layer.mean, np.float64)
            deviation = np.sqrt(np.asarray(layer.variance, np.float64))
            low = float((mean - 2 * deviation).min())
            return low, float((mean + 2 * deviation).max())
    return 0.0, 1.0


def _leaves(model: keras.Model | ImageModel) -> Iterator[keras.layers.Layer]:
    """Yields the layers that contain no others, in order."""
    for layer in sublayers(model):
        if sublayers(layer):
            yield from _leaves(layer)
        else:
            yield layer
