"""TensorFlow's debugging neither sees nor disturbs an update."""

import numpy as np
import pytest
import tensorflow as tf
from reliability.conftest import steps, train, watcher

from tb_actmax import maximize


@pytest.fixture(params=["numerics", "dump"])
def debugging(request, tmp_path):
    if request.param == "numerics":
        tf.debugging.enable_check_numerics()
        yield
        tf.debugging.disable_check_numerics()
    else:
        tf.debugging.experimental.enable_dump_debug_info(str(tmp_path / "d"))
        yield
        tf.debugging.experimental.disable_dump_debug_info()


def test_all_layers_are_shown(debugging, tmp_path, digits, network, lines):
    expected = train(network(), digits, epochs=1)
    model = network()
    own = watcher(tmp_path / "log", digits)
    history, variables = train(model, digits, [own], epochs=1)
    # Where TensorFlow checks numbers, two trainings without the callback differ
    # by rounding already. A step of Adam is .001, so an update that was missed
    # or repeated stands far above this tolerance.
    for found, wanted in zip(variables, expected[1], strict=True):
        np.testing.assert_allclose(found, wanted, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(history["loss"], expected[0]["loss"], rtol=1e-5)
    assert lines() == []
    logged = steps(tmp_path / "log")
    assert logged == {name: [0, 1] for name in ("conv1", "conv2", "classes")}
    assert maximize(model, "conv2", 1, steps=2).status == ["ok"]
