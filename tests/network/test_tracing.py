"""Traces functions as graphs."""

import gc

import pytest
import tensorflow as tf

from tb_actmax.network.tracing import trace

SPEC = tf.TensorSpec((), tf.float32)


@pytest.mark.parametrize("collects", [True, False])
def test_garbage_is_collected_after_a_trace_as_before(collects):
    """A collection visits all objects; none is needed during a trace."""
    seen = []

    def twice(x):
        seen.append(gc.isenabled())
        return 2 * x

    def failing(x):
        raise ValueError

    before = gc.isenabled()
    try:
        (gc.enable if collects else gc.disable)()
        assert trace(twice, SPEC)(tf.constant(2.0)).numpy() == 4
        assert gc.isenabled() == collects
        with pytest.raises(ValueError):
            trace(failing, SPEC)
        assert gc.isenabled() == collects
    finally:
        (gc.enable if before else gc.disable)()
    assert seen == [False]


def test_unexpected_effects_keep_their_order():
    variable = tf.Variable(1.0)

    def doubled(x):
        variable.assign_add(x)
        return 2 * x

    def run(x):
        return variable * x

    one = tf.constant(1.0)
    assert trace(doubled, SPEC, effects=False)(one) == 2
    assert variable == 2, "the effect is not left out"
    without = trace(run, SPEC, effects=False)
    assert without(one) == 2
    assert not without.graph.control_outputs
    assert trace(run, SPEC).graph.control_outputs
