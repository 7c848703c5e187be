"""An interrupt anywhere leaves the model as it was."""

import pathlib
import random

import numpy as np
import pytest
from reliability.conftest import steps, watcher

import tb_actmax
from tb_actmax.matching import probe_points
from tb_actmax.network import diversion
from tb_actmax.training import progress

ROOT = pathlib.Path(__file__).parents[2]
# Number of functions from which a run interrupts one.
PARTS = {"update": 12, "maximize": 30, "render": 60}
SAMPLED = 2  # functions of the module that diverts methods, and of the rest


@pytest.fixture
def interrupts(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT))
    from benchmarks.training import interrupts

    return interrupts


@pytest.mark.slow
@pytest.mark.parametrize("of", PARTS)
def test_interrupts_at_functions(interrupts, tmp_path, monkeypatch, lines, of):
    for name in ("POINTS", "PIXEL_POINTS"):
        monkeypatch.setattr(probe_points, name, 64)
    # Else the bar shows on a busy machine only.
    monkeypatch.setattr(progress, "SHORT", -1.0)
    parts = PARTS[of]
    part = random.randrange(parts)  # other functions in each run
    print(
        f"python -m benchmarks.training.interrupts --of {of} --parts {parts} "
        f"--part {part}"
    )
    assert interrupts.sweep(tmp_path, parts, part, of) > 10
    assert lines() == []


@pytest.mark.slow
def test_the_next_fit_after_an_interrupt_works(interrupts, tmp_path, lines):
    """Each training is interrupted at another point, then continued."""
    inputs = np.random.default_rng(0).random((32, 6, 6, 1), np.float32)
    seed = random.randrange(1000)
    print(f"random.Random({seed})")
    chosen = random.Random(seed)

    def fit(model, own):
        model.fit(inputs, np.zeros((32, 2)), verbose=0, callbacks=[own])

    def own(name):
        return watcher(tmp_path / name, inputs, filters=1, steps=2)

    for name in ("first", "listed"):  # the first loads modules
        model, callback = interrupts.network(), own(name)
        with interrupts.Interrupted() as listed:
            fit(model, callback)
    diverting = [n for n in listed.calls if n.startswith("network/diversion")]
    others = [name for name in listed.calls if name not in diverting]
    for number, name in enumerate(
        chosen.sample(diverting, SAMPLED) + chosen.sample(others, SAMPLED)
    ):
        moment = name, chosen.randint(1, listed.calls[name])
        print(moment)
        model, callback = interrupts.network(), own(str(number))
        error = (KeyboardInterrupt, SystemExit)[number % 2]
        with interrupts.Interrupted(error, moment), pytest.raises(error):
            fit(model, callback)
        before = steps(tmp_path / str(number)).get("conv1", [])
        fit(model, callback)
        assert lines() == []
        logged = steps(tmp_path / str(number))["conv1"]
        assert logged[: len(before)] == before
        assert len(logged) == len(set(logged)) >= 2
        fresh = interrupts.network()
        fresh.set_weights(model.get_weights())
        assert np.allclose(fresh(inputs), model(inputs), atol=1e-6)


def test_a_dispatcher_that_an_interrupt_leaves_changes_nothing(
    interrupts, digits
):
    model = interrupts.network()
    inputs = digits[:4, 8:14, 8:14]
    layer = model.get_layer("conv1")
    wanted = np.asarray(model(inputs, training=False))
    layer.__dict__["call"] = diversion._Dispatcher(layer, "call")
    np.testing.assert_array_equal(model(inputs, training=False), wanted)
    # The next trace takes it off.
    tb_actmax.maximize(model, "conv1", 1, probe=inputs, steps=1)
    assert "call" not in layer.__dict__
    np.testing.assert_array_equal(model(inputs, training=False), wanted)
