"""Detects whether the values of variables have changed."""

import hashlib
from collections.abc import Sequence

import tensorflow as tf

from tb_actmax.compatibility import variable_dtype
from tb_actmax.objectives import Objective

_REMEMBERED = 32  # weights, of each layer


class Digests:
    """Digests of the current values of variables; reads each variable once."""

    def __init__(self) -> None:
        self._known: dict[int, bytes] = {}

    def of(self, variables: Sequence[tf.Tensor] | None) -> bytes | None:
        """Returns a digest of all bits of variables; `None` if unknown."""
        if variables is None:
            return None
        found = hashlib.sha256()
        for handle in variables:
            if id(handle) not in self._known:
                self._known[id(handle)] = _digest(handle)
            found.update(self._known[id(handle)])
        return found.digest()


class Made:
    """Remembers the weights with which the images of a layer were made."""

    def __init__(self, objectives: Sequence[Objective]):
        self._all = frozenset(objectives)
        # The step of the last event and the objectives with an image, by
        # digest.
        self._made: dict[bytes, tuple[int, frozenset[Objective]]] = {}
        self.last: bytes | None = None  # digest of the last images' weights
        self.shown: list[Objective] = []  # in the last event
        self.step: int | None = None  # of the last event
        self.repeated: int | None = None  # step of the images it repeats

    def due(self, digest: bytes | None) -> frozenset[Objective]:
        """Returns the objectives without an image for some weights."""
        if digest is None or digest not in self._made:
            return self._all
        return self._all - self._made[digest][1]

    def since(self, digest: bytes | None) -> int | None:
        """Returns the step of the images for some weights, if there are any."""
        if digest is None or self.due(digest):
            return None
        return self._made[digest][0]

    def repeat(self, digest: bytes | None, step: int, since: int) -> None:
        """Records an event that repeats the images of the step `since`."""
        self.repeated = since
        self.last, self.step, self.shown = digest, step, list(self._all)

    def note(
        self, digest: bytes | None, step: int, shown: Sequence[Objective]
    ) -> None:
        """Records an event with images."""
        self.last, self.step, self.shown = digest, step, list(shown)
        self.repeated = None
        if digest is None:
            return
        _, before = self._made.pop(digest, (step, frozenset()))
        made = before | frozenset(shown)
        self._made[digest] = step, self._all if made == self._all else made
        if len(self._made) > _REMEMBERED:
            del self._made[next(iter(self._made))]


def _digest(handle: tf.Tensor) -> bytes:
    value = tf.raw_ops.ReadVariableOp(
        resource=handle, dtype=variable_dtype(handle)
    ).numpy()
    found = hashlib.sha256()
    found.update(repr(value.shape).encode())
    found.update(memoryview(value.reshape(-1)).cast("B"))
    return found.digest()
