"""The callback's arguments; mistakes raise before the first epoch."""

import numpy as np
import pytest
import tensorflow as tf
from support.watched import callback, fit

import tb_actmax
from tb_actmax.objectives import neuron


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ({"layers": ["conv9"]}, "no layer 'conv9'.*Did you mean.*conv1"),
        ({"layers": ["conv1"], "filters": [6]}, "has 6: 0 ... 5"),
        ({"layers": {"conv1": [-7]}}, "has 6: 0 ... 5"),
        ({"layers": None, "filters": {"conv9": 3}}, "no layer 'conv9'"),
        ({"filters": "some"}, 'an int, "all" or a list'),
        ({"filters": neuron(0).diverse(30_001)}, "30,001 images of layer"),
        ({"layers": ["conv1"], "filters": [True, False]}, "has 2 booleans"),
    ],
)
def test_unknown_layers_and_filters_raise_at_the_start(
    tmp_path, digits, network, arguments, complaint
):
    with pytest.raises(ValueError, match=complaint):
        fit(network(), digits, [callback(tmp_path, digits, **arguments)])
    assert not (tmp_path / "actmax").exists()


def test_a_probe_of_another_shape_raises(tmp_path, digits, network):
    with pytest.raises(ValueError, match=r"takes\s+\(n, 28, 28, 1\)"):
        fit(network(), digits, [callback(tmp_path, digits[:, :14])])


@pytest.mark.parametrize("batched", [False, True])
@pytest.mark.parametrize(
    "make", [tf.RaggedTensor.from_tensor, tf.sparse.from_dense]
)
def test_a_probe_of_rows_of_several_lengths_raises(
    tmp_path, digits, network, make, batched
):
    probe = make(digits[:8])
    if batched:
        probe = tf.data.Dataset.from_tensors(probe)
    with pytest.raises(ValueError, match="all of one shape: an array"):
        fit(network(), digits, [callback(tmp_path, probe)])


@pytest.mark.parametrize(
    "arguments",
    [
        {"every": 0},
        {"every": "5 minutes"},
        {"update_freq": 0},
        {"update_freq": "batch"},
        {"update_freq": 500, "every": 2},
        {"steps": 0},
        {"warm_steps": 1.5},
        {"budget": 5},
        {"budget": "0.1"},
        {"budget": True},
        {"budget": float("nan")},
        {"pictures": "no"},
        {"fixed_inputs": [1]},
        {"seed": -1},
        {"seed": 0.5},
        {"seed": None},
    ],
)
def test_numbers_out_of_range_raise_at_once(tmp_path, arguments):
    with pytest.raises(ValueError, match=next(iter(arguments))):
        tb_actmax.ActivationMaximization(tmp_path, **arguments)


@pytest.mark.parametrize("path", [None, 3, b"logs"])
def test_a_directory_is_a_path(path):
    with pytest.raises(TypeError, match="log_dir must be the path"):
        tb_actmax.ActivationMaximization(path)


def test_every_and_update_freq_exclude_each_other(tmp_path):
    with pytest.raises(ValueError, match="every=2 and update_freq=500"):
        tb_actmax.ActivationMaximization(tmp_path, every=2, update_freq=500)


def test_arguments_are_attributes(tmp_path):
    arguments = {
        "layers": ["conv1"],
        "filters": "all",
        "every": 2,
        "update_freq": "epoch",
        "probe": None,
        "steps": 8,
        "warm_steps": 4,
        "budget": 0.1,
        "initial": False,
        "seed": 1,
        "exemplars": 0,
        "fixed_inputs": {"meta": 1.0},
        "transforms": [np.flip],
    }
    own = tb_actmax.ActivationMaximization(tmp_path, **arguments)
    assert own.log_dir == tmp_path
    assert {name: getattr(own, name) for name in arguments} == arguments


def test_only_the_directory_is_positional(tmp_path):
    with pytest.raises(TypeError):
        tb_actmax.ActivationMaximization(tmp_path, ["conv1"])
