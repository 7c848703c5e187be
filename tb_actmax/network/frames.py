"""Finds the layers that process the frames of a video one by one.

`TimeDistributed` calls a layer for each frame; a model may also fold all frames
into the batch. Images of such layers show one frame, and each frame of the data
is a sample.
"""

import collections
import math
from collections.abc import Sequence

import keras
import numpy as np
import tensorflow as tf

from tb_actmax.compatibility import flatten_layers
from tb_actmax.network.input_indices import follow
from tb_actmax.network.receptive_field.reader import FieldReader
from tb_actmax.network.recorded_calls import Call


def layers_of_frames(calls: Sequence[Call], videos: tf.Tensor) -> set[int]:
    """Returns the ids of layers that process each frame separately.

    The model's symbolic input are videos (n, frames, ..., channels).
    """
    field_of = FieldReader(videos)
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
    return found | _folded(calls, videos)


def _folded(calls: Sequence[Call], videos: tf.Tensor) -> set[int]:
    """Returns the ids of layers that are called on all frames as one batch."""
    count, frames, *rest = videos.shape
    rows = count * frames
    batched = [
        call
        for call in calls
        if tf.is_tensor(call.output) and call.output.shape[:1] == [rows]
    ]
    if frames == 1 or not batched:
        return set()
    indices = follow(videos)
    in_order = np.arange(rows * math.prod(rest)).reshape(rows, *rest)
    whole = any(
        np.array_equal(indices.get(id(call.inputs), ()), in_order)
        for call in calls
    )
    return {id(call.layer) for call in batched} if whole else set()


def calls_by_frame(calls: Sequence[Call]) -> dict[int, int]:
    """Returns the number of calls of layers inside `TimeDistributed`, by id."""
    wrapped = {
        id(layer)
        for call in calls
        if isinstance(call.layer, keras.layers.TimeDistributed)
        for layer in flatten_layers(call.layer)
    }
    called = collections.Counter(id(call.layer) for call in calls)
    return {layer: called[layer] for layer in wrapped}
