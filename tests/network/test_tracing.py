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
