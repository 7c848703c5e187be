"""Changes gradients at tensors that they pass.

TensorFlow adds up the gradients that reach an output of an operation before it
asks for those of the inputs. A hook takes the place of the operation's own
gradient, and changes the sum first. One backward pass therefore suffices,
however the paths between several such tensors branch.
"""

import contextlib
import contextvars
import functools
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias

import tensorflow as tf

from tb_actmax.compatibility import (
    give_gradient,
    given_gradient,
    registered_gradient,
)

_Change: TypeAlias = Callable[[tf.Tensor], tf.Tensor]
# A tensor, and what returns the gradient to pass on for that at the tensor.
Hook: TypeAlias = tuple[tf.Tensor, _Change]

_NAME = "ActmaxHooked"


class _Hooked(NamedTuple):
    """An operation whose gradient has hooks.

    Attributes:
        given: The gradient that it was given, `None` for that of its kind.
        own: That gradient.
        hooks: The hook of each output that has one, by its index.
    """

    given: str | None
    own: Callable[..., Any]
    hooks: dict[int, _Change]


_hooked: contextvars.ContextVar[Mapping[tf.Operation, _Hooked]]
_hooked = contextvars.ContextVar("hooked")


@tf.RegisterGradient(_NAME)
def _gradient(operation: tf.Operation, *upstream: tf.Tensor) -> Any:
    found = _hooked.get()[operation]
    changed = list(upstream)
    for index, hook in found.hooks.items():
        changed[index] = hook(tf.convert_to_tensor(upstream[index]))
    return found.own(operation, *changed)


@contextlib.contextmanager
def hooked(hooks: Sequence[Hook]) -> Iterator[Mapping[str, tf.Tensor]]:
    """Changes gradients that are taken in its body.

    Args:
        hooks: The tensors and their hooks. Operations that have no gradient
            call none.

    Yields:
        What each hook returned last, by the name of its tensor.
    """
    found: dict[tf.Operation, _Hooked] = {}
    returned: dict[str, tf.Tensor] = {}

    def recorded(name: str, hook: _Change, gradient: tf.Tensor) -> tf.Tensor:
        returned[name] = hook(gradient)
        return returned[name]

    token = _hooked.set(found)
    try:
        for tensor, hook in hooks:
            operation = tensor.op
            if operation not in found:
                given = given_gradient(operation)
                own = _registered(given or operation.type)
                if own is None:
                    continue
                found[operation] = _Hooked(given, own, {})
                give_gradient(operation, _NAME)
            change = functools.partial(recorded, tensor.name, hook)
            found[operation].hooks[tensor.value_index] = change
        yield returned
    finally:
        for operation, one in found.items():
            give_gradient(operation, one.given)
        _hooked.reset(token)


def _registered(kind: str) -> Callable[..., Any] | None:
    """Returns the gradient of a kind of operation; `None` if it has none."""
    try:
        return registered_gradient(kind)
    except LookupError:
        return None
