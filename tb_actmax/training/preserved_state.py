"""Looks at a model and leaves no trace in it, nor in any random stream.

What runs at a look is the user's own code: layers that draw random numbers
or count their calls whatever `training` says, generators that augment the
probe. The training must go on as if none of that had happened.
"""

import contextlib
import random
from collections.abc import Iterator
from typing import Any

import keras
import numpy as np

from tb_actmax import compatibility

_MADE: list[Any] = []  # by looks: one for each trace at most


@contextlib.contextmanager
def undisturbed(model: keras.Model) -> Iterator[None]:
    """Puts random streams and the state of layers back as they were.

    Args:
        model: The model. Of its variables those are put back that layers
            change by themselves: moving statistics, counters, states of
            random streams. Weights are changed by none but an optimizer.
    """
    python, numpy = random.getstate(), np.random.get_state()
    tensorflow = compatibility.eager_seed_stream()
    if tensorflow is not None:
        drawn = tensorflow.getstate()
        # Another one for the look: each seed that TensorFlow has drawn stands
        # for an operation that goes on where it was when that seed comes again.
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
            _forget_keras_stream()
        for variable, before in state:
            if not np.array_equal(_read(variable), before, equal_nan=True):
                variable.assign(before)


def layer_state(model: keras.Model) -> list[Any]:
    """Variables of a model that its layers change, not an optimizer.

    Moving statistics and counters, in the order of the layers.
    """
    found: dict[int, Any] = {}
    for layer in compatibility.flatten_layers(model, include_self=True):
        own = compatibility.own_state(layer)
        found.update((id(variable), variable) for variable in own)
    return list(found.values())


def _state(model: keras.Model) -> list[Any]:
    """Variables that layers change by themselves, random streams included."""
    found = {id(variable): variable for variable in layer_state(model)}
    for layer in compatibility.flatten_layers(model, include_self=True):
        for generator in compatibility.seed_generators(layer):
            found[id(generator.state)] = generator.state
    shared = compatibility.shared_seed_generator()
    if shared is not None:
        found[id(shared.state)] = shared.state
    return list(found.values())


def _forget_keras_stream() -> None:
    """Leaves it to the training to make the one that a look has made."""
    made = compatibility.shared_seed_generator()
    if made is not None:
        _MADE.append(made)  # what was traced with it goes on with it
        compatibility.forget_shared_seed_generator()


def _read(variable: Any) -> Any:
    return np.array(variable.value.numpy())
