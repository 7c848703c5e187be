"""A model and a probe are fitted together, or rejected."""

import keras
import numpy as np
import pytest

from tb_actmax.data.fitting import fit

RANDOM = np.random.default_rng(0)


def network(*shape):
    inputs = keras.Input(shape)
    return keras.Model(inputs, keras.layers.Dense(2)(inputs))


def test_without_a_probe_open_sizes_and_statistics_are_assumed():
    fitted = fit(network(None, 20, 3), None)
    assert fitted.sample is None
    assert fitted.shape == (224, 20, 3)
    assert fitted.statistics.value_range == (0, 1)
    assert fit(network(None, None, 8, 1), None).shape == (48, 48, 8, 1)


def test_a_signal_becomes_an_image_of_one_row():
    fitted = fit(network(30, 2), RANDOM.normal(size=(10, 30, 2)))
    assert fitted.shape == (1, 30, 2)
    assert fitted.sample.images.shape == (10, 1, 30, 2)


def test_a_probe_of_another_shape_is_rejected():
    probe = RANDOM.normal(size=(10, 8, 8, 3))
    with pytest.raises(ValueError, match=r"\(10, 8, 8, 3\).*\(n, 8, 8, 1\)"):
        fit(network(8, 8, 1), probe)


def test_a_model_without_declared_inputs_needs_a_probe():
    class Undeclared(keras.Model):
        def call(self, inputs):
            return inputs

    with pytest.raises(ValueError, match="give a probe"):
        fit(Undeclared(), None)
    probe = RANDOM.normal(size=(10, 8, 8, 3))
    assert fit(Undeclared(), probe).shape == (8, 8, 3)
