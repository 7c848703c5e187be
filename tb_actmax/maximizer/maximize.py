"""Activation maximization of the filters of one layer."""

from collections.abc import Sequence

import keras

from tb_actmax.compatibility import without_op_callbacks
from tb_actmax.data.fitting import fit
from tb_actmax.data.sample import FixedInputs, Probe
from tb_actmax.errors import check_integer
from tb_actmax.maximizer.ascent.step import Transform
from tb_actmax.maximizer.base import Maximized
from tb_actmax.maximizer.layer_maximizer import LayerMaximizer
from tb_actmax.measures.responses import ResponseMeasurer
from tb_actmax.network.filter_selection import Filters, choose_objectives
from tb_actmax.network.layer_selection import choose_layers
from tb_actmax.network.layers import find_targets


@without_op_callbacks
def maximize(
    model: keras.Model,
    layer: str | keras.layers.Layer,
    filters: Filters = 16,
    probe: Probe | None = None,
    steps: int = 32,
    seed: int = 0,
    *,
    transforms: Sequence[Transform] | None = None,
    fixed_inputs: FixedInputs | None = None,
    class_names: Sequence[str] | None = None,
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
        steps: Steps of gradient ascent. Defaults to `32`.
        seed: Integer from 0. The same seed gives the same images. Defaults to
            `0`.
        transforms: Functions that take images (n, height, width, channels)
            and return such images; they may change the size. They are applied
            at each step, after the default movements, and traced: compute
            with `keras.ops` or `tf`. Scores are those of the images without
            them. Defaults to `None`: the default movements only.
        fixed_inputs: Values of the inputs that are not maximized, by name,
            without the batch axis, if the model takes several. Defaults to
            `None`: the probe's mean (floats) or first value (integers), or
            zeros without a probe.
        class_names: Names of the classes, in the order of their numbers; they
            become the labels of a classifier's last layer. Defaults to `None`: those
            that the probe carries, as a dataset of
            `keras.utils.image_dataset_from_directory` does.

    Returns:
        The images, scores, filters, status and labels.

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
    for name, value, least in (("steps", steps, 1), ("seed", seed, 0)):
        check_integer(name, value, least)
    fitted = fit(model, probe, fixed_inputs, class_names)
    targets = find_targets(fitted.model, fitted.shape)
    target = choose_layers(targets, [layer])[0]
    chosen = choose_objectives(target, filters)
    found = LayerMaximizer(fitted, target, chosen, seed, transforms).cold(steps)
    if fitted.sample is not None:
        measured = ResponseMeasurer(fitted.model, target, None).measure(
            fitted.sample
        )
        found.status = [
            measured.refine_status(o.filter, status, float(score))
            if o.plain
            else status
            for o, status, score in zip(
                chosen, found.status, found.scores, strict=True
            )
        ]
    if target.is_class_layer(fitted.class_names):
        assert fitted.class_names is not None
        found.labels = [
            fitted.class_names[o.filter]
            if o.plain and o.filter is not None
            else o.label
            for o in chosen
        ]
    found.layer = target.path
    found.value_range = fitted.statistics.value_range
    return found
