"""Reads receptive fields from the graph of operations.

Computes the size, stride and offset of a unit's field for each tensor that
depends on the image, as in Araujo et al., "Computing Receptive Fields of
Convolutional Neural Networks" (Distill, 2019). They depend on the structure of
the network, not on its weights.
"""

import copy

import tensorflow as tf

from tb_actmax.compatibility import function_body
from tb_actmax.network.receptive_field.field import Field
from tb_actmax.network.receptive_field.frame_axis import only_moves_frame
from tb_actmax.network.receptive_field.operations import through

# Operations whose output depends on the image's shape only.
_ABOUT_SHAPES = frozenset("Rank Shape ShapeN Size".split())


class FieldReader:
    """Reads the receptive fields of tensors that depend on one image.

    A volume is an image, too. If `framed`, the network runs on videos of one
    frame, the image.
    """

    def __init__(self, image: tf.Tensor, framed: bool = False):
        # `None` for tensors that do not depend on the image.
        self._fields: dict[int, Field | None] = {}
        self._kept: list[tf.Tensor] = []  # so that no id is reused
        self.restart(image)
        self._signal = image.shape[1] == 1
        self._framed = framed

    def __call__(self, tensor: tf.Tensor) -> Field | None:
        """Returns a tensor's field; `None` if independent of the image."""
        # Iterative: the paths of deep networks are longer than Python's stack.
        stack = [tensor]
        while stack:
            top = stack[-1]
            if id(top) in self._fields:
                stack.pop()
                continue
            inputs = []
            if top.op.type not in _ABOUT_SHAPES:
                inputs = list(top.op.inputs)
            waiting = [t for t in inputs if id(t) not in self._fields]
            if waiting:
                stack.extend(waiting)
                continue
            seen = [
                (t, field)
                for t in inputs
                if (field := self._fields[id(t)]) is not None
            ]
            self._fields[id(top)] = self._of(top, seen) if seen else None
            self._kept.append(top)
            stack.pop()
        return self._fields[id(tensor)]

    def restart(self, tensor: tf.Tensor) -> None:
        """Treats a tensor as the image for tensors computed from it."""
        one = (1,) * (tensor.shape.rank - 2)
        self._fields[id(tensor)] = Field(one, one, (0,) * len(one), align=one)
        self._kept.append(tensor)

    def _of(
        self, output: tf.Tensor, seen: list[tuple[tf.Tensor, Field]]
    ) -> Field | None:
        source, field = seen[0]
        if self._signal and _same_row(output, source, field.channels_first):
            return field
        if self._framed and only_moves_frame(output, source):
            return field
        if output.op.type in ("PartitionedCall", "StatefulPartitionedCall"):
            found = self._inside(output, dict((id(t), f) for t, f in seen))
            if found is not None:
                return found
        return through(output, seen)

    def _inside(
        self, output: tf.Tensor, seen: dict[int, Field]
    ) -> Field | None:
        """Reads a called function: Keras compiles grouped convolutions."""
        operation = output.op
        name = operation.get_attr("f").name
        body = function_body(operation.graph, name)
        if body is None:
            return None
        reader = copy.copy(self)
        reader._kept = list(body.inputs)
        reader._fields = {
            id(inner): seen.get(id(outer))
            for inner, outer in zip(body.inputs, operation.inputs, strict=True)
        }
        return reader(body.outputs[output.value_index])


def _same_row(output: tf.Tensor, source: tf.Tensor, first: bool) -> bool:
    """Returns whether a signal only loses or gains its axis of height 1."""
    if output.op.type not in ("ExpandDims", "Squeeze", "StridedSlice"):
        return False
    shapes = sorted((output.shape.as_list(), source.shape.as_list()), key=len)
    short, long = shapes
    place = 2 if first else 1
    row = [*short[:place], 1, *short[place:]]
    return len(long) == 4 and row == long
