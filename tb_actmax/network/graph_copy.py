"""Copies the operations of a run of a model to another graph."""

from collections.abc import Mapping
from typing import Any, TypeVar

import tensorflow as tf

from tb_actmax.compatibility import GRADIENT_ATTRIBUTE, captured
from tb_actmax.network.copied_run import CopiedRun, KeptGradients, remember
from tb_actmax.network.gradients import swish
from tb_actmax.network.gradients.overrides import overridden
from tb_actmax.network.operations_between import operations_between

Values = TypeVar("Values")


def tensors_of(values: Any) -> list[tf.Tensor]:
    """Returns the tensors in a structure."""
    return [one for one in tf.nest.flatten(values) if tf.is_tensor(one)]


def copied(
    traced: tf.Tensor,
    images: tf.Tensor,
    values: Values,
    gradients: KeptGradients | None = None,
    constants: Mapping[tf.Operation, object] | None = None,
) -> Values:
    """Copies the operations between images and tensors to the present graph.

    Args:
        traced: Images in the graph of the tensors.
        images: Images in the present graph.
        values: A structure with the tensors.
        gradients: Gradients through the run; `None` if none will be taken.
        constants: New values of constants.

    Returns:
        The structure, with the copies of the tensors.

    Raises:
        ValueError: If operations refer to others by their names, or do not fit
            the images. Also an `OpError`.
    """
    here, graph = tf.compat.v1.get_default_graph(), traced.graph
    tensors = tensors_of(values)
    operations = operations_between(traced, tensors)
    read = {id(one) for operation in operations for one in operation.inputs}
    given = {traced.name: images} if id(traced) in read else {}
    captures = [
        (inner, outer)
        for inner, outer in zip(
            graph.internal_captures, graph.external_captures, strict=True
        )
        if inner.op in operations
    ]
    outside = captured(here, [outer for _, outer in captures])
    for (inner, _), one in zip(captures, outside, strict=True):
        operations.remove(inner.op)
        given[inner.name] = one
    definition = tf.compat.v1.GraphDef(versions=here.graph_def_versions)
    # In the order of the graph, from which features of images are chosen.
    for operation in graph.get_operations():
        if operation not in operations:
            continue
        node = definition.node.add()
        node.CopyFrom(operation.node_def)
        # None of them has an effect, so their order does not matter.
        data = [name for name in node.input if not name.startswith("^")]
        del node.input[:]
        node.input.extend(data)
        if swish.is_swish(operation):
            node.attr[GRADIENT_ATTRIBUTE].s = swish.GRADIENT.encode()
        if constants and operation in constants:
            (output,) = operation.outputs
            value = tf.make_tensor_proto(constants[operation], output.dtype)
            node.attr["value"].tensor.CopyFrom(value)
    inside = [one for one in tensors if one is not traced]
    found: list[tf.Tensor] = tf.graph_util.import_graph_def(
        overridden(definition),
        input_map=given,
        return_elements=[one.name for one in inside],
        name="actmax",
    )
    if inside and gradients is not None:
        scope = found[0].name.removesuffix(inside[0].name)
        names = {one.name for one in operations}
        remember(CopiedRun(images, scope, names, gradients), images.graph)
    copies = dict(zip(map(id, inside), found, strict=True))
    copies[id(traced)] = images

    def copy(value: Any) -> Any:
        return copies[id(value)] if tf.is_tensor(value) else value

    result: Values = tf.nest.map_structure(copy, values)
    return result
