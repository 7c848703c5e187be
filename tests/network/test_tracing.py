"""Traces functions as graphs."""

import gc

import pytest
import tensorflow as tf

from tb_actmax.network.effects import has_effect
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


def test_calls_of_functions_without_state_need_no_order_but_are_not_copied():
    called = trace(tf.square, SPEC, effects=False)
    traces = []

    def run(x):
        traces.append(x)
        return 1 + called(x)

    found = trace(run, SPEC, effects=False)
    assert len(traces) == 1
    calls = [o for o in found.graph.get_operations() if "Call" in o.type]
    assert [has_effect(one) for one in calls] == [True]


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
