"""Finds the calls of layers that make or read a tensor."""

from collections.abc import Iterable, Iterator

import keras
import tensorflow as tf

from tb_actmax.network.receptive_field.frame_axis import only_moves_frame
from tb_actmax.network.recorded_calls import Call

PASSING = ("Identity", "Cast", "IdentityN")  # operations that keep values


def is_symbolic(value: object) -> bool:
    """Returns whether a value is a tensor of a graph, not a constant."""
    return tf.is_tensor(value) and hasattr(value, "graph")


class CallGraph:
    """The calls of a model's layers, by the tensors that they make and read.

    A network of hundreds of layers is searched once, not for each of them.

    Args:
        calls: The calls, in the order in which they ended.

    Attributes:
        calls: The same.
    """

    def __init__(self, calls: Iterable[Call]):
        self.calls = list(calls)
        self._making: dict[int, list[Call]] = {}
        self._reading: dict[int, list[Call]] = {}
        for call in self.calls:
            self._making.setdefault(id(call.output), []).append(call)
            if tf.is_tensor(call.inputs) and not isinstance(
                call.layer, keras.layers.TimeDistributed
            ):
                for tensor in _equal_before(call.inputs):
                    self._reading.setdefault(id(tensor), []).append(call)

    def making(self, tensor: tf.Tensor) -> list[Call]:
        """Returns the calls that return a tensor."""
        return self._making.get(id(tensor), [])

    def reading(self, tensor: tf.Tensor) -> list[Call]:
        """Returns the calls of layers whose input has a tensor's values."""
        return self._reading.get(id(tensor), [])


def _equal_before(tensor: tf.Tensor) -> Iterator[tf.Tensor]:
    """Yields a tensor and those before it that hold the same values."""
    yield tensor
    while is_symbolic(tensor) and tensor.op.inputs:
        source = tensor.op.inputs[0]
        passing = tensor.op.type in PASSING and len(tensor.op.inputs) == 1
        if not passing and not only_moves_frame(tensor, source):
            return
        tensor = source
        yield tensor
