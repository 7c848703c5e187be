"""The value that is maximized: a unit of a layer, before its activation.

Through a ReLU a unit that starts below zero has no gradient at all, so the
activation of the layer itself is left out. And only the unit that is looked
at is computed: a convolution at one position is a dot product of a patch with
a kernel, and a weighted sum of filters is a dot product with the weighted sum
of their kernels.
"""

import contextlib
from collections.abc import Iterator, Sequence
from typing import Any

import keras
import tensorflow as tf

from tb_actmax.maximizer import graph
from tb_actmax.maximizer.field import FieldReader, same_padding
from tb_actmax.maximizer.inputs import ImageModel
from tb_actmax.maximizer.layers import Target
from tb_actmax.maximizer.objectives import CENTRE, Place


def values(
    model: ImageModel,
    target: Target,
    images: tf.Tensor,
    places: Sequence[Place],
    weights: tf.Tensor,
) -> tuple[tf.Tensor, tf.Tensor]:
    """What is maximized of each image, and what the layer sees of it.

    Args:
        model: The model.
        target: The layer.
        images: Symbolic images (n, height, width, channels).
        places: Where in the layer's map each term is.
        weights: How much each filter counts in each term, (n, terms,
            filters): one-hot for a single filter.

    Returns:
        Values (n,), float32, of the pre-activation (after a batch
        normalization that follows directly), and the layer's input (n, ...).
    """

    def reached(call: Any, inputs: Any, *args: Any, **kwargs: Any) -> Any:
        if list(places) == [CENTRE]:
            scaled, constant = _through_normalization(target, weights[:, 0])
            centre = _centre(target, call, inputs, args, kwargs, images, scaled)
            return centre + constant, inputs
        output = _linear_maps(target, call, inputs, *args, **kwargs)
        terms = [
            tf.reduce_sum(_at(output, place, images) * weights[:, i], axis=-1)
            for i, place in enumerate(places)
        ]
        return tf.add_n(terms), inputs

    found: tuple[tf.Tensor, tf.Tensor] = graph.run_until(
        model, images, target.layer, target.call, reached
    )
    return found


def maps(model: ImageModel, target: Target, images: tf.Tensor) -> tf.Tensor:
    """Pre-activations of all filters at all positions.

    Args:
        model: The model.
        target: The layer.
        images: Symbolic images (n, height, width, channels).

    Returns:
        Maps (n, rows, columns, filters), float32; (n, 1, 1, units) for a
        layer without positions.
    """

    def reached(call: Any, *args: Any, **kwargs: Any) -> tf.Tensor:
        return _linear_maps(target, call, *args, **kwargs)

    return graph.run_until(model, images, target.layer, target.call, reached)


def centre(model: ImageModel, target: Target, images: tf.Tensor) -> tf.Tensor:
    """Pre-activations of all filters at the centre of the image.

    Args:
        model: The model.
        target: The layer.
        images: Symbolic images (n, height, width, channels).

    Returns:
        (n, filters), float32.
    """

    def reached(call: Any, *args: Any, **kwargs: Any) -> tf.Tensor:
        return _middle(_linear_maps(target, call, *args, **kwargs), images)

    return graph.run_until(model, images, target.layer, target.call, reached)


def _linear_maps(
    target: Target, call: Any, *args: Any, **kwargs: Any
) -> tf.Tensor:
    """Pre-activations (n, rows, columns, filters), float32."""
    with _linear(target.layer):
        output = call(*args, **kwargs)
    if target.normalization is not None:
        output = target.normalization(output, training=False)
    return _as_maps(target, tf.cast(output, tf.float32))


def _as_maps(target: Target, output: tf.Tensor) -> tf.Tensor:
    """Units, tokens, signals and maps alike as maps."""
    rank = output.shape.rank
    if target.channels_first:
        output = tf.transpose(output, (0, *range(2, rank), 1))
    if rank == 2:
        return output[:, None, None, :]
    return output[:, None] if rank == 3 else output


def _at(maps: tf.Tensor, place: Place, images: tf.Tensor) -> tf.Tensor:
    if isinstance(place, tuple):
        return maps[:, place[0], place[1]]
    if place == CENTRE:
        return _middle(maps, images)
    return tf.reduce_mean(maps, axis=(1, 2))


@contextlib.contextmanager
def _linear(layer: keras.layers.Layer) -> Iterator[None]:
    """Takes the activation off a layer, and always puts it back."""
    activation = layer.__dict__.get("activation")
    if activation is None:
        yield
        return
    layer.__dict__["activation"] = keras.activations.linear
    try:
        yield
    finally:
        layer.__dict__["activation"] = activation


