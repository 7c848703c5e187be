"""Keeps traced runs of a model on whole inputs, to use them again."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

import tensorflow as tf


class OnInput(NamedTuple):
    """The results of a run at a layer.

    Attributes:
        maps: Its pre-activations, see `activations.maps`.
        features: Maps on the way to it, see `features.features_on_the_way`.
    """

    maps: tf.Tensor
    features: list[tf.Tensor]


class TracedRuns:
    """Functions that run a model up to its layers.

    Functions traced later for whole inputs call one of them instead of tracing
    the model again.
    """

    def __init__(self) -> None:
        self._runs: dict[
            str, tuple[tf.TensorShape, Callable[[tf.Tensor], OnInput]]
        ] = {}

    def keep(
        self,
        shape: tuple[int, ...],
        runs: Mapping[str, Callable[[tf.Tensor], OnInput]],
    ) -> None:
        """Keeps functions.

        Args:
            shape: Shape of the images that they take, without the batch axis.
            runs: The functions, by the paths of layers.
        """
        for path, run in runs.items():
            self._runs[path] = tf.TensorShape(shape), run

    def run(self, path: str, images: tf.Tensor) -> OnInput | None:
        """Runs the model up to a layer, if that was traced for such images.

        Args:
            path: Path of the layer.
            images: Symbolic images (n, height, width, channels).
        """
        shape, run = self._runs.get(path, (None, None))
        if run is None or images.shape[1:] != shape:
            return None
        return run(images)
