"""Replaces TensorFlow's gradients of some operations of the network.

Closed ReLUs can leak a share of the gradient, because a filter whose inputs are
all closed has no gradient. With a leak in the first quarter of the steps, no
image of 207 filters stays below zero; without it, 4 do. Classes of large images
leak in all steps.

The ReLUs of a recurrent layer stand in the body of a loop, a graph of its own.

See `convolutions` for the gradients of convolutions, and `operands` for those
of sums and products with weights.
"""

import contextlib
import contextvars
from collections.abc import Callable, Iterator
from typing import NamedTuple

import tensorflow as tf

from tb_actmax.compatibility import (
    GRADIENT_ATTRIBUTE,
    called_functions,
    give_gradient,
    registered_gradient,
)
from tb_actmax.network.gradients import convolutions, dependence, operands

RELUS = ("Relu", "Relu6")
_WITH_BRANCHES = ("While", "StatelessWhile", "If", "StatelessIf")
# Names of the gradients, by kind of operation.
_OVERRIDES = {
    kind: f"Actmax{kind}"
    for kind in (
        *RELUS,
        *_WITH_BRANCHES,
        *convolutions.KINDS,
        *operands.KINDS,
    )
}


class _Leak(NamedTuple):
    """The leak of all closed ReLUs of a graph.

    Attributes:
        share: Share of the gradient that they leak, a scalar.
        rest: The rest of the gradient, 1 - share.
        any: Whether the share is above 0.
    """

    share: tf.Tensor
    rest: tf.Tensor
    any: tf.Tensor


_leak: contextvars.ContextVar[_Leak | None]
_leak = contextvars.ContextVar("leak", default=None)


def _relu(
    tight: Callable[[tf.Tensor, tf.Tensor], tf.Tensor],
) -> Callable[[tf.Operation, tf.Tensor], tf.Tensor]:
    """Makes the gradient of a kind of ReLU, which can leak.

    Args:
        tight: Its gradient without a leak, a function of the upstream gradient
            and of its outputs.
    """

    def gradient(operation: tf.Operation, upstream: tf.Tensor) -> tf.Tensor:
        output, leak = operation.outputs[0], _leak.get()
        if leak is None:
            return tight(upstream, output)
        # `tf.cond` would do the same, but calling its functions takes a tenth
        # of the time of a small network's step.
        dry, wet = tf.raw_ops.Switch(data=upstream, pred=leak.any)
        share, rest = (tf.cast(one, upstream.dtype) for one in leak[:2])
        leaky = rest * tight(wet, output) + share * wet
        return tf.raw_ops.Merge(inputs=[tight(dry, output), leaky]).output

    return gradient


@tf.RegisterGradient("ActmaxRelu")
@_relu
def _relu_grad(upstream: tf.Tensor, output: tf.Tensor) -> tf.Tensor:
    return tf.raw_ops.ReluGrad(gradients=upstream, features=output)


@tf.RegisterGradient("ActmaxRelu6")
@_relu
def _relu6_grad(upstream: tf.Tensor, output: tf.Tensor) -> tf.Tensor:
    return tf.raw_ops.Relu6Grad(gradients=upstream, features=output)


def _with_leaks(
    kind: str,
) -> Callable[..., list[tf.Tensor | None]]:
    """Makes the gradient of a loop or condition, whose own ReLUs leak, too.

    Those of a condition within a loop do not: TensorFlow cannot hand the share
    on to their graph.
    """

    def gradient(
        operation: tf.Operation, *upstream: tf.Tensor
    ) -> list[tf.Tensor | None]:
        for graph in called_functions(operation):
            for inner in graph.get_operations() if graph is not None else ():
                if inner.type in RELUS:
                    give_gradient(inner, _OVERRIDES[inner.type])
        return registered_gradient(kind)(operation, *upstream)

    return gradient


for _kind in _WITH_BRANCHES:
    tf.RegisterGradient(_OVERRIDES[_kind])(_with_leaks(_kind))


@contextlib.contextmanager
def gradients(
    images: tf.Tensor, leak: tf.Tensor | None = None
) -> Iterator[None]:
    """Gives these gradients to operations that are built in its body.

    The gradients must be taken in the body, too.

    Args:
        images: The symbolic tensor with respect to which gradients are taken.
            Gradients with respect to tensors that do not depend on it are left
            out.
        leak: Share of the gradient that closed ReLUs leak, a scalar.
    """
    graph = images.graph
    dependence.follow(images)
    shared = None if leak is None else _Leak(leak, 1 - leak, leak > 0)
    token = _leak.set(shared)
    try:
        with graph.gradient_override_map(_OVERRIDES):
            yield
    finally:
        _leak.reset(token)


def leak_of(graph: tf.Graph) -> tuple[tf.Tensor, ...] | None:
    """Returns the tensors that gradients of a graph's ReLUs read.

    `None` if closed ReLUs do not leak there.
    """
    leak = _leak.get()
    return leak if leak is not None and leak.share.graph is graph else None


def overridden(definition: tf.compat.v1.GraphDef) -> tf.compat.v1.GraphDef:
    """Gives these gradients to the operations of a graph definition.

    Args:
        definition: The definition, which is changed.

    Returns:
        The definition.
    """
    for node in definition.node:
        if node.op in _OVERRIDES and GRADIENT_ATTRIBUTE not in node.attr:
            node.attr[GRADIENT_ATTRIBUTE].s = _OVERRIDES[node.op].encode()
    return definition
