"""An interrupt anywhere in an update leaves the model as it was."""

import pathlib
import random
import shutil
import sys

import keras
import numpy as np
import pytest
import tensorflow as tf
from reliability.conftest import steps, watcher

import tb_actmax
from tb_actmax.matching import probe_points
from tb_actmax.network import diversion

SOURCE = str(pathlib.Path(tb_actmax.__file__).parent)
SAMPLED = 5  # functions of the module that diverts methods, and of the rest


class Interrupted:
    """Counts the calls of functions of the package, and interrupts one.

    Args:
        error: What to raise.
        at: A function and the number of its call; `None` for no interrupt.
    """

    def __init__(self, error=KeyboardInterrupt, at=None):
        self.calls = {}
        self._error, self._at = error, at

    def __enter__(self):
        sys.setprofile(self._see)
        return self

    def __exit__(self, *error):
        sys.setprofile(None)

    def _see(self, frame, event, argument):
        code = frame.f_code
        if event != "call" or not code.co_filename.startswith(SOURCE):
            return
        file = code.co_filename[len(SOURCE) + 1 :]
        name = f"{file}:{code.co_firstlineno}:{code.co_name}"
        count = self.calls[name] = self.calls.get(name, 0) + 1
        if self._at == (name, count):
            sys.setprofile(None)
            raise self._error


def network(size=12):
    keras.utils.set_random_seed(0)
    layers = keras.layers
    stack = [
        keras.Input((size, size, 1)),
        layers.Conv2D(3, 3, activation="relu", name="conv1"),
        layers.GlobalAveragePooling2D(),
        layers.Dense(3),
    ]
    model = keras.Sequential(stack)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile("adam", loss)
    return model


def assert_untouched(model, inputs):
    """Asserts that a model computes what its weights and layers say."""
    assert model.get_layer("conv1").activation is keras.activations.relu
    fresh = network()
    fresh.set_weights(model.get_weights())
    wanted = np.asarray(fresh(inputs, training=False))
    found = np.asarray(model(inputs, training=False))
    np.testing.assert_allclose(found, wanted, atol=1e-6)
    assert np.isfinite(model.evaluate(inputs, np.zeros(len(inputs)), verbose=0))


def snapshot(model):
    """Returns all that an update must leave alone, of a model."""
    return [
        *(
            (layer.name, key, id(value))
            for layer in model.layers
            for key, value in layer.__dict__.items()
        ),
        *(np.asarray(variable).tobytes() for variable in model.variables),
    ]


def drawn():
    """Draws a number from each random stream of the process."""
    numbers = random.random(), np.random.random(), tf.random.uniform(())
    return [*map(float, numbers), float(keras.random.uniform(()))]


def resume(directory, inputs, model, filters):
    """Continues a training for one update, without the batches.

    Its log holds the image of filter 0, so others are new.
    """
    own = watcher(directory, inputs, filters=filters, steps=1, warm_steps=1)
    own.set_params({"verbose": 1})
    own.set_model(model)
    own.on_train_begin()
    own.on_epoch_begin(1)
    own.on_train_end()
    return own


@pytest.mark.slow
def test_interrupts_at_every_function(
    tmp_path, digits, lines, monkeypatch, capsys
):
    """Each function that an update calls is interrupted once."""
    for name in ("_POINTS", "_PIXEL_POINTS"):
        monkeypatch.setattr(probe_points, name, 64)
    inputs, model = digits[:4, 8:14, 8:14], network(6)
    model(inputs)
    first = watcher(tmp_path / "first", inputs, filters=[0], steps=1)
    first.set_model(model)
    first.on_epoch_end(0)
    first.on_train_end()

    def interrupt(number, at=None):
        """Returns the functions that were called, and who was interrupted."""
        place = tmp_path / str(number)
        shutil.copytree(tmp_path / "first", place)
        error = (KeyboardInterrupt, SystemExit)[number % 2]
        with Interrupted(error, at) as listed:
            if at is None:
                resume(place, inputs, model, [0, 1])
            else:
                with pytest.raises(error):
                    resume(place, inputs, model, [0, 1])
        shutil.rmtree(place)
        return listed.calls

    interrupt(0)  # loads modules
    names = list(interrupt(0))
    before = snapshot(model)
    keras.utils.set_random_seed(3)
    wanted = drawn()
    keras.utils.set_random_seed(3)
    for number, name in enumerate(names):
        print(name)
        interrupt(number, (name, 1))
        assert snapshot(model) == before
    assert drawn() == wanted
    assert interrupt(0).keys() == set(names)
    assert lines() == []


@pytest.mark.slow
def test_interrupts_at_the_functions_of_an_update(tmp_path, digits, lines):
    """Each training is interrupted elsewhere; the next one is whole."""
    inputs = digits[:, 8:20, 8:20]
    seed = random.randrange(1000)
    print(f"random.Random({seed})")
    chosen = random.Random(seed)

    def fit(model, own):
        labels = np.arange(len(inputs)) % 3
        model.fit(inputs, labels, verbose=0, callbacks=[own])

    def own(name):
        return watcher(tmp_path / name, inputs, filters=1, steps=2)

    for name in ("first", "listed"):  # the first loads modules
        model, callback = network(), own(name)
        with Interrupted() as listed:
            fit(model, callback)
    diverting = [n for n in listed.calls if n.startswith("network/diversion")]
    others = [name for name in listed.calls if name not in diverting]
    for number, name in enumerate(
        chosen.sample(diverting, SAMPLED) + chosen.sample(others, SAMPLED)
    ):
        moment = name, chosen.randint(1, listed.calls[name])
        print(moment)
        model, callback = network(), own(str(number))
        error = (KeyboardInterrupt, SystemExit)[number % 2]
        with Interrupted(error, moment), pytest.raises(error):
            fit(model, callback)
        assert_untouched(model, inputs)
        before = steps(tmp_path / str(number)).get("conv1", [])
        fit(model, callback)
        assert lines() == []
        logged = steps(tmp_path / str(number))["conv1"]
        assert logged[: len(before)] == before
        assert len(logged) == len(set(logged)) >= 2
        assert_untouched(model, inputs)


def test_a_dispatcher_that_an_interrupt_leaves_changes_nothing(digits):
    model = network()
    inputs = digits[:4, 8:20, 8:20]
    layer = model.get_layer("conv1")
    wanted = np.asarray(model(inputs, training=False))
    layer.__dict__["call"] = diversion._Dispatcher(layer, "call")
    np.testing.assert_array_equal(model(inputs, training=False), wanted)
    # The next trace takes it off.
    tb_actmax.maximize(model, "conv1", 1, probe=inputs, steps=1)
    assert "call" not in layer.__dict__
    np.testing.assert_array_equal(model(inputs, training=False), wanted)
