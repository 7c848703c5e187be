"""Finds the layers that see the frames of a film one by one.

`TimeDistributed` calls a layer for each frame. What that layer looks for is an
image of one frame, and each frame of the data is a sample of its own.
"""

import collections
from collections.abc import Sequence

import keras
import tensorflow as tf

from tb_actmax.compatibility import flatten_layers
from tb_actmax.network.receptive_field.reader import FieldReader
from tb_actmax.network.recorded_calls import Call


def layers_of_frames(calls: Sequence[Call], films: tf.Tensor) -> set[int]:
    """Returns the ids of layers that see each frame by itself.

    Args:
        calls: The calls of all layers, in the order in which they ended.
        films: Symbolic films (n, frames, ..., channels), the model's input.
    """
    field_of = FieldReader(films)
    found: set[int] = set()
    for call in calls:
        if not isinstance(call.layer, keras.layers.TimeDistributed):
            continue
        if not tf.is_tensor(call.inputs) or not tf.is_tensor(call.output):
            continue
        field = field_of(call.inputs)
        if field is None or field.whole:
            continue
        if (field.size[0], field.stride[0], field.start[0]) == (1, 1, 0):
            found |= {id(layer) for layer in flatten_layers(call.layer)}
            field_of.restart(call.output)
    return found


def calls_by_frame(calls: Sequence[Call]) -> dict[int, int]:
    """Returns how often layers inside `TimeDistributed` are called, by id.

    Args:
        calls: The calls of all layers.
    """
    wrapped = {
        id(layer)
        for call in calls
        if isinstance(call.layer, keras.layers.TimeDistributed)
        for layer in flatten_layers(call.layer)
    }
    called = collections.Counter(id(call.layer) for call in calls)
    return {layer: called[layer] for layer in wrapped}
