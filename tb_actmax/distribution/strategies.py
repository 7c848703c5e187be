"""What a model's `tf.distribute` strategy means for looking at it."""

import keras
import tensorflow as tf

# Where the weights are another machine's.
_CANNOT = ("ParameterServerStrategy", "TPUStrategy")
_MIRRORED = (
    tf.distribute.MirroredStrategy,
    tf.distribute.MultiWorkerMirroredStrategy,
)
_WORKS = (
    "Train with MirroredStrategy or MultiWorkerMirroredStrategy, or save "
    "checkpoints and look at them with "
    "tb-actmax render."
)


def devices_of(model: keras.Model) -> list[str]:
    """This process's devices, among which filters can be divided.

    Args:
        model: The model, made under a strategy or not.

    Returns:
        Names of devices that each hold a copy of the weights; empty where
        there is but one.

    Raises:
        ValueError: If the strategy holds the weights where they cannot be
            looked at; with what would work.
    """
    strategy = getattr(model, "distribute_strategy", None)
    for name in _CANNOT:
        if isinstance(strategy, getattr(tf.distribute, name)):
            raise ValueError(
                f"Under {name} filters cannot be maximized while the network "
                f"trains. {_WORKS}"
            )
    if not isinstance(strategy, _MIRRORED):
        return []
    devices = list(strategy.extended.worker_devices)
    return devices if len(devices) > 1 else []
