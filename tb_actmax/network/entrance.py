"""Finds where images enter a model: at its first convolution.

Layers before it may reshape the inputs. Frames of videos enter at the first
`TimeDistributed`.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from tb_actmax.compatibility import flatten_layers
from tb_actmax.network.entered_model import (
    EnteredModel,
    Entrance,
    is_scaling,
    way,
)
from tb_actmax.network.image_model import ImageModel
from tb_actmax.network.input_indices import Indices, follow
from tb_actmax.network.layer_roles import is_convolution
from tb_actmax.network.picture_axes import has_sides_of_a_picture
from tb_actmax.network.receptive_field.operations import POINTWISE
from tb_actmax.network.recorded_calls import Call, record_calls, sublayers
from tb_actmax.network.tracing import trace

# Layers whose weights are not filters.
_PREPARING = ("Normalization", "STFTSpectrogram", "MelSpectrogram")


def entered(model: ImageModel, shape: Sequence[int]) -> ImageModel:
    """Returns a model whose images are the inputs of its first convolution.

    Takes the shape of one of its inputs, as an image. Returns an `EnteredModel`
    if the model turns its inputs into pictures, volumes or signals of another
    shape; a model of grey pictures if it only flattens inputs (height, width);
    a model of signals if it convolves values computed from rows of numbers;
    else the model itself.
    """
    if not model.callable or not _may_reshape(model, shape):
        return model
    found: list[Entrance] = []
    grey: list[bool] = []

    def find(inputs: tf.Tensor) -> tf.Tensor:
        found.clear()  # a trace that creates variables is made twice
        calls = record_calls(model, inputs)
        indices = follow(inputs)
        entrance = _find(inputs, calls, indices)
        if entrance is not None:
            found.append(entrance)
        if len(shape) == 1:
            grey[:] = [_convolves_first(calls)]
        else:
            flat = model.signal and has_sides_of_a_picture(shape[1:])
            grey[:] = [flat and _only_flattens(inputs, indices)]
        return tf.zeros(())

    # Two inputs, to distinguish an input from the batch.
    trace(find, tf.TensorSpec((2, *shape), tf.float32))
    if not found:
        return model.as_grey(shape) if grey[0] else model
    inside = EnteredModel(model, found[0])
    return model if _sees_the_same(inside, shape) else inside


def rebuilt(model: keras.Model, choices: Mapping[str, Any]) -> ImageModel:
    """Returns the `ImageModel` of a copy of a model, see `choices`."""
    options = dict(choices)
    raw = options.pop("raw")
    found = ImageModel(model, **options)
    return found if raw is None else entered(found, raw)


def _may_reshape(model: ImageModel, shape: Sequence[int]) -> bool:
    """Returns whether a model may turn its inputs into other images.

    Pictures and volumes are shown as they are.
    """
    if model.signal or len(shape) < 3:
        return True
    layers = flatten_layers(model.keras_model)
    return any(map(_takes_frames, layers)) or any(
        len(getattr(layer, "kernel_size", ())) > len(shape) - 1
        for layer in layers
        if is_convolution(layer)
    )


def _sees_the_same(inside: EnteredModel, shape: Sequence[int]) -> bool:
    """Returns whether the images that enter are the inputs themselves."""
    if inside.entrance.scaled:
        return False
    size = math.prod(shape)
    if inside.shape is None or len(inside.shape) < len(shape):
        return True
    numbers = np.arange(size, dtype=np.int32).reshape(1, *shape)
    images = inside.from_inputs(numbers)
    return images.shape == numbers.shape and np.array_equal(images, numbers)


def _convolves_first(calls: Sequence[Call]) -> bool:
    """Returns whether the first trained layer is a convolution.

    If so, rows of numbers are signals, perhaps turned into spectra first. After
    a dense layer they would be something else.
    """
    trained = (
        call.layer
        for call in calls
        if call.layer.weights
        and not sublayers(call.layer)
        and type(call.layer).__name__ not in _PREPARING
    )
    first = next(trained, None)
    return first is not None and is_convolution(first)


def _only_flattens(inputs: tf.Tensor, indices: Mapping[int, Indices]) -> bool:
    """Returns whether a model computes only rows of numbers from its inputs."""
    waiting, flattened = [inputs], False
    while waiting:
        for operation in waiting.pop().consumers():
            if operation.type in ("Shape", "ShapeN", "Size", "Rank"):
                continue
            for output in operation.outputs:
                if id(output) not in indices:
                    return False
                if output.shape.rank == 2:
                    if output.shape[0] != inputs.shape[0]:
                        return False  # rows of a dense layer at positions
                    flattened = True
                else:
                    waiting.append(output)
    return flattened


def _find(
    inputs: tf.Tensor, calls: Sequence[Call], indices: Mapping[int, Indices]
) -> Entrance | None:
    """Returns where images, or videos, enter."""
    reading = [call for call in calls if id(call.inputs) in indices]
    for kind in (is_convolution, _takes_frames):
        first = next((call for call in reading if kind(call.layer)), None)
        if first is not None and first.inputs.shape.rank > 2:
            found = _in_front_of(first, inputs, calls, indices)
            if found is not None:
                return found
    return None


def _takes_frames(layer: keras.layers.Layer) -> bool:
    return isinstance(layer, keras.layers.TimeDistributed)


def _in_front_of(
    first: Call,
    inputs: tf.Tensor,
    calls: Sequence[Call],
    indices: Mapping[int, Indices],
) -> Entrance | None:
    """Returns the entrance at the first layer that sees images."""
    order = getattr(first.layer, "data_format", None)
    size = math.prod(inputs.shape[1:])
    own = indices[id(first.inputs)]
    own = own[own.reshape(len(own), -1).max(axis=1) < size]  # of one input
    if not np.array_equal(np.sort(own, axis=None), np.arange(size)):
        return None  # not all of it, or parts of it twice
    if len(own) != 1:
        return None
    passed = way(first.inputs, inputs)
    tensors = [first.inputs, *(op.inputs[index] for op, index in passed)]
    after = 0  # operations behind the last that moves values
    while after < len(passed) and passed[after][0].type in POINTWISE:
        after += 1
    raw, channels_first = tuple(inputs.shape[1:]), order == "channels_first"
    if any(_mixes_axes(op, index) for op, index in passed[after:]):
        here = ((first.layer, first.index),)
        return Entrance(here, False, raw, own, channels_first, scaled=True)
    for place in reversed(range(after + 1)):
        for outputs in (True, False):
            entering = tuple(
                (call.layer, call.index)
                for call in calls
                if (call.output if outputs else call.inputs) is tensors[place]
            )
            if entering:
                return Entrance(entering, outputs, raw, own, channels_first)
    return None


def _mixes_axes(operation: tf.Operation, index: int) -> bool:
    """Returns whether an operation scales positions differently."""
    return is_scaling(operation) and any(
        other.shape.num_elements() != 1
        for i, other in enumerate(operation.inputs)
        if i != index
    )
