"""Computes the responses of a layer's units in another way than tb_actmax.

The model runs eagerly, all calls of its layers are recorded, and a layer with
an activation is cloned without it.
"""

import contextlib
import dataclasses
from typing import Any

import keras
import numpy as np
import tensorflow as tf


@dataclasses.dataclass
class _Recorded:
    layer: keras.layers.Layer
    inputs: Any
    output: Any


@contextlib.contextmanager
def _recorded_calls():
    """Records all calls of layers, in the order in which they end."""
    calls: list[_Recorded] = []
    base = keras.layers.Layer
    original = base.__call__

    def call(self, *args, **kwargs):
        output = original(self, *args, **kwargs)
        first = args[0] if args else next(iter(kwargs.values()), None)
        calls.append(_Recorded(self, first, output))
        return output

    base.__call__ = call
    try:
        yield calls
    finally:
        base.__call__ = original


def _find(model: keras.Model, path: str) -> tuple[keras.layers.Layer, int]:
    """Finds a layer by the names that lead to it, and which call is meant."""
    names, _, index = path.partition(":")
    layer = model
    for name in names.split("/"):
        inner = layer._flatten_layers(recursive=False, include_self=False)
        named = [one for one in inner if one.name == name]
        # A clone has the name of its original, which comes first.
        layer = named[0] if named else getattr(layer, name)
    return layer, int(index or 0)


def responses(run, model, path: str, inputs: Any) -> tuple[tf.Tensor, bool]:
    """Returns responses before the activation, and whether that is a ReLU.

    Responses (n, ..., filters) are those behind a batch normalization where
    that alone reads the layer.
    """
    layer, index = _find(model, path)
    with _recorded_calls() as calls:
        run(model, inputs)
    call = [one for one in calls if one.layer is layer][index]
    activation = getattr(layer, "activation", None)
    if activation not in (None, keras.activations.linear):
        config = {**layer.get_config(), "activation": "linear"}
        plain = type(layer).from_config(config)
        plain.build(call.inputs.shape)
        plain.set_weights(layer.get_weights())
        output = tf.cast(plain(call.inputs), tf.float32)
        return output, activation is keras.activations.relu
    output = call.output
    readers = [one for one in calls if one.inputs is output]
    if hasattr(layer, "kernel_size") and len(readers) == 1:
        if isinstance(readers[0].layer, keras.layers.BatchNormalization):
            output = readers[0].output
            readers = [one for one in calls if one.inputs is output]
    rectified = any(
        isinstance(one.layer, keras.layers.ReLU)
        or (
            getattr(one.layer, "activation", None) is keras.activations.relu
            and isinstance(one.layer, keras.layers.Activation)
        )
        for one in readers
    )
    return tf.cast(output, tf.float32), rectified


def live(responses: np.ndarray, rectified: bool) -> np.ndarray:
    """Returns whether the data excites each filter.

    Args:
        responses: Before the activation, (places, filters).
        rectified: Whether a ReLU follows, which shows nothing below zero.
    """
    if rectified:
        peaks = responses.max(axis=0)
        middle = np.median(peaks[peaks > 0]) if (peaks > 0).any() else np.inf
        return peaks > 0.05 * middle
    spread = responses.std(axis=0)
    return spread > 0.05 * np.median(spread)
