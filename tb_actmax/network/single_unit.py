"""One unit of a layer without the others.

A convolution at one position is a dot product of a patch and a kernel, and a
weighted sum of filters one with the weighted sum of their kernels.
"""

import math
from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from tb_actmax.network.layers import Target, positions_of
from tb_actmax.network.positions import at, centre_of
from tb_actmax.network.receptive_field.reader import FieldReader
from tb_actmax.network.receptive_field.windows import same_padding
from tb_actmax.objectives import WHOLE, Place

_CONVOLUTIONS = (
    keras.layers.Conv2D,
    keras.layers.Conv3D,
    keras.layers.DepthwiseConv2D,
)


def alone(target: Target) -> Callable[..., tf.Tensor] | None:
    """What computes one unit of a layer without the others, if anything."""
    layer = target.layer
    if type(layer) is keras.layers.Dense and not target.channels_first:
        return _dense
    if (
        type(layer) in _CONVOLUTIONS
        and layer.data_format == "channels_last"
        and layer.padding in ("same", "valid")
    ):
        return _convolution
    return None


def _dense(
    layer: keras.layers.Layer,
    inputs: tf.Tensor,
    images: tf.Tensor,
    weights: tf.Tensor,
    place: Place,
) -> tf.Tensor:
    """A dense layer at one place: its inputs times the weights' sum."""
    axes = images.shape.rank - 2
    kernels = tf.matmul(
        weights, tf.cast(layer.kernel, tf.float32), transpose_b=True
    )
    positions = positions_of(inputs.shape[1:-1], axes)
    if positions is not None and inputs.shape.rank != axes + 2:
        inputs = tf.reshape(inputs, (-1, *positions, inputs.shape[-1]))
    seen = at(tf.cast(inputs, tf.float32), place, images)
    return tf.reduce_sum(seen * kernels, axis=-1) + _bias(layer, weights)


def _bias(layer: keras.layers.Layer, weights: tf.Tensor) -> tf.Tensor | float:
    if not layer.use_bias:
        return 0.0
    return tf.linalg.matvec(weights, tf.cast(layer.bias, tf.float32))


def _convolution(
    layer: keras.layers.Layer,
    inputs: tf.Tensor,
    images: tf.Tensor,
    weights: tf.Tensor,
    place: Place,
) -> tf.Tensor:
    """A convolution at one place: a patch times the kernels' weighted sum.

    For the whole map the patch is the mean of all patches.
    """
    windows = [
        _windows(layer, axis, inputs, images, place)
        for axis in range(inputs.shape.rank - 2)
    ]
    inputs = tf.cast(inputs, tf.float32)
    if place == WHOLE:
        patch = _mean_patch(layer, inputs, [first for first, _ in windows])
    else:
        bounds = [(first, first + reach) for (first,), reach in windows]
        patch = _cut(inputs, bounds)
        if max(layer.dilation_rate) > 1:
            taps = (slice(None, None, rate) for rate in layer.dilation_rate)
            patch = patch[(slice(None), *taps)]
    kernel = tf.cast(layer.kernel, tf.float32)
    if isinstance(layer, keras.layers.DepthwiseConv2D):
        shape = (-1, kernel.shape[2], kernel.shape[3])
        kernels = tf.einsum(
            "hwcm,ncm->nhwc", kernel, tf.reshape(weights, shape)
        )
    elif layer.groups == 1:
        flat = tf.reshape(kernel, (-1, kernel.shape[-1]))
        kernels = tf.reshape(
            tf.matmul(weights, flat, transpose_b=True), (-1, *kernel.shape[:-1])
        )
    else:
        kernels = _grouped(kernel, weights, layer.groups)
    return _product(patch, kernels) + _bias(layer, weights)


