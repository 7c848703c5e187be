"""Activation maximization of the filters of one layer."""

from __future__ import annotations

import dataclasses
import hashlib
import pickle
from collections.abc import Callable, Hashable, Sequence

import keras
import numpy as np
import tensorflow as tf

from tb_actmax.compatibility import with_own_options
from tb_actmax.data.fitting import FittedModel, fit
from tb_actmax.data.sample import FixedInputs, Probe
from tb_actmax.errors import check_integer
from tb_actmax.maximizer.ascent.problem import Transform, check_transforms
from tb_actmax.maximizer.base import Maximized
from tb_actmax.maximizer.kept import keep, kept_samples, take
from tb_actmax.maximizer.layer_maximizer import LayerMaximizer
from tb_actmax.maximizer.measured_later import MeasuredLater
from tb_actmax.measures.exemplars import strongest_inputs
from tb_actmax.measures.layer_measures import filters_of
from tb_actmax.measures.probe_pass import ProbePass
from tb_actmax.measures.responses import Responses
from tb_actmax.network.filter_selection import Filters, choose_objectives
from tb_actmax.network.layer_selection import choose_layers
from tb_actmax.network.layers import find_targets
from tb_actmax.network.snapshot import Snapshot
from tb_actmax.network.target import Target
from tb_actmax.objectives import Objective
from tb_actmax.objectives.terms import CENTRE, Function

_LARGEST_KEPT = 2**26  # bytes of a probe that is kept with what was traced


@with_own_options
def maximize(
    model: keras.Model,
    layer: str | keras.layers.Layer,
    filters: Filters = 16,
    probe: Probe | None = None,
    steps: int | None = None,
    seed: int = 0,
    *,
    views: int = 1,
    pull: bool = True,
    transforms: Sequence[Transform] | None = None,
    fixed_inputs: FixedInputs | None = None,
    class_names: Sequence[str] | None = None,
    pictures: bool | None = None,
) -> Maximized:
    """Finds the image that excites each filter of a layer most.

    The method is normalized-gradient ascent on Fourier coefficients, with the
    mean, contrast, spectrum and colours of the data.

    Args:
        model: A built Keras model that takes images (height, width, channels).
        layer: The layer, or its path; nested models are joined by "/", and a
            short name works if only one layer has it.
        filters: An int (that many, evenly spaced), "all", or a list of
            indices, objectives (`tb_actmax.objectives`) and functions of the
            layer's activations. Defaults to `16`.
        probe: A sample of inputs as the network takes them: an array (n,
            height, width, channels), a pair (inputs, labels) or a dataset; up
            to 1000 are used. Without it, a value range is taken from leading
            rescaling layers, else [0, 1], and a 1/f spectrum is assumed.
        steps: Steps of gradient ascent. Defaults to `None`: 32, and more
            where an image has room for whole objects (40 or 56).
        seed: Integer from 0. The same seed gives the same images. Defaults to
            `0`.
        views: Number of differently moved views of an image in each step, if it
            has room for whole objects: 4 give better images and take four times
            as long. Defaults to `1`.
        pull: Whether images of hidden units that have room for whole objects
            are pulled a little towards the features of those inputs of the
            probe that excite the unit most. From such images people predict the
            unit's responses better; they take a little longer. Defaults to
            `True`.
        transforms: Functions that take images (n, height, width, channels)
            and return such images; they may change the size. They are applied
            at each step, after the default movements, and traced: compute
            with `keras.ops` or `tf`. Scores are those of the images without
            them. Defaults to `None`: the default movements only.
        fixed_inputs: Values of the inputs that are not maximized, by name,
            without the batch axis, if the model takes several. Defaults to
            `None`: the probe's mean (floats) or first value (integers), or
            zeros without a probe.
        class_names: Names of the classes, in the order of the class numbers;
            they become the labels of a classifier's last layer. Defaults to
            `None`: the names that the probe carries, as datasets of
            `keras.utils.image_dataset_from_directory` do.
        pictures: Whether rows and columns of the inputs form a picture: images
            are then rotated and scaled a little at each step. `False` for
            electrodes by time, for instance. Defaults to `None`: as the model's
            kernels suggest.

    Returns:
        The images, scores, filters, status and labels. With a probe, the status
        is measured when it is first read, with the weights of this call. The
        traced graphs are kept with the model, so later calls are faster.

    Raises:
        ValueError: If the layer or a filter is unknown, the probe does not fit
            the model, the steps or the seed are out of range, or a function
            returns a wrong shape. The message says what would have worked.

    Example:

    ```python
    import keras

    found = tb_actmax.maximize(model, "conv2", [0, 3], probe=x_train[:512])
    found.images[0], found.scores[0], found.status[0]


    def blurred(images):
        return keras.ops.average_pool(images, 3, 1, "same")


    smooth = tb_actmax.maximize(model, "conv2", 4, transforms=[blurred])
    ```
    """
    check_integer("seed", seed, 0)
    check_integer("views", views, 1)
    if steps is not None:
        check_integer("steps", steps, 1)
    samples = kept_samples(model)
    fitted = fit(
        model,
        probe,
        fixed_inputs,
        class_names,
        pictures=pictures,
        measured=samples,
    )
    transforms = check_transforms(transforms)
    kept = take(model)
    asked = _asked(fitted)
    if asked not in kept.targets:
        kept.targets[asked] = find_targets(fitted.model, fitted.shape)
    target = choose_layers(kept.targets[asked], [layer])[0]
    chosen = choose_objectives(target, filters)
    fitted = fitted.of(target)
    readouts = {readout for one in chosen for readout in one.readouts}
    key = (asked, target.path, readouts == {CENTRE}, seed, views, pull)
    # A user's own functions may read values that have changed since.
    own = bool(transforms) or any(isinstance(r, Function) for r in readouts)
    maximizer = None if own else kept.maximizers.pop(key, None)
    if maximizer is None:
        maximizer = LayerMaximizer(
            fitted, target, chosen, seed, transforms, views=views, pull=pull
        )
    found = _maximized(fitted, maximizer, chosen, steps)
    if not own:
        kept.maximizers[key] = maximizer
    sample = fitted.sample
    if sample is None or sample.images.nbytes <= _LARGEST_KEPT:
        keep(model, kept, samples)
    return found


