"""Chooses the maximizer that fits a model's `tf.distribute` strategy."""

import functools
from collections.abc import Sequence

import keras
import tensorflow as tf

from tb_actmax.distribution.mirrored import MirroredMaximizer
from tb_actmax.maximizer.ascent.problem import Transform
from tb_actmax.maximizer.base import MakeMaximizer
from tb_actmax.maximizer.layer_maximizer import LayerMaximizer

# Keras 3 does not train under the first; under the others, the weights are on
# other machines.
_UNSUPPORTED = (
    "MultiWorkerMirroredStrategy",
    "ParameterServerStrategy",
    "TPUStrategy",
)


def maximizer_for(
    model: keras.Model,
    transforms: Sequence[Transform] | None = None,
    pull: bool = True,
) -> MakeMaximizer:
    """Returns a factory of maximizers that use all devices with the weights.

    Raises a `ValueError` under strategies that keep them elsewhere.
    """
    strategy = getattr(model, "distribute_strategy", None)
    for name in _UNSUPPORTED:
        if isinstance(strategy, getattr(tf.distribute, name)):
            raise ValueError(
                f"ActivationMaximization does not support {name}. Save "
                "checkpoints while the model trains, for instance with "
                "keras.callbacks.ModelCheckpoint, and render them with "
                "`tb-actmax render`; or train under MirroredStrategy."
            )
    if isinstance(strategy, tf.distribute.MirroredStrategy):
        devices = strategy.extended.worker_devices
        if len(devices) > 1:
            return functools.partial(
                MirroredMaximizer,
                devices=devices,
                transforms=transforms,
                pull=pull,
            )
    return functools.partial(LayerMaximizer, transforms=transforms, pull=pull)
