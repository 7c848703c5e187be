"""The work of a network, by which the cost of its layers is predicted."""

import keras
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
    three, six = (work(model, count, 16, 16, 2) for count in (3, 6))
    assert three > 3 * step
    assert six - three > 3 * step
