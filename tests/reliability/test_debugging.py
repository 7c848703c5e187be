"""TensorFlow's debugging neither sees nor disturbs an update."""

import pytest
import tensorflow as tf
from reliability.conftest import assert_same, steps, train, watcher

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
    assert_same(train(model, digits, [own], epochs=1), expected)
    assert lines() == []
    logged = steps(tmp_path / "log")
    assert logged == {name: [0, 1] for name in ("conv1", "conv2", "classes")}
    assert maximize(model, "conv2", 1, steps=2).status == ["ok"]