def _through_normalization(
    target: Target, weights: tf.Tensor
) -> tuple[tf.Tensor, tf.Tensor | float]:
    """Weights before, and constant after, the batch normalization."""
    layer = target.normalization
    if layer is None:
        return weights, 0.0
    variance = tf.convert_to_tensor(layer.moving_variance, tf.float32)
    scale = tf.math.rsqrt(variance + layer.epsilon)
    if layer.scale:
        scale *= tf.convert_to_tensor(layer.gamma, tf.float32)
    mean = tf.convert_to_tensor(layer.moving_mean, tf.float32)
    offset = -scale * mean
    if layer.center:
        offset += tf.convert_to_tensor(layer.beta, tf.float32)
    return weights * scale, tf.linalg.matvec(weights, offset)


def _centre(
    target: Target,
    call: Any,
    inputs: Any,
    args: Any,
    kwargs: Any,
    images: tf.Tensor,
    weights: tf.Tensor,
) -> tf.Tensor:
    layer = target.layer
    if type(layer) is keras.layers.Dense and not target.channels_first:
        inputs = _middle(_rows(inputs), images)
        kernels = tf.matmul(
            weights, tf.cast(layer.kernel, tf.float32), transpose_b=True
        )
        values = tf.reduce_sum(tf.cast(inputs, tf.float32) * kernels, axis=-1)
        return values + _bias(layer, weights)
    exact = type(layer) in (keras.layers.Conv2D, keras.layers.DepthwiseConv2D)
    if (
        exact
        and layer.data_format == "channels_last"
        and getattr(layer, "groups", 1) == 1
        and layer.padding in ("same", "valid")
    ):
        return _convolution(layer, inputs, images, weights)
    with _linear(layer):
        output = call(inputs, *args, **kwargs)
    output = _as_maps(target, tf.cast(output, tf.float32))
    return tf.reduce_sum(_middle(output, images) * weights, axis=-1)


def _rows(inputs: tf.Tensor) -> tf.Tensor:
    return inputs[:, None] if inputs.shape.rank == 3 else inputs


def _middle(maps: tf.Tensor, images: tf.Tensor) -> tf.Tensor:
    """What the unit sees whose field is nearest to the image's centre."""
    if maps.shape.rank == 2:
        return maps
    rows, columns = maps.shape[1], maps.shape[2]
    row, column = rows // 2, columns // 2
    seen = FieldReader(images)(maps)
    if seen is not None and not seen.whole:
        row, column = seen.unit_nearest(_centre_of(images), (rows, columns))
    return maps[:, row, column]


def _centre_of(images: tf.Tensor) -> tuple[float, float]:
    return (images.shape[1] - 1) / 2, (images.shape[2] - 1) / 2


def _bias(layer: keras.layers.Layer, weights: tf.Tensor) -> tf.Tensor | float:
    if not layer.use_bias:
        return 0.0
    return tf.linalg.matvec(weights, tf.cast(layer.bias, tf.float32))


def _convolution(
    layer: keras.layers.Layer,
    inputs: tf.Tensor,
    images: tf.Tensor,
    weights: tf.Tensor,
) -> tf.Tensor:
    """One unit of a convolution: a patch times the kernels' weighted sum."""
    lengths, seen = inputs.shape[1:3], FieldReader(images)(inputs)
    slices, pads = [slice(None)], [(0, 0)]
    middle = _centre_of(images)
    for axis in range(2):
        reach = (layer.kernel_size[axis] - 1) * layer.dilation_rate[axis] + 1
        stride = layer.strides[axis]
        before, after = (0, 0)
        if layer.padding == "same":
            before, after = same_padding(lengths[axis], reach, stride)
        units = (lengths[axis] + before + after - reach) // stride + 1
        unit = units // 2
        if seen is not None and not seen.whole:
            # Where the patch's middle lies nearest to the image's.
            first = seen.start[axis] + (seen.size[axis] - 1) / 2
            offset = (reach - 1) / 2 - before
            wanted = (middle[axis] - first) / seen.stride[axis] - offset
            unit = min(max(round(wanted / stride), 0), units - 1)
        start = unit * stride
        slices.append(slice(start, start + reach, layer.dilation_rate[axis]))
        pads.append((before, after))
    inputs = tf.cast(inputs, tf.float32)
    if any(pad != (0, 0) for pad in pads):
        inputs = tf.pad(inputs, [*pads, (0, 0)])
    patch = inputs[tuple(slices)]
    kernel = tf.cast(layer.kernel, tf.float32)
    if isinstance(layer, keras.layers.DepthwiseConv2D):
        shape = (-1, kernel.shape[2], kernel.shape[3])
        kernels = tf.einsum(
            "hwcm,ncm->nhwc", kernel, tf.reshape(weights, shape)
        )
    else:
        kernels = tf.einsum("hwcf,nf->nhwc", kernel, weights)
    values = tf.reduce_sum(patch * kernels, axis=(1, 2, 3))
    return values + _bias(layer, weights)
