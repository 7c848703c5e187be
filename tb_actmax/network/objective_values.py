"""Computes the values of objectives on a layer's maps."""

import contextlib
from collections.abc import Callable, Sequence
from typing import Any

import tensorflow as tf

from tb_actmax.network.activations import linear_maps
from tb_actmax.network.features import features_on_the_way
from tb_actmax.network.image_model import ImageModel
from tb_actmax.network.partial_run import again, run_until
from tb_actmax.network.positions import at
from tb_actmax.network.reached import Reached
from tb_actmax.network.single_unit import single_unit
from tb_actmax.network.target import Target
from tb_actmax.objectives.terms import Function, Readout


def values(
    model: ImageModel,
    target: Target,
    images: tf.Tensor,
    readouts: Sequence[Readout],
    weights: tf.Tensor,
) -> tuple[tf.Tensor, tf.Tensor, list[tf.Tensor]]:
    """Computes the values of objectives, and inputs and features of the layer.

    Args:
        model: The model.
        target: The layer.
        images: Symbolic images (n, height, width, channels).
        readouts: How each term is read out of the layer's map of these images.
            A map with positions needs a position, not "centre".
        weights: Weight of each filter in each term, (n, terms, filters);
            one-hot for a single filter. For a function, the first weight is its
            factor.

    Returns:
        Values (n,), float32, of the pre-activation (after a batch normalization
        that follows directly), the layer's input (n, ...), and the features on
        the way to it, see `features.features_on_the_way`.

    Raises:
        ValueError: If a function does not return a number for each image.
    """
    reached = _read_out(model, target, readouts, weights)
    whole = model.traced.reached(target.path, images, differentiable=True)
    if whole is not None:
        terms, maps, inputs = again(model, target.layer, whole, reached)
        features = whole.features
    else:
        terms, maps, inputs = run_until(
            model, images, target.layer, target.call, reached
        )
        features = features_on_the_way(images, inputs)
    return _summed(readouts, weights, terms, maps), inputs, features


def values_of_each(
    model: ImageModel,
    targets: Sequence[Target],
    images: tf.Tensor,
    readouts: Sequence[Sequence[Readout]],
    weights: Sequence[tf.Tensor],
) -> tuple[list[tf.Tensor], list[Any], list[list[tf.Tensor]]]:
    """Computes the values of objectives of several layers in one run.

    Args:
        model: The model.
        targets: The layers.
        images: Symbolic images (n, height, width, channels): first those of the
            first layer, and so on.
        readouts: The readouts of each layer, as `values` takes them.
        weights: The weights of each layer, as `values` takes them. Their
            lengths divide the images among the layers.

    Returns:
        The values of each layer, its input and the features on the way to it,
        both of all images.

    Raises:
        ValueError: If the model was not traced up to all of the layers.
    """
    paths = [target.path for target in targets]
    runs = model.traced.reached_together(paths, images, differentiable=True)
    if runs is None:
        raise ValueError(f"There is no trace of a run up to {paths}.")
    ends = tf.cumsum([tf.shape(some)[0] for some in weights])
    first, found = tf.constant(0), []
    for place, (target, run) in enumerate(zip(targets, runs, strict=True)):
        part = first, ends[place], tf.shape(images)[0]
        first = ends[place]
        own = _rows(run, *part)
        terms, maps, _ = again(
            model,
            target.layer,
            own,
            _read_out(model, target, readouts[place], weights[place]),
        )
        found.append(_summed(readouts[place], weights[place], terms, maps))
    inputs = [tf.nest.flatten((run.args, run.kwargs))[0] for run in runs]
    return found, inputs, [run.features for run in runs]


def _rows(
    run: Reached, first: tf.Tensor, last: tf.Tensor, count: tf.Tensor
) -> Reached:
    """Returns the call of a layer with the arguments of some images only.

    Args:
        run: The call, with arguments of `count` images.
        first: The first of the images to keep.
        last: The last of them, + 1.
        count: Number of all images.
    """

    def rows(value: Any) -> Any:
        if not tf.is_tensor(value) or not value.shape.rank or value.shape[0]:
            return value
        each = tf.shape(value)[0] // count  # an axis may be folded into them
        return value[first * each : last * each]

    args, kwargs = tf.nest.map_structure(rows, (run.args, run.kwargs))
    return Reached(args, kwargs, run.features)


def _read_out(
    model: ImageModel,
    target: Target,
    readouts: Sequence[Readout],
    weights: tf.Tensor,
) -> Callable[..., tuple[list[Any], tf.Tensor | None, tf.Tensor]]:
    """Returns a function to call in place of a layer.

    It returns what each readout gives, the layer's map if it was computed, and
    the layer's input.
    """
    single = single_unit(target)
    if any(isinstance(readout, Function) for readout in readouts):
        single = None  # functions take the whole map

    def reached(
        inputs: tf.Tensor, *args: Any, **kwargs: Any
    ) -> tuple[list[Any], tf.Tensor | None, tf.Tensor]:
        maps, alone = None, single
        if tf.is_tensor(inputs) and None in inputs.shape[1:]:
            alone = None  # the place of a unit is not known before it runs
        if alone is None:
            maps = linear_maps(model, target, inputs, *args, **kwargs)
        terms = []
        for i, readout in enumerate(readouts):
            some = weights[:, i]
            if isinstance(readout, Function):
                term = readout.call(maps)
            elif alone is None:
                term = tf.reduce_sum(at(maps, readout) * some, axis=-1)
            else:
                scaled, constant = _through_normalization(target, some)
                term = alone(target.layer, inputs, scaled, readout)
                term += constant
            terms.append(term)
        return terms, maps, inputs

    return reached


def _summed(
    readouts: Sequence[Readout],
    weights: tf.Tensor,
    terms: list[Any],
    maps: tf.Tensor | None,
) -> tf.Tensor:
    """Returns the sums of what readouts give, (n,)."""
    # Keras rewrites errors that are raised while the layer is called.
    for i, readout in enumerate(readouts):
        if isinstance(readout, Function):
            terms[i] = _checked(readout, terms[i], maps) * weights[:, i, 0]
    return tf.add_n(terms)


def _checked(function: Function, found: object, maps: tf.Tensor) -> tf.Tensor:
    """Returns what a user's function returns for maps, float32 (n,)."""
    shape: object = f"a {type(found).__name__}"
    with contextlib.suppress(TypeError, ValueError):
        values = tf.cast(tf.convert_to_tensor(found), tf.float32)
        shape = values.shape
        if values.shape.rank == 1 and values.shape[0] is None:
            return values
    raise ValueError(
        f"The objective {function.name!r} returns {shape} for activations "
        f"{maps.shape}. It must return a number for each image, (n,), from "
        "that image alone."
    )


def _through_normalization(
    target: Target, weights: tf.Tensor
) -> tuple[tf.Tensor, tf.Tensor | float]:
    """Returns weights before, and the constant after, the normalization."""
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