def _maximized(
    fitted: FittedModel,
    maximizer: LayerMaximizer,
    chosen: Sequence[Objective],
    steps: int | None,
) -> Maximized:
    """Maximizes objectives of a layer, and names and measures the result."""
    target, measured, exemplars = maximizer.target, None, None
    if maximizer.pulled and fitted.sample is not None:
        over_probe = ProbePass(fitted.model, [target], None)
        (measured,) = over_probe.measure(fitted.sample, [filters_of(chosen)])
        exemplars = strongest_inputs(measured, chosen)
    found = maximizer.cold(steps, chosen, exemplars=exemplars)
    maximizer.carry({})
    names = fitted.class_names or ()
    classes = target.is_class_layer(names)
    found = dataclasses.replace(
        found,
        labels=[
            names[o.filter]
            if classes and o.plain and o.filter is not None
            else o.label
            for o in chosen
        ],
        layer=target.path,
        value_range=fitted.statistics.value_range,
    )
    if fitted.sample is None:
        return found
    if measured is not None:
        status = _refined(measured, chosen, found)
        return dataclasses.replace(found, status=status)
    return MeasuredLater(
        found, _later(fitted, target, chosen, found, maximizer.variables)
    )


def _asked(fitted: FittedModel) -> Hashable:
    """Returns a digest of the inputs that decide what is traced."""
    found = hashlib.blake2b(repr((fitted.shape, fitted.statistics)).encode())
    if fitted.sample is not None:
        for values in (
            fitted.sample.images,
            *fitted.sample.other_inputs.values(),
        ):
            found.update(values.tobytes())
    for name, value in fitted.model.choices["fixed_inputs"].items():
        found.update(repr(name).encode())
        found.update(pickle.dumps(np.asarray(value)))
    return found.digest()


def _later(
    fitted: FittedModel,
    target: Target,
    chosen: Sequence[Objective],
    found: Maximized,
    variables: Sequence[tf.Tensor] | None,
) -> Callable[[], list[str]]:
    """Returns a function that measures the status with the current weights."""
    snapshot = Snapshot(variables or ())

    @with_own_options
    def refined() -> list[str]:
        assert fitted.sample is not None
        over_probe = ProbePass(fitted.model, [target], None, snapshot)
        (measured,) = over_probe.measure(fitted.sample, [[]])
        return _refined(measured, chosen, found)

    if variables is None:  # they cannot be kept
        status = refined()
        return lambda: status
    return refined


def _refined(
    measured: Responses, chosen: Sequence[Objective], found: Maximized
) -> list[str]:
    """Returns the status of images, corrected with the data."""
    return [
        measured.refine_status(o.filter, status, float(score))
        if o.plain
        else status
        for o, status, score in zip(
            chosen, found.status, found.scores, strict=True
        )
    ]
