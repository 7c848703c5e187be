"""What is done once before the first look: from a model to its layers."""

import logging

import keras

from tb_actmax.data.dataset import drop_if_exhausted
from tb_actmax.data.fitting import fit
from tb_actmax.errors import ModelFaultError, described
from tb_actmax.matching.probe_points import ProbePoints
from tb_actmax.maximizer.base import MakeMaximizer
from tb_actmax.network import layers
from tb_actmax.network.choice import choose_by_layer
from tb_actmax.training.layer_tracker import LayerTracker
from tb_actmax.training.settings import Settings

_log = logging.getLogger("tb_actmax")


def prepare(
    model: keras.Model, settings: Settings, make_maximizer: MakeMaximizer
) -> dict[str, LayerTracker]:
    """The layers that are looked at, in the order in which they are run.

    Args:
        model: The model, built.
        settings: What the user asked for.
        make_maximizer: Makes a layer's maximizer.

    Returns:
        The layers, by path.

    Raises:
        ValueError: If the settings do not fit the model.
        ModelFaultError: If the model raises when it is looked through.
    """
    fitted = fit(model, drop_if_exhausted(settings.probe), settings.held)
    if settings.probe is None:
        low, high = fitted.statistics.value_range
        _log.warning(
            "No probe is given: inputs are taken to lie in [%g, %g] and "
            "to look like natural images. With probe=x_train[:512] the "
            "images get the mean, contrast and colours of your data.",
            low,
            high,
        )
    try:
        targets = layers.find_targets(fitted.model, fitted.shape)
    except Exception as error:  # the user's layers: whatever they raise
        raise ModelFaultError(
            f"The model {model.name!r} cannot be looked through: "
            f"{described(error)}"
        ) from error
    points = None if fitted.sample is None else ProbePoints(fitted.sample)
    chosen = choose_by_layer(targets, settings.layers, settings.filters)
    return {
        path: LayerTracker(
            fitted,
            targets[path],
            objectives,
            settings,
            points,
            make_maximizer,
        )
        for path, objectives in chosen.items()
    }
