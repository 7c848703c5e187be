"""The names, types and docstrings that a user sees in an editor."""

import inspect

import pytest

import tb_actmax
from tb_actmax import objectives


def test_only_public_names_are_listed():
    assert dir(tb_actmax) == sorted([*tb_actmax.__all__, "__version__"])


def test_arguments_after_the_directory_are_keywords_and_attributes():
    signature = inspect.signature(tb_actmax.ActivationMaximization)
    first, *others = signature.parameters.values()
    assert first.name == "log_dir"
    assert {one.kind for one in others} == {inspect.Parameter.KEYWORD_ONLY}
    callback = tb_actmax.ActivationMaximization("logs")
    for one in others:
        assert getattr(callback, one.name) == one.default


@pytest.mark.parametrize(
    "function", [tb_actmax.ActivationMaximization, tb_actmax.maximize]
)
def test_signatures_name_types_instead_of_spelling_them_out(function):
    types = inspect.signature(function).parameters
    assert types["probe"].annotation == "Probe | None"
    assert types["filters"].annotation in ("Filters", "FiltersByLayer")


@pytest.mark.parametrize("index", [1.5, "1", None])
def test_a_filter_is_an_integer(index):
    with pytest.raises(TypeError, match="as an integer"):
        objectives.neuron(index)
    with pytest.raises(TypeError, match="as an integer"):
        objectives.channel(index)
