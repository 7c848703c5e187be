"""The memory of an ascent grows with the units, not with their square."""

import tracemalloc

import keras
import numpy as np

from tb_actmax.data.fitting import fit
from tb_actmax.maximizer.ascent.limits import Limits
from tb_actmax.maximizer.layer_maximizer import LayerMaximizer
from tb_actmax.network.layers import find_targets
from tb_actmax.objectives import neuron


def test_all_units_of_a_wide_layer():
    units = 3000
    model = keras.Sequential(
        [
            keras.Input((6, 6, 1)),
            keras.layers.Conv2D(2, 3),
            keras.layers.GlobalAveragePooling2D(),
            keras.layers.Dense(units, name="wide"),
        ]
    )
    fitted = fit(model, np.random.default_rng(0).random((4, 6, 6, 1)))
    target = find_targets(fitted.model, fitted.shape)["wide"]
    every = [neuron(unit) for unit in range(units)]
    limits = Limits(memory=2**23)
    maximizer = LayerMaximizer(fitted, target, every, limits=limits)
    maximizer.cold(1, every[:1])  # traced
    tracemalloc.start()
    found = maximizer.cold(1)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert found.images.shape == (units, 6, 6, 1)
    assert peak < 4 * units**2  # bytes of one-hot vectors for all units
