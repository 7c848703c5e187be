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

from tb_actmax.network.image_model import ImageModel
from tb_actmax.network.layers import Target, positions_of
from tb_actmax.network.partial_run import run_until
from tb_actmax.network.positions import at, middle
from tb_actmax.network.single_unit import alone
from tb_actmax.objectives import Place


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
        single = alone(target)
        maps = None
        if single is None:
            maps = _linear_maps(target, call, inputs, *args, **kwargs)
        terms = []
        for i, place in enumerate(places):
            some = weights[:, i]
            if single is None:
                term = tf.reduce_sum(at(maps, place, images) * some, axis=-1)
            else:
                scaled, constant = _through_normalization(target, some)
                term = single(target.layer, inputs, images, scaled, place)
                term += constant
            terms.append(term)
        return tf.add_n(terms), inputs

    found: tuple[tf.Tensor, tf.Tensor] = run_until(
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
        Maps (n, rows, columns, filters), float32; of volumes (n, slices,
        rows, columns, filters). A layer without positions has 1 of each.
    """

    def reached(call: Any, *args: Any, **kwargs: Any) -> tf.Tensor:
        found = _linear_maps(target, call, *args, **kwargs)
        if target.positions is None:
            ones = (1 for _ in images.shape[1:-1])
            found = tf.reshape(found, (-1, *ones, target.filters))
        return found

    return run_until(model, images, target.layer, target.call, reached)


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
        return middle(_linear_maps(target, call, *args, **kwargs), images)

    return run_until(model, images, target.layer, target.call, reached)


def _linear_maps(
    target: Target, call: Any, *args: Any, **kwargs: Any
) -> tf.Tensor:
    """Pre-activations (n, rows, columns, filters), float32.

    Those of volumes have slices before the rows, of a layer without positions
    neither, (n, filters).
    """
    with _linear(target.layer):
        output = call(*args, **kwargs)
    if target.normalization is not None:
        output = target.normalization(output, training=False)
    return _as_maps(target, tf.cast(output, tf.float32))


def _as_maps(target: Target, output: tf.Tensor) -> tf.Tensor:
    """Tokens, signals and maps alike as maps."""
    rank = output.shape.rank
    if target.channels_first:
        output = tf.transpose(output, (0, *range(2, rank), 1))
    axes = len(target.field.size)
    positions = positions_of(output.shape[1:-1], axes)
    if positions is None or rank == axes + 2:
        return output
    return tf.reshape(output, (-1, *positions, target.filters))


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
