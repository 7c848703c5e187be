"""A `fit` that an error has ended leaves nothing to the next one."""

import itertools

import keras
import numpy as np
import pytest
from reliability.conftest import assert_same, steps, train, watcher

from tb_actmax.stopwatch import Stopwatch


def unbuilt():
    keras.utils.set_random_seed(0)
    conv = keras.layers.Conv2D(2, 3, name="conv1")
    model = keras.Sequential([conv, keras.layers.GlobalAveragePooling2D()])
    model.compile("sgd", "mse")
    return model


def test_a_fit_that_ends_before_the_model_is_built(tmp_path, digits, lines):
    """The next `fit` has no callback, so nothing may be shown."""
    model = unbuilt()

    def failing():
        raise RuntimeError("no data")
        yield

    data = digits[:8], np.zeros((8, 2), np.float32)
    own = watcher(tmp_path / "first", digits)
    with pytest.raises(Exception, match="no data"):
        model.fit(failing(), steps_per_epoch=1, verbose=0, callbacks=[own])
    model.fit(*data, verbose=0)
    assert not (tmp_path / "first").exists()
    own = watcher(tmp_path / "second", digits)
    model.fit(*data, verbose=0, callbacks=[own])
    assert steps(tmp_path / "second")["conv1"] == [0, 1]
    assert lines() == []


class Ending(keras.callbacks.Callback):
    """Raises an error in one of Keras's hooks, once."""

    def __init__(self, error, hook):
        super().__init__()
        self._left = [error]
        setattr(self, hook, self._raise)

    def _raise(self, *args, **kwargs):
        if self._left:
            raise self._left.pop()


@pytest.mark.parametrize("first", [True, False])
@pytest.mark.parametrize(
    "hook", ["on_train_begin", "on_epoch_begin", "on_epoch_end", "on_train_end"]
)
def test_a_fit_that_another_callback_ends(
    tmp_path, digits, network, lines, hook, first
):
    """Ctrl-C arrives in the other callback; then the training continues."""
    results = []
    for look in (False, True):
        model, ending = network(), Ending(KeyboardInterrupt, hook)
        layers = [sorted(vars(layer)) for layer in model.layers]
        own = [watcher(tmp_path, digits, layers=["conv1"])] if look else []
        callbacks = [ending, *own] if first else [*own, ending]
        with pytest.raises(KeyboardInterrupt):
            train(model, digits, callbacks, epochs=1)
        if look:
            assert [sorted(vars(layer)) for layer in model.layers] == layers
        results.append(
            train(model, digits, callbacks, epochs=3, initial_epoch=1)
        )
    assert_same(*results)
    assert lines() == []
    assert steps(tmp_path)["conv1"][-3:] == [1, 2, 3]


def test_the_time_after_an_ended_fit_is_not_the_trainings(monkeypatch):
    clock = itertools.count(step=100.0)
    monkeypatch.setattr("time.perf_counter", lambda: next(clock))
    monkeypatch.setattr("time.process_time", lambda: next(clock))
    watch = Stopwatch()
    watch.begin()
    watch.end()
    before = watch.seconds
    watch.begin()
    watch.drop()
    assert watch.seconds == before
