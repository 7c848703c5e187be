"""Finds the filters of an earlier layer that a filter is built from.

The weights between two convolutions are expanded as if batch normalization,
activation and pooling between them were linear (Voss et al., "Visualizing
Weights", 2021).
"""

import dataclasses
from collections.abc import Sequence

import keras
import numpy as np
import numpy.typing as npt

from tb_actmax.network.layer_roles import keras_layers
from tb_actmax.network.sources import Source
from tb_actmax.network.target import Target
from tb_actmax.records.header import FilterInputs, InputsHeader
from tb_actmax.records.images import encode_bytes

Array = npt.NDArray[np.float32]

_SEPARABLE = keras_layers("SeparableConv1D SeparableConv2D")
_DEPTHWISE = keras_layers("DepthwiseConv1D DepthwiseConv2D")
_TRANSPOSED = keras_layers("Conv1DTranspose Conv2DTranspose Conv3DTranspose")
_CONVOLUTIONS = keras_layers("Conv1D Conv2D Conv3D")
_EACH = 4  # filters that excite, and filters that inhibit


@dataclasses.dataclass(frozen=True)
class Inputs:
    """The inputs of a layer's filters."""

    layer: str  # path of the earlier layer
    size: list[int]  # of a picture of weights, for instance (rows, columns)
    entries: dict[int, FilterInputs]  # by the filter's index
    # (pictures, pixels) in the order of each filter's entry; bytes in which 128
    # is a weight of 0.
    pictures: dict[int, npt.NDArray[np.uint8]]


def find_inputs(target: Target, filters: Sequence[int]) -> Inputs | None:
    """Finds the inputs of filters from the current weights.

    Returns `None` if the layer does not read exactly one convolution, or its
    kind of weights is not known.
    """
    source = target.source
    if source is None or not filters:
        return None
    kernel = _kernel(target.layer, source.filters, target.filters)
    if kernel is None:
        return None
    size = list(kernel.shape[:-2])
    weights = kernel.reshape(-1, *kernel.shape[-2:])[..., list(filters)]
    weights = weights * _scale(source)[None, :, None]
    if target.normalization is not None:
        weights = weights * _factors(target.normalization)[list(filters)]
    effects = weights.sum(axis=0)  # (source's filters, filters)
    entries, pictures = {}, {}
    for column, index in enumerate(filters):
        effect = effects[:, column]
        order = np.argsort(-effect, kind="stable")
        exciting = [int(i) for i in order[:_EACH] if effect[i] > 0]
        inhibiting = [int(i) for i in order[::-1][:_EACH] if effect[i] < 0]
        chosen = exciting + inhibiting
        entries[index] = FilterInputs(
            row=column,
            filters=chosen,
            weights=[float(f"{effect[i]:.3g}") for i in chosen],
        )
        pictures[index] = _picture(weights[:, chosen, column].T)
    return Inputs(source.path, size, entries, pictures)


def _kernel(
    layer: keras.layers.Layer, inputs: int, filters: int
) -> Array | None:
    """Returns a layer's weights (*size, inputs, filters), `None` if unknown."""
    if isinstance(layer, _SEPARABLE):
        depth = _array(layer.depthwise_kernel)
        mixed = _array(layer.pointwise_kernel).reshape(*depth.shape[-2:], -1)
        found = np.einsum("...im,imf->...if", depth, mixed)
    elif isinstance(layer, _DEPTHWISE):
        depth = _array(layer.kernel)
        groups = depth.reshape(*depth.shape[:-2], 1, -1)
        found = _ungrouped(groups, inputs, inputs)
    elif isinstance(layer, _TRANSPOSED):
        found = np.swapaxes(_array(layer.kernel), -1, -2)
    elif isinstance(layer, _CONVOLUTIONS):
        found = _ungrouped(_array(layer.kernel), layer.groups, inputs)
    elif isinstance(layer, keras.layers.Dense):
        found = _array(layer.kernel)[None, None]
    else:
        return None
    return found if found.shape[-2:] == (inputs, filters) else None


def _array(variable: keras.Variable) -> Array:
    return np.asarray(variable, np.float32)


def _ungrouped(kernel: Array, groups: int, inputs: int) -> Array:
    """Expands a grouped kernel to all inputs, with zeros for other groups."""
    if groups == 1:
        return kernel
    each, filters = kernel.shape[-2:]
    found = np.zeros((*kernel.shape[:-2], inputs, filters), np.float32)
    for group in range(groups):
        some = slice(group * filters // groups, (group + 1) * filters // groups)
        rows = slice(group * each, (group + 1) * each)
        found[..., rows, some] = kernel[..., some]
    return found


def _scale(source: Source) -> Array:
    """Returns the factors of the normalizations in between, for each filter."""
    scale = np.ones(source.filters, np.float32)
    for layer in source.normalizations:
        scale = scale * _factors(layer)
    return scale


def _factors(layer: keras.layers.BatchNormalization) -> Array:
    """Returns the factor of a batch normalization for each filter."""
    variance = _array(layer.moving_variance) + layer.epsilon
    factors: Array = 1 / np.sqrt(variance)
    return factors * _array(layer.gamma) if layer.scale else factors


def _picture(weights: Array) -> npt.NDArray[np.uint8]:
    """Draws weights (pictures, pixels) as bytes, on one scale."""
    largest = max(float(np.abs(weights).max(initial=0)), 1e-12)
    drawn = np.rint(128 + 127 * weights / largest)
    return np.asarray(np.nan_to_num(drawn, nan=128), np.uint8)


def encode_inputs(inputs: Inputs, extra: int) -> tuple[InputsHeader, bytes]:
    """Encodes the pictures of weights as one image, the extra image `extra`.

    It is a grey PNG with a row for each filter: its pictures one after another,
    padded with grey.
    """
    pixels = int(np.prod(inputs.size))
    count = max(1, max(map(len, inputs.pictures.values())))
    table = np.full((len(inputs.pictures), count * pixels), 128, np.uint8)
    for row, pictures in enumerate(inputs.pictures.values()):
        table[row, : pictures.size] = pictures.ravel()
    header: InputsHeader = {
        "layer": inputs.layer,
        "extra": extra,
        "count": count,
        "size": inputs.size,
    }
    return header, encode_bytes(table)
