"""Activation maximization of the filters of one layer."""

from collections.abc import Hashable, Mapping
from typing import Any

import keras

from tb_actmax.data.fitting import fit
from tb_actmax.matching.probe_points import ProbePoints
from tb_actmax.maximizer.base import Maximized
from tb_actmax.maximizer.layer_maximizer import LayerMaximizer
from tb_actmax.measures.responses import ResponseMeasurer
from tb_actmax.network import layers
from tb_actmax.network.selection import choose_layers, choose_objectives


def maximize(
    model: keras.Model,
    layer: str,
    filters: Any = None,
    probe: Any = None,
    steps: int = 32,
    seed: int = 0,
    held: Mapping[Hashable, Any] | None = None,
) -> Maximized:
    """Finds the image that excites each filter of a layer most.

    The method is normalized-gradient ascent on Fourier coefficients, with the
    mean, contrast, spectrum and colours of the data.

    Args:
        model: A built Keras model that takes images (height, width, channels).
        layer: Path of the layer; nested models are joined by "/", and a short
            name works where only one layer has it.
        filters: An int (that many, evenly spread), "all", a list of indices
            and objectives (`tb_actmax.objectives`), or `None` for 16.
        probe: A sample of inputs as the network takes them: an array (n,
            height, width, channels), a pair (inputs, labels) or a dataset; up
            to 1000 are used. Without it, a value range is taken from leading
            rescaling layers, else [0, 1], and a 1/f spectrum is assumed.
        steps: Steps of gradient ascent.
        seed: Seed of the random starts; same seed, same images.
        held: What inputs are held at, by name, without the batch's axis,
            where the model takes several. Without it those that are no images
            are held at the probe's mean (numbers) or first value (whole
            numbers), else at zero. An input that is held is not maximized.

    Returns:
        The images, scores, filters, status and labels.

    Raises:
        ValueError: If the layer or a filter is unknown, or the probe does not
            fit the model; with what would have worked.

    Example:

    ```python
    found = tb_actmax.maximize(model, "conv2", [0, 3], probe=x_train[:512])
    found.images[0], found.scores[0], found.status[0]
    ```
    """
    fitted = fit(model, probe, held)
    sample = fitted.sample
    targets = layers.find_targets(fitted.model, fitted.shape)
    target = choose_layers(targets, [layer])[0]
    chosen = choose_objectives(target, 16 if filters is None else filters)
    found = LayerMaximizer(fitted, target, chosen, seed).cold(steps)
    if sample is not None:
        points = ProbePoints(sample)
        measured = ResponseMeasurer(fitted.model, target, points).measure(
            sample
        )
        found.status = [
            measured.refine_status(o.filter, status) if o.plain else status
            for o, status in zip(chosen, found.status, strict=True)
        ]
    return found
