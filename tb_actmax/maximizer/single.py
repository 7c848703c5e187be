"""One unit of a layer without the others.

A convolution at one position is a dot product of a patch and a kernel, and a
weighted sum of filters one with the weighted sum of their kernels.
"""

from collections.abc import Callable, Sequence

import keras
import tensorflow as tf

from tb_actmax.maximizer.field import FieldReader, same_padding
from tb_actmax.maximizer.layers import Target
from tb_actmax.maximizer.objectives import WHOLE, Place
from tb_actmax.maximizer.places import at, centre_of


def alone(target: Target) -> Callable[..., tf.Tensor] | None:
    """What computes one unit of a layer without the others, if anything."""
    layer = target.layer
    if type(layer) is keras.layers.Dense and not target.channels_first:
        return _dense
    if (
        type(layer) in (keras.layers.Conv2D, keras.layers.DepthwiseConv2D)
        and layer.data_format == "channels_last"
        and getattr(layer, "groups", 1) == 1
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
    kernels = tf.matmul(
        weights, tf.cast(layer.kernel, tf.float32), transpose_b=True
    )
    seen = at(tf.cast(_rows(inputs), tf.float32), place, images)
    return tf.reduce_sum(seen * kernels, axis=-1) + _bias(layer, weights)


def _rows(inputs: tf.Tensor) -> tf.Tensor:
    return inputs[:, None] if inputs.shape.rank == 3 else inputs


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
    seen = FieldReader(images)(inputs)
    middle = centre_of(images)
    patch = tf.cast(inputs, tf.float32)
    windows = []
    for axis in range(2):
        length = inputs.shape[axis + 1]
        reach = (layer.kernel_size[axis] - 1) * layer.dilation_rate[axis] + 1
        stride = layer.strides[axis]
        before, after = (0, 0)
        if layer.padding == "same":
            before, after = same_padding(length, reach, stride)
        units = (length + before + after - reach) // stride + 1
        first, count = 0, units
        if place != WHOLE:
            count = 1
            first = units // 2
            if isinstance(place, tuple):
                first = place[axis]
            elif seen is not None and not seen.whole:
                # Where the patch's middle lies nearest to the image's.
                origin = seen.start[axis] + (seen.size[axis] - 1) / 2
                offset = (reach - 1) / 2 - before
                wanted = (middle[axis] - origin) / seen.stride[axis] - offset
                first = min(max(round(wanted / stride), 0), units - 1)
        begin = first * stride - before
        windows.append((begin, begin + (count - 1) * stride + reach))
    patch = _cut(patch, windows)
    for axis in range(2) if place == WHOLE else ():
        patch = _mean_windows(patch, axis + 1, layer)
    if place != WHOLE and max(layer.dilation_rate) > 1:
        patch = patch[:, :: layer.dilation_rate[0], :: layer.dilation_rate[1]]
    kernel = tf.cast(layer.kernel, tf.float32)
    if isinstance(layer, keras.layers.DepthwiseConv2D):
        shape = (-1, kernel.shape[2], kernel.shape[3])
        kernels = tf.einsum(
            "hwcm,ncm->nhwc", kernel, tf.reshape(weights, shape)
        )
    else:
        flat = tf.reshape(kernel, (-1, kernel.shape[3]))
        kernels = tf.reshape(
            tf.matmul(weights, flat, transpose_b=True), (-1, *kernel.shape[:3])
        )
    values = tf.reduce_sum(patch * kernels, axis=(1, 2, 3))
    return values + _bias(layer, weights)


def _cut(inputs: tf.Tensor, windows: Sequence[tuple[int, int]]) -> tf.Tensor:
    """Rows and columns from a first to a last + 1; zeros beyond the edge."""
    slices, pads = [slice(None)], [(0, 0)]
    for axis, (first, last) in enumerate(windows):
        length = inputs.shape[axis + 1]
        slices.append(slice(max(first, 0), min(last, length)))
        pads.append((max(-first, 0), max(last - length, 0)))
    inputs = inputs[tuple(slices)]
    if any(pad != (0, 0) for pad in pads):
        inputs = tf.pad(inputs, [*pads, (0, 0)])
    return inputs


def _mean_windows(
    inputs: tf.Tensor, axis: int, layer: keras.layers.Layer
) -> tf.Tensor:
    """The mean of all of a convolution's windows along one axis.

    Args:
        inputs: The layer's inputs (n, rows, columns, channels), padded.
        axis: 1 or 2.
        layer: The convolution.
    """
    size = layer.kernel_size[axis - 1]
    dilation, stride = layer.dilation_rate[axis - 1], layer.strides[axis - 1]
    span = inputs.shape[axis] - (size - 1) * dilation
    means = []
    for tap in range(size):
        cut = [slice(None)] * 4
        cut[axis] = slice(tap * dilation, tap * dilation + span, stride)
        means.append(tf.reduce_mean(inputs[tuple(cut)], axis=axis))
    return tf.stack(means, axis=axis)
