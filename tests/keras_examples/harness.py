"""Trains an example without and with the callback, and checks the log."""

import contextlib
import dataclasses
import logging
import random
import re
from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from keras_examples.layer_check import layer_faults
from keras_examples.logged_events import missing_layers, read_events

import tb_actmax

_FILTERS = 3  # filters of each layer that are maximized
_STEPS, _WARM_STEPS = 16, 4  # of an ascent; half of the defaults


@dataclasses.dataclass
class Example:
    """An official code example, made small.

    Attributes:
        build: Makes the compiled model.
        fit: Trains `fit(model, callbacks)`, and returns the history.
        inputs: Inputs (n, ...) of the network that is maximized.
        layers: Expressions that each match the whole path of a layer that a
            user of the example wants to see.
        probe: Makes the probe that the user passes; `inputs` where `None`.
        run: Runs the network `run(model, inputs)`; the model where `None`.
        run_by_part: The same for layers whose path starts with a name.
        options: Further arguments of the callback.
        allowed: Expressions of warnings that are expected.
        unscored: An expression of layers whose scores cannot be compared:
            they need other inputs than `run` passes, or statistics of a whole
            input reach them, which a part of it does not have.
    """

    build: Callable[[], keras.Model]
    fit: Callable[[keras.Model, list[Any]], Any]
    inputs: np.ndarray
    layers: Sequence[str]
    probe: Callable[[], Any] | None = None
    run: Callable[[keras.Model, Any], Any] | None = None
    run_by_part: dict[str, Callable[[keras.Model, Any], Any]] = (
        dataclasses.field(default_factory=dict)
    )
    options: dict[str, Any] = dataclasses.field(default_factory=dict)
    allowed: Sequence[str] = ()
    unscored: str = "$^"

    def network(self, path: str) -> Callable[[keras.Model, Any], Any]:
        """Returns how to run the network that holds a layer."""
        part = path.partition("/")[0]
        if part in self.run_by_part:
            return self.run_by_part[part]
        return self.run or (lambda model, x: model(x, training=False))


def classifier(model: keras.Model) -> keras.Model:
    """Compiles a model as the examples of classifiers do."""
    model.compile(
        optimizer=keras.optimizers.AdamW(learning_rate=1e-3),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
    )
    return model


def check(example: Example, log_dir: Any) -> None:
    """Trains an example twice and asserts that nothing is wrong.

    Args:
        example: The example.
        log_dir: An empty directory.

    Raises:
        AssertionError: With all faults, one a line.
    """
    log_dir = str(log_dir)
    plain = _train(example, lambda probe: [])

    def callbacks(probe):
        return [
            tb_actmax.ActivationMaximization(
                log_dir,
                probe=probe,
                filters=_FILTERS,
                steps=_STEPS,
                warm_steps=_WARM_STEPS,
                **{"budget": None, "layers": "all", **example.options},
            )
        ]

    with _log_lines() as lines:
        try:
            watched = _train(example, callbacks)
        except Exception as error:
            kind = type(error).__name__
            raise AssertionError(f"fit ended: {kind}: {error}") from error
    faults = [
        line
        for line in lines
        if not any(re.search(one, line) for one in example.allowed)
    ]
    faults += _differences(example, plain, watched)
    events = read_events(log_dir)
    faults += missing_layers(example, events)
    for path, snapshots in events.items():
        try:
            found = layer_faults(example, watched.model, path, snapshots)
        except Exception as error:
            kind = type(error).__name__
            found = [f"cannot be checked: {kind}: {str(error)[:300]}"]
        faults += [f"{path}: {fault}" for fault in found]
    assert not faults, "\n" + "\n".join(faults)


@dataclasses.dataclass
class _Training:
    """Results of a training that must be the same without the callback."""

    model: keras.Model
    history: dict[str, list[float]]
    variables: list[np.ndarray]
    streams: list[float]


def _train(example: Example, callbacks: Callable[[Any], list[Any]]):
    keras.backend.clear_session()
    keras.utils.set_random_seed(11)
    model = example.build()
    # A dataset that shuffles draws its seeds when it is made.
    probe = example.inputs if example.probe is None else example.probe()
    history = example.fit(model, callbacks(probe)).history
    variables = [*model.variables, *model.optimizer.variables]
    values = [np.array(keras.ops.convert_to_numpy(v)) for v in variables]
    streams = [random.random(), float(np.random.random())]
    streams.append(float(tf.random.uniform(())))
    streams.append(float(keras.random.uniform(())))
    return _Training(model, history, values, streams)


def _differences(example: Example, plain: Any, watched: Any) -> list[str]:
    """Compares two trainings; trains again where they differ."""
    found = _compared(plain, watched)
    if found and _compared(plain, _train(example, lambda probe: [])):
        return ["the example itself is not reproducible", *found]
    return found


def _compared(first: _Training, second: _Training) -> list[str]:
    faults = []
    if repr(first.history) != repr(second.history):
        faults.append(f"losses differ: {first.history} {second.history}")
    counts = len(first.variables), len(second.variables)
    if counts[0] != counts[1]:
        faults.append(f"{counts[1]} variables instead of {counts[0]}")
    other = sum(
        a.tobytes() != b.tobytes()
        for a, b in zip(first.variables, second.variables, strict=False)
    )
    if other:
        faults.append(f"{other} of {counts[0]} variables differ")
    if first.streams != second.streams:
        faults.append(
            f"random streams differ: {first.streams} {second.streams}"
        )
    return faults


@contextlib.contextmanager
def _log_lines():
    """Collects warnings and errors of the package."""
    lines: list[str] = []

    class Collecting(logging.Handler):
        def emit(self, record):
            lines.append(f"{record.levelname} {record.getMessage()}")

    handler = Collecting(logging.WARNING)
    logger = logging.getLogger("tb_actmax")
    logger.addHandler(handler)
    try:
        yield lines
    finally:
        logger.removeHandler(handler)
