"""Finds the convolution whose filters another layer reads."""

import dataclasses
from collections.abc import Mapping, Sequence

import keras
import tensorflow as tf

from tb_actmax.network.call_graph import CallGraph, is_symbolic
from tb_actmax.network.layer_roles import (
    is_convolution,
    keras_layers,
    normalization_of,
)
from tb_actmax.network.recorded_calls import Call

# Layers that keep filters separate, and the sign of their values.
_PASSING_LAYERS = keras_layers(
    "Activation ReLU LeakyReLU PReLU ELU Identity Dropout"
    " SpatialDropout1D SpatialDropout2D SpatialDropout3D"
    " GaussianDropout GaussianNoise AlphaDropout"
    " MaxPooling1D MaxPooling2D MaxPooling3D"
    " AveragePooling1D AveragePooling2D AveragePooling3D"
    " GlobalMaxPooling1D GlobalMaxPooling2D GlobalMaxPooling3D"
    " GlobalAveragePooling1D GlobalAveragePooling2D GlobalAveragePooling3D"
    " ZeroPadding1D ZeroPadding2D ZeroPadding3D"
    " Cropping1D Cropping2D Cropping3D"
    " UpSampling1D UpSampling2D UpSampling3D"
)
_PASSING_OPERATIONS = frozenset(
    "AvgPool AvgPool3D BiasAdd Cast Elu ExpandDims Identity IdentityN"
    " LeakyRelu Max MaxPool MaxPool3D MaxPoolV2 Maximum Mean Minimum MirrorPad"
    " Pad PadV2 Relu Relu6 Selu Sigmoid Softplus Softsign Squeeze"
    " StopGradient Tanh".split()
)


@dataclasses.dataclass(frozen=True)
class Source:
    """The convolution whose filters a layer reads."""

    path: str
    filters: int
    # Batch normalizations between it and the layer, except one that follows it
    # directly, which counts as part of the filters.
    normalizations: tuple[keras.layers.BatchNormalization, ...]


def find_source(
    call: Call, graph: CallGraph, paths: Mapping[int, str]
) -> Source | None:
    """Finds the convolution whose filters a layer reads.

    Only batch normalizations, activations, pooling and similar layers may lie
    in between. A layer that reads the joined filters of several layers has no
    source.
    """
    tensor, seen = call.inputs, set[int]()
    normalizations: list[Call] = []
    while is_symbolic(tensor):
        if id(tensor) in seen:
            return None
        seen.add(id(tensor))
        made = graph.making(tensor)
        found = [one for one in made if is_convolution(one.layer)]
        if found:
            direct = normalization_of(found[0], graph)
            between = [one for one in normalizations if one is not direct]
            return _source(found[0], between, paths)
        tensor = _before(tensor, made, normalizations)
    return None


def _before(
    tensor: tf.Tensor, made: Sequence[Call], normalizations: list[Call]
) -> object:
    """Returns the tensor that a tensor was computed from; `None` if unknown.

    `made` are the calls of layers that returned it. `normalizations` receives a
    call of a batch normalization.
    """
    for one in made:
        if isinstance(one.layer, keras.layers.BatchNormalization):
            normalizations.append(one)
            return one.inputs
        if isinstance(one.layer, _PASSING_LAYERS) and not _mixes(one.layer):
            return one.inputs
    operation = tensor.op
    if operation.type in _PASSING_OPERATIONS and operation.inputs:
        return operation.inputs[0]
    if operation.type == "Mul":  # swish: x * sigmoid(x)
        first, second = operation.inputs
        for kept, gate in ((first, second), (second, first)):
            if gate.op.type == "Sigmoid" and gate.op.inputs[0] is kept:
                return kept
    return None


def _mixes(layer: keras.layers.Layer) -> bool:
    """Returns whether a layer is an activation over all filters."""
    activation = getattr(layer, "activation", None)
    return activation in (
        keras.activations.softmax,
        keras.activations.log_softmax,
    )


def _source(
    source: Call, normalizations: list[Call], paths: Mapping[int, str]
) -> Source:
    first = getattr(source.layer, "data_format", None) == "channels_first"
    shape = source.output.shape
    filters = shape[1] if first else shape[-1]
    path = paths[id(source.layer)]
    return Source(
        f"{path}:{source.index}" if source.index else path,
        int(filters),
        tuple(one.layer for one in normalizations),
    )
