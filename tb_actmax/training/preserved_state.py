"""Restores the state of a training that running its layers changes.

An update runs the user's own code: layers that draw random numbers or count
their calls whatever `training` says, and generators that augment the probe.
The training must continue as if none of it had run.
"""

import contextlib
import random
from collections.abc import Iterator
from typing import Any

import keras
import numpy as np
import numpy.typing as npt

from tb_actmax import compatibility

# Seed generators that updates created. Functions traced with one keep using
# it, so it must outlive them; there is at most one for each trace.
_CREATED: list[Any] = []


@contextlib.contextmanager
def preserved_state(model: keras.Model) -> Iterator[None]:
    """Restores random streams and the state of layers on exit.

    Covers the random streams of Python, NumPy, TensorFlow and Keras, and the
    variables that layers update outside the optimizer: moving statistics,
    counters, states of seed generators. Weights are left alone, since only an
    optimizer changes them.

    Args:
        model: The model.
    """
    python, numpy = random.getstate(), np.random.get_state()
    tensorflow = compatibility.eager_seed_stream()
    if tensorflow is not None:
        drawn = tensorflow.getstate()
        # TensorFlow caches an operation by its seed, and the cached operation
        # continues its own stream. Updates draw other seeds than the training,
        # so they never advance an operation of the training.
        tensorflow.seed(tensorflow.getrandbits(64))
    shared = compatibility.shared_seed_generator()
    state = [(variable, _read(variable)) for variable in _state(model)]
    try:
        yield
    finally:
        random.setstate(python)
        np.random.set_state(numpy)
        if tensorflow is not None:
            tensorflow.setstate(drawn)
        if shared is None:
            _forget_shared_generator()
        for variable, before in state:
            if not np.array_equal(_read(variable), before, equal_nan=True):
                variable.assign(before)


def _state(model: keras.Model) -> list[keras.Variable]:
    """Returns the variables that layers update outside the optimizer."""
    found: dict[int, keras.Variable] = {}
    for layer in compatibility.flatten_layers(model, include_self=True):
        for variable in compatibility.own_state(layer):
            found[id(variable)] = variable
        for generator in compatibility.seed_generators(layer):
            found[id(generator.state)] = generator.state
    shared = compatibility.shared_seed_generator()
    if shared is not None:
        found[id(shared.state)] = shared.state
    return list(found.values())


def _forget_shared_generator() -> None:
    """Discards the seed generator of an update: the training creates its own."""
    created = compatibility.shared_seed_generator()
    if created is not None:
        _CREATED.append(created)
        compatibility.forget_shared_seed_generator()


def _read(variable: keras.Variable) -> npt.NDArray[Any]:
    return np.array(variable.value.numpy())
