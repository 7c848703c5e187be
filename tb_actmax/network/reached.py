"""The call of a layer in a run of its model."""

from typing import Any, NamedTuple

import tensorflow as tf


class Reached(NamedTuple):
    """The call of a layer in a run of its model, of symbolic tensors.

    Attributes:
        args: Its arguments.
        kwargs: Its keyword arguments.
        features: Maps on the way to it, see `features.features_on_the_way`.
    """

    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    features: list[tf.Tensor]
