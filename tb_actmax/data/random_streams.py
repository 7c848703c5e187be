"""Keeps the reading of a probe from advancing the training's random streams.

A dataset may draw its batches at random, and the training may read the same
dataset. The numbers drawn for a sample must be drawn again by the training.
"""

import gc
import random
import types
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import keras
import numpy as np
import tensorflow as tf

from tb_actmax.compatibility import (
    SEED_GENERATOR,
    operation_seeds,
    thread_state,
)

_MOST = 20_000  # objects that are searched
_LIBRARIES = frozenset(
    "builtins collections keras numpy tensorflow threading typing".split()
)
_LEAVES = (types.ModuleType, str, bytes, int, float, np.ndarray, tf.Tensor)


class _Stream(NamedTuple):
    """How the state of a random stream is read and set."""

    get: Callable[[], Any]
    set: Callable[[Any], object]
    first: Any = None


class RandomStreams:
    """A context in which a dataset draws from copies of its random streams.

    Inside, drawing continues where the last such context ended. Afterwards all
    streams have their previous states. Streams are searched in the objects that
    the dataset holds and that its functions use.
    """

    def __init__(self, dataset: object):
        self._streams = [*_global_streams(), *_streams_of(dataset)]
        self._inside: list[object] | None = None
        self._outside: list[object] = []

    def __enter__(self) -> None:
        self._outside = self._states()
        if self._inside is None:
            self._inside = [
                state if stream.first is None else stream.first
                for stream, state in zip(
                    self._streams, self._outside, strict=True
                )
            ]
        try:
            self._set(self._inside)
        except BaseException:  # Ctrl-C: there will be no `__exit__`
            self._set(self._outside)
            raise

    def __exit__(self, *error: object) -> None:
        try:
            self._inside = self._states()
        finally:
            self._set(self._outside)

    def _states(self) -> list[object]:
        return [stream.get() for stream in self._streams]

    def _set(self, states: Iterable[object]) -> None:
        for stream, state in zip(self._streams, states, strict=True):
            stream.set(state)


def _global_streams() -> list[_Stream]:
    """Returns the streams of Python, NumPy, TensorFlow and Keras."""
    found = [
        _Stream(random.getstate, random.setstate),
        _Stream(np.random.get_state, np.random.set_state),
    ]
    seeds = operation_seeds()
    if seeds is not None:
        # TensorFlow keeps an operation for each seed, which continues where it
        # was, so other seeds are drawn here.
        first = random.Random("tb_actmax").getstate()
        found.append(_Stream(seeds.getstate, seeds.setstate, first))
    own = _as_stream(getattr(thread_state(), SEED_GENERATOR, None))
    return found if own is None else [*found, own]


def _as_stream(value: Any) -> _Stream | None:
    """Returns an object as a stream, if it is one."""
    if isinstance(value, np.random.Generator):
        value = value.bit_generator
    if isinstance(value, np.random.BitGenerator):
        return _Stream(
            lambda: value.state, lambda state: setattr(value, "state", state)
        )
    if isinstance(value, np.random.RandomState):
        return _Stream(value.get_state, value.set_state)
    if isinstance(value, random.Random):
        return _Stream(value.getstate, value.setstate)
    if isinstance(value, keras.random.SeedGenerator | tf.random.Generator):
        state = value.state
        return _Stream(lambda: tf.convert_to_tensor(state), state.assign)
    return None


def _streams_of(root: object) -> list[_Stream]:
    """Returns the streams that an object holds or its functions use."""
    found: list[_Stream] = []
    waiting, seen = [root], {id(root): root}
    while waiting and len(seen) < _MOST:
        value = waiting.pop(0)
        stream = _as_stream(value)
        if stream is not None:
            found.append(stream)
            continue
        for inner in _inside(value):
            if id(inner) not in seen and not isinstance(inner, _LEAVES):
                seen[id(inner)] = inner
                waiting.append(inner)
    return found


def _inside(value: object) -> Iterable[object]:
    """Returns the objects that an object refers to, or that a function uses."""
    if isinstance(value, types.FunctionType):
        return _used(value)
    if isinstance(value, type):
        if value.__module__.partition(".")[0] in _LIBRARIES:
            return ()
        return (*vars(value).values(), *value.__bases__)
    return gc.get_referents(value)


def _used(function: types.FunctionType) -> list[object]:
    used: list[object] = list(function.__defaults__ or ())
    for cell in function.__closure__ or ():
        try:
            used.append(cell.cell_contents)
        except ValueError:  # not assigned yet
            continue
    names: set[str] = set()
    code = [function.__code__]
    while code:
        one = code.pop()
        names.update(one.co_names)
        code += [c for c in one.co_consts if isinstance(c, types.CodeType)]
    values = function.__globals__
    return used + [values[name] for name in names if name in values]
