"""What a model's `tf.distribute` strategy means for looking at it."""

import keras
import tensorflow as tf

# Where a look of one process would wait for others, or for another machine's
# weights.
_CANNOT = (
    "MultiWorkerMirroredStrategy",
    "ParameterServerStrategy",
    "TPUStrategy",
)
_WORKS = (
    "Train with MirroredStrategy, or save checkpoints and look at them with "
    "tb-actmax render."
)


def devices_of(model: keras.Model) -> list[str]:
    """Devices among which filters can be divided.

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
    if not isinstance(strategy, tf.distribute.MirroredStrategy):
        return []
    devices = list(strategy.extended.worker_devices)
    return devices if len(devices) > 1 else []
