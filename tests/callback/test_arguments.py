"""Mistakes in the callback's arguments: errors before the first epoch."""

import pytest
from support.watched import callback, fit

import tb_actmax


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ({"layers": ["conv9"]}, "no layer 'conv9'.*Did you mean.*conv1"),
        ({"layers": ["conv1"], "filters": [6]}, "has 6: 0 ... 5"),
        ({"layers": {"conv1": [-7]}}, "has 6: 0 ... 5"),
        ({"layers": None, "filters": {"conv9": 3}}, "no layer 'conv9'"),
        ({"filters": "some"}, 'an int, "all" or a list'),
    ],
)
def test_a_mistake_is_an_error_at_the_start(
    tmp_path, digits, network, arguments, complaint
):
    with pytest.raises(ValueError, match=complaint):
        fit(network(), digits, [callback(tmp_path, digits, **arguments)])
    assert not (tmp_path / "actmax").exists()


def test_a_probe_that_does_not_fit_is_an_error(tmp_path, digits, network):
    with pytest.raises(ValueError, match=r"takes\s+\(n, 28, 28, 1\)"):
        fit(network(), digits, [callback(tmp_path, digits[:, :14])])


@pytest.mark.parametrize(
    "arguments",
    [
        {"every": 0},
        {"every": "5 minutes"},
        {"steps": 0},
        {"warm_steps": 1.5},
        {"budget": 5},
    ],
)
def test_impossible_settings_are_refused_at_once(tmp_path, arguments):
    with pytest.raises(ValueError, match=next(iter(arguments))):
        tb_actmax.ActivationMaximization(tmp_path, **arguments)