def _product(patches: tf.Tensor, kernels: tf.Tensor) -> tf.Tensor:
    """Dot products (n,) of patches and kernels (n, ...).

    Kernels are not moved, so the gradient needs no more than a product.
    """
    every = tuple(range(1, patches.shape.rank))

    @tf.custom_gradient
    def multiply(patches: tf.Tensor) -> tuple[tf.Tensor, Any]:
        def gradient(upstream: tf.Tensor) -> tf.Tensor:
            return kernels * tf.reshape(upstream, (-1, *(1 for _ in every)))

        return tf.reduce_sum(patches * kernels, axis=every), gradient

    return multiply(patches)


def _grouped(kernel: tf.Tensor, weights: tf.Tensor, groups: int) -> tf.Tensor:
    """Weighted sums of kernels that each see one group of the channels."""
    *taps, channels, filters = kernel.shape
    split = tf.reshape(kernel, (-1, channels, groups, filters // groups))
    some = tf.reshape(weights, (-1, groups, filters // groups))
    sums = tf.einsum("tcgf,ngf->ntgc", split, some)
    return tf.reshape(sums, (-1, *taps, groups * channels))


def _windows(
    layer: keras.layers.Layer,
    axis: int,
    inputs: tf.Tensor,
    images: tf.Tensor,
    place: Place,
) -> tuple[list[int], int]:
    """Where a convolution's windows at a place begin, along one axis.

    Returns:
        First positions, negative where the window is padded, and the length
        of a window, dilation included.
    """
    length = inputs.shape[axis + 1]
    reach = (layer.kernel_size[axis] - 1) * layer.dilation_rate[axis] + 1
    stride = layer.strides[axis]
    before, after = (0, 0)
    if layer.padding == "same":
        before, after = same_padding(length, reach, stride)
    units = (length + before + after - reach) // stride + 1
    chosen = [units // 2]
    if place == WHOLE:
        chosen = list(range(units))
    elif isinstance(place, tuple):
        chosen = [place[axis]]
    else:
        seen = FieldReader(images)(inputs)
        if seen is not None and not seen.whole:
            # Where the window's middle lies nearest to the image's.
            origin = seen.start[axis] + (seen.size[axis] - 1) / 2
            offset = (reach - 1) / 2 - before
            middle = centre_of(images)[axis]
            wanted = (middle - origin) / seen.stride[axis] - offset
            chosen = [min(max(round(wanted / stride), 0), units - 1)]
    return [unit * stride - before for unit in chosen], reach


def _cut(inputs: tf.Tensor, windows: Sequence[tuple[int, int]]) -> tf.Tensor:
    """From a first to a last + 1 of each axis; zeros beyond the edge."""
    slices, pads = [slice(None)], [(0, 0)]
    for axis, (first, last) in enumerate(windows):
        length = inputs.shape[axis + 1]
        slices.append(slice(max(first, 0), min(last, length)))
        pads.append((max(-first, 0), max(last - length, 0)))
    inputs = inputs[tuple(slices)]
    if any(pad != (0, 0) for pad in pads):
        inputs = tf.pad(inputs, [*pads, (0, 0)])
    return inputs


def _mean_patch(
    layer: keras.layers.Layer, inputs: tf.Tensor, windows: Sequence[list[int]]
) -> tf.Tensor:
    """The mean of all of a convolution's windows, one axis after the other.

    Each tap sees a mean of the inputs: a product with a constant matrix.
    """
    *sizes, channels = inputs.shape[1:]
    for axis, length in enumerate(sizes):
        taps, dilation = layer.kernel_size[axis], layer.dilation_rate[axis]
        mean = np.zeros((taps, length), np.float32)
        for tap in range(taps):
            for first in windows[axis]:
                position = first + tap * dilation
                if 0 <= position < length:
                    mean[tap, position] += 1 / len(windows[axis])
        rest = math.prod(sizes[axis + 1 :]) * channels
        inputs = tf.matmul(mean, tf.reshape(inputs, (-1, length, rest)))
    return tf.reshape(inputs, (-1, *layer.kernel_size, channels))
