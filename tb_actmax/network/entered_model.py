"""Calls a model with images that enter after the layers that reshape inputs.

A model may reshape its inputs before it convolves them, or take single frames
out of a video. Its images are then the input of the first convolution. They
enter at that layer; the layers before it run on zeros and have no effect.
"""

import copy
import dataclasses
from collections.abc import Hashable, Mapping
from typing import Any

import keras
import numpy as np
import numpy.typing as npt
import tensorflow as tf

from tb_actmax.network.diversion import (
    Action,
    Method,
    call_names,
    divert,
    present_method,
)
from tb_actmax.network.image_model import ImageModel
from tb_actmax.network.input_indices import Indices
from tb_actmax.network.partial_run import run_until
from tb_actmax.network.receptive_field.operations import POINTWISE

Array = npt.NDArray[Any]

_BATCH = 64  # inputs of one pass


@dataclasses.dataclass(frozen=True)
class Entrance:
    """The calls of layers at which images enter a model."""

    # Layers, and the index of their call.
    calls: tuple[tuple[keras.layers.Layer, int], ...]
    # Whether images replace the output of these calls instead of their input.
    outputs: bool
    raw: tuple[int, ...]  # shape of the model's own input, as an image
    # Indices of the input's values that form each image, (images of an input,
    # *shape).
    indices: Indices
    channels_first: bool  # of the images, at that point
    # Whether each position is scaled differently on the way, so that images
    # hold the values that enter, not values of the input.
    scaled: bool = False

    @property
    def count(self) -> int:
        """Number of images that an input gives."""
        return len(self.indices)


class EnteredModel(ImageModel):
    """A model that is called with images at a layer after its inputs."""

    def __init__(self, model: ImageModel, entrance: Entrance):
        vars(self).update(vars(model))
        self._outer = model
        self.entrance = entrance
        shape = entrance.indices.shape[1:]
        self.signal = len(shape) == 2
        self.channels_first = entrance.channels_first
        if self.channels_first:
            shape = (*shape[1:], shape[0])
        self.image_shape = (1, *shape) if self.signal else shape
        self.shape = self.image_shape

    @property
    def choices(self) -> dict[str, Any]:
        return {**super().choices, "raw": self.entrance.raw}

    def beside(self, others: Mapping[Hashable, tf.Tensor]) -> "EnteredModel":
        other = copy.copy(self)
        other._outer = self._outer.beside(others)
        return other

    def from_inputs(self, images: Array) -> Array:
        if self.entrance.scaled:
            return self.as_images(self._entering_of(images))
        indices = self.entrance.indices
        flat = images.reshape(len(images), -1)
        if not np.array_equal(indices.ravel(), np.arange(flat.shape[1])):
            flat = flat[:, indices]  # copies, .4 s for 250 MiB
        return self.as_images(flat.reshape(-1, *indices.shape[1:]))

    def _entering_of(self, images: Array) -> Array:
        """Returns the values that enter when the model runs on its inputs."""
        ((layer, index),) = self.entrance.calls

        @tf.function(autograph=False, reduce_retracing=True)
        def enter(images: tf.Tensor) -> tf.Tensor:
            return run_until(
                self._outer, images, layer, index, lambda x, *_, **__: x
            )

        parts = np.array_split(images, -(-len(images) // _BATCH))
        return np.concatenate(
            [enter(tf.constant(part, tf.float32)).numpy() for part in parts]
        )

    def __call__(self, images: tf.Tensor, training: bool = False) -> Any:
        """Runs the model on zeros, and from the entrance on the images."""
        count = 1
        if self.entrance.count == 1:
            count = images.shape[0] or tf.shape(images)[0]
        zeros = tf.zeros((count, *self.entrance.raw))
        entering = self.as_inputs(images)
        layers = dict.fromkeys(layer for layer, _ in self.entrance.calls)
        actions = [
            Action(layer, name, self._entering(layer, name, zeros, entering))
            for layer in layers
            for name in call_names(layer)
        ]
        outputs = divert(actions, lambda: self._outer(zeros, training))
        self.other_inputs = self._outer.other_inputs
        return outputs

    def _entering(
        self,
        layer: keras.layers.Layer,
        name: str,
        zeros: tf.Tensor,
        entering: tf.Tensor,
    ) -> Method:
        """Returns the method to call in place of a layer's own."""
        call = present_method(layer, name)
        indices = [i for one, i in self.entrance.calls if one is layer]
        count = 0

        def enter(*args: Any, **kwargs: Any) -> Any:
            nonlocal count
            count += 1
            if count - 1 not in indices:
                return call(*args, **kwargs)
            if self.entrance.outputs:
                return scaled_like(call(*args, **kwargs), zeros, entering)
            first, *rest = args
            if self.entrance.scaled:
                return call(tf.cast(entering, first.dtype), *rest, **kwargs)
            return call(scaled_like(first, zeros, entering), *rest, **kwargs)

        return enter


def scaled_like(
    value: tf.Tensor, source: tf.Tensor, images: tf.Tensor
) -> tf.Tensor:
    """Scales and shifts images as `source` was, to compute `value`."""
    for operation, index in reversed(way(value, source)):
        if operation.type == "Cast":
            wanted = operation.outputs[0].dtype
            images = tf.cast(images, wanted) if wanted.is_floating else images
        elif is_scaling(operation):
            given = [
                images if i == index else tf.reshape(other, ())
                for i, other in enumerate(operation.inputs)
            ]
            copied = operation.graph.create_op(
                operation.type,
                given,
                [output.dtype for output in operation.outputs],
                attrs=dict(operation.node_def.attr),
            )
            images = copied.outputs[0]
    return images


def is_scaling(operation: tf.Operation) -> bool:
    """Returns whether an operation is elementwise and changes values."""
    kept = ("Identity", "IdentityN", "PlaceholderWithDefault", "Snapshot")
    return operation.type in POINTWISE and operation.type not in kept


def way(value: tf.Tensor, source: tf.Tensor) -> list[tuple[tf.Operation, int]]:
    """Returns the operations between two tensors, the last first.

    With each comes the index of its input that comes from the source.
    """
    seen: set[int] = set()

    def search(tensor: tf.Tensor) -> list[tuple[tf.Operation, int]] | None:
        if tensor is source:
            return []
        if id(tensor) in seen:
            return None
        seen.add(id(tensor))
        for index, given in enumerate(tensor.op.inputs):
            before = search(given)
            if before is not None:
                return [(tensor.op, index), *before]
        return None

    return search(value) or []
