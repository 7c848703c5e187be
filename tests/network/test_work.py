"""The work of a network, by which the cost of its layers is predicted."""

import keras
import pytest
import tensorflow as tf

from tb_actmax.network.tracing import trace
from tb_actmax.network.work import work_until


def work(model, *shape):
    traced = trace(model, tf.TensorSpec((1, *shape)))
    return max(work_until(traced.graph).values())


def test_recurrent_layers_work_at_each_time_step():
    layer = keras.layers.ConvLSTM2D(4, 3, padding="same")
    model = keras.Sequential([keras.Input((None, 16, 16, 2)), layer])
    step = 16 * 16 * 9 * (2 + 4) * 4 * 4  # four gates, of inputs and states
    three = work(model, 3, 16, 16, 2)
    assert three > 3 * step
    assert work(model, 6, 16, 16, 2) == pytest.approx(2 * three, rel=0.1)
