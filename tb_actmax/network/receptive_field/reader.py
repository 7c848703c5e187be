"""Receptive fields, read off the graph of operations.

For each tensor on the way from the image the size, the stride and the offset
of what one unit sees are computed, as in Araujo et al., "Computing Receptive
Fields of Convolutional Neural Networks" (Distill, 2019). Only the structure
counts, not the weights, so the answer is the same before and after training.
"""

import copy

import tensorflow as tf

from tb_actmax.compatibility import function_body
from tb_actmax.network.receptive_field.field import Field
from tb_actmax.network.receptive_field.operations import through

# Operations whose output says nothing of the image's content.
_ABOUT_SHAPES = frozenset("Rank Shape ShapeN Size".split())


class FieldReader:
    """Reads the receptive fields of tensors that depend on one image.

    Args:
        image: Symbolic image (batch, rows, columns, channels), or volume
            (batch, slices, rows, columns, channels).
    """

    def __init__(self, image: tf.Tensor):
        # `None` stands for what does not depend on the image.
        one = (1,) * (image.shape.rank - 2)
        pixel = Field(one, one, (0,) * len(one), align=one)
        self._fields: dict[int, Field | None] = {id(image): pixel}
        self._signal = image.shape[1] == 1
        self._kept: list[tf.Tensor] = [image]  # else an id may come again

    def __call__(self, tensor: tf.Tensor) -> Field | None:
        """The field of a tensor's units; `None` if it ignores the image."""
        # Iterative: deep networks have more operations than Python's stack.
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

    def _of(
        self, output: tf.Tensor, seen: list[tuple[tf.Tensor, Field]]
    ) -> Field | None:
        source, field = seen[0]
        if self._signal and _same_row(output, source, field.first):
            return field
        if output.op.type in ("PartitionedCall", "StatefulPartitionedCall"):
            found = self._inside(output, dict((id(t), f) for t, f in seen))
            if found is not None:
                return found
        return through(output, seen)

    def _inside(
        self, output: tf.Tensor, seen: dict[int, Field]
    ) -> Field | None:
        """What a function sees: Keras compiles grouped convolutions."""
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
    """Whether a signal only loses or gets its height of 1."""
    if output.op.type not in ("ExpandDims", "Squeeze", "StridedSlice"):
        return False
    shapes = sorted((output.shape.as_list(), source.shape.as_list()), key=len)
    short, long = shapes
    place = 2 if first else 1
    row = [*short[:place], 1, *short[place:]]
    return len(long) == 4 and row == long
