"""ReLUs that pass a share of the gradient although they are closed."""

import keras
import numpy as np
import pytest

import tb_actmax
from tb_actmax.maximizer.ascent import schedule
from tb_actmax.maximizer.image import defaults

SIDE = 64  # images of this side have room for objects


def network(more=0):
    """Returns a class of lying bars, which noise does not open.

    It also reads a little of upright bars, so that it has a gradient.

    Args:
        more: Number of ReLUs that change nothing.
    """
    layers = keras.layers
    model = keras.Sequential(
        [
            keras.Input((SIDE, SIDE, 1)),
            layers.Conv2D(2, 8, 4, activation="relu", name="bars"),
            *(layers.ReLU() for _ in range(more)),
            layers.GlobalAveragePooling2D(),
            layers.Dense(1, name="class"),
        ]
    )
    upright = np.tile(np.repeat([1.0, -1.0], 4), (8, 1)) / 64
    kernel = np.stack([upright, upright.T], axis=-1)[:, :, None]
    model.get_layer("bars").set_weights([kernel, np.array([0.0, -0.5])])
    weights = np.array([[1e-4], [1.0]]), np.zeros(1)
    model.get_layer("class").set_weights(weights)
    return model


def test_classes_open_relus_after_the_first_steps(monkeypatch):
    random = np.random.default_rng(0)
    coarse = random.normal(size=(16, SIDE // 8, SIDE // 8, 1))
    data = np.kron(coarse, np.ones((1, 8, 8, 1))).astype(np.float32)
    # No leak in the first quarter of the steps, so that all are closed then.
    monkeypatch.setattr(schedule, "_LEAKY", 0.0)
    found = tb_actmax.maximize(network(), "class", 1, data)
    monkeypatch.setattr(defaults, "_LEAK", 0.0)
    closed = tb_actmax.maximize(network(), "class", 1, data)
    assert found.scores[0] > 100 * closed.scores[0]


def test_many_relus_leak_less(monkeypatch):
    found = []
    cold = schedule.cold
    monkeypatch.setattr(
        schedule, "cold", lambda *args: found.append(args[-1]) or cold(*args)
    )
    for more in (0, 39, 99):
        tb_actmax.maximize(network(more), "class", 1, steps=1)
    assert found == pytest.approx([0.05, 0.05, 0.02])


def test_leaks_of_a_schedule():
    cold = schedule.cold(8, deep=True, leak=0.05)
    assert cold.leaks == pytest.approx([0.1, 0.1, *[0.05] * 6])
    warm = schedule.warm(4, template=False, leak=0.05)
    assert warm.leaks == pytest.approx([0.05] * 4)
    assert not schedule.warm(4, template=False).leaks.any()
    assert not schedule.cold(8, deep=False).leaks.any()


def test_relus_of_recurrent_layers_open():
    model = keras.Sequential(
        [
            keras.Input((3, 16, 16, 1)),
            keras.layers.ConvLSTM2D(
                1,
                5,
                padding="same",
                activation="relu",
                return_sequences=True,
                name="recurrent",
            ),
            keras.layers.Conv3D(1, 1, name="read"),
        ]
    )
    # The candidate, the third of four gates, is closed unless a patch is light.
    kernel = np.zeros((5, 5, 1, 4))
    kernel[..., 2] = 1.0 / 25
    bias = np.array([0, 0, -0.8, 0])
    recurrent = model.get_layer("recurrent")
    recurrent.set_weights([kernel, np.zeros((5, 5, 1, 4)), bias])
    model.get_layer("read").set_weights([np.ones((1, 1, 1, 1, 1)), np.zeros(1)])
    videos = np.zeros((8, 3, 16, 16, 1), np.float32)
    videos[:, :, 4:12, 4:12] = 1
    found = tb_actmax.maximize(model, "read", 1, videos)
    assert found.status == ["ok"]
    assert found.scores[0] > 0.01
