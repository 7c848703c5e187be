"""Computes a layer's maps: its pre-activations at all positions.

The layer's own activation is left out, because a unit below zero has no
gradient through a ReLU.
"""

from collections.abc import Sequence
from typing import Any

import keras
import tensorflow as tf

from tb_actmax.network.features import features_on_the_way
from tb_actmax.network.found_run import FoundRun
from tb_actmax.network.image_model import ImageModel
from tb_actmax.network.partial_run import (
    Stop,
    again,
    call_both,
    call_linear,
    run_through,
    run_until,
)
from tb_actmax.network.reached import Reached
from tb_actmax.network.target import Target, positions_of


def maps(model: ImageModel, target: Target, images: tf.Tensor) -> tf.Tensor:
    """Computes the pre-activations of all filters at all positions.

    Returns maps (n, rows, columns, filters), float32; for volumes (n, slices,
    rows, columns, filters). The map of a layer without positions has size 1
    along each axis.
    """

    def reached(*args: Any, **kwargs: Any) -> tf.Tensor:
        found = linear_maps(model, target, *args, **kwargs)
        return _with_positions(target, found, images)

    whole = model.traced.reached(target.path, images)
    if whole is not None:
        return _maps_of(model, target, images, whole)
    return run_until(model, images, target.layer, target.call, reached)


def maps_of_each(
    model: ImageModel, targets: Sequence[Target], images: tf.Tensor
) -> list[tf.Tensor]:
    """Computes the maps of several layers in one run, as `maps` returns them.

    Raises:
        ValueError: If the model was not traced up to all of the layers.
    """
    paths = [target.path for target in targets]
    runs = model.traced.reached_together(paths, images)
    if runs is None:
        raise ValueError(f"There is no trace of a run up to {paths}.")
    return [
        _maps_of(model, target, images, run)
        for target, run in zip(targets, runs, strict=True)
    ]


def run_on_inputs(
    model: ImageModel,
    targets: Sequence[Target],
    images: tf.Tensor,
    calls: dict[str, Reached] | None = None,
) -> list[tf.Tensor]:
    """Runs the model once for the maps of several layers, as `maps` returns.

    The layers are in the same sub-model, and none inside another. `calls`
    receives the call of each layer, by path.
    """
    found = model.traced.found
    if found is not None and type(model) is ImageModel:
        maps = _copied_run(model, found, targets, images, calls)
        if maps is not None:
            return maps
    alone = len(targets) == 1

    def stop(target: Target) -> Stop:
        def reached(*args: Any, **kwargs: Any) -> tuple[tf.Tensor, Any]:
            call = call_linear if alone else call_both
            called = call(model, target.layer, *args, **kwargs)
            linear, output = (called, None) if alone else called
            if calls is not None:
                features = features_on_the_way(images, args)
                calls[target.path] = Reached(args, kwargs, features)
            found = _as_maps(target, linear)
            return _with_positions(target, found, images), output

        return Stop(target.layer, target.call, reached)

    return run_through(model, images, [stop(target) for target in targets])


def _copied_run(
    model: ImageModel,
    run: FoundRun,
    targets: Sequence[Target],
    images: tf.Tensor,
    calls: dict[str, Reached] | None,
) -> list[tf.Tensor] | None:
    """Copies the run in which the layers were found, if it fits the images."""
    found = run.reached([target.path for target in targets], images)
    if found is None:
        return None
    maps = []
    for target, (args, kwargs, linear) in zip(targets, found, strict=True):
        reached = Reached(args, kwargs, features_on_the_way(images, args))
        if calls is not None:
            calls[target.path] = reached
        maps.append(_maps_of(model, target, images, reached, linear))
    return maps


def _maps_of(
    model: ImageModel,
    target: Target,
    images: tf.Tensor,
    call: Reached,
    linear: tf.Tensor | None = None,
) -> tf.Tensor:
    """Computes a layer's maps in a run that was traced before.

    Args:
        model: The model.
        target: The layer.
        images: The images of the run.
        call: The layer's call in it.
        linear: Its output without its activation, if the run has computed it.
    """

    def reached(*args: Any, **kwargs: Any) -> tf.Tensor:
        if linear is None:
            maps = linear_maps(model, target, *args, **kwargs)
        else:
            maps = _as_maps(target, linear)
        return _with_positions(target, maps, images)

    return again(model, target.layer, call, reached)


def _with_positions(
    target: Target, found: tf.Tensor, images: tf.Tensor
) -> tf.Tensor:
    """Adds axes of size 1 to the output of a layer without positions."""
    if target.positions is not None:
        return found
    ones = (1 for _ in images.shape[1:-1])
    return tf.reshape(found, (-1, *ones, target.filters))


def linear_maps(
    model: ImageModel, target: Target, *args: Any, **kwargs: Any
) -> tf.Tensor:
    """Computes pre-activations (n, *positions, filters), float32."""
    output = call_linear(model, target.layer, *args, **kwargs)
    return _as_maps(target, output)


def _normalized(
    layer: keras.layers.BatchNormalization, output: tf.Tensor
) -> tf.Tensor:
    """Normalizes a layer's output, which may be one frame of a video."""
    if layer.input_spec.ndim == output.shape.rank + 1:
        return layer(output[:, None], training=False)[:, 0]
    return layer(output, training=False)


def _as_maps(target: Target, output: tf.Tensor) -> tf.Tensor:
    """Normalizes an output, and reshapes tokens and signals to maps."""
    if target.normalization is not None:
        output = _normalized(target.normalization, output)
    output = tf.cast(output, tf.float32)
    rank = output.shape.rank
    if target.channels_first:
        output = tf.transpose(output, (0, *range(2, rank), 1))
    axes, sizes = len(target.field.size), output.shape[1:-1]
    if None in sizes and target.positions is not None:
        # A reshape infers them; such a layer sees whole inputs.
        return tf.reshape(output, (-1, *target.positions, target.filters))
    positions = positions_of(sizes, axes)
    if positions is None or rank == axes + 2:
        return output
    return tf.reshape(output, (-1, *positions, target.filters))
