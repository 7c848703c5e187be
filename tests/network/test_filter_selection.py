"""Filters may be chosen by number, and by a boolean for each."""

import numpy as np
import pytest
import tensorflow as tf

from tb_actmax.network.filter_selection import choose_filters, choose_objectives
from tb_actmax.network.layers import find_targets

MASK = [False, True, False, False, True, False]


@pytest.fixture(scope="module")
def conv1(network):
    return find_targets(network(), (28, 28, 1))["conv1"]


@pytest.mark.parametrize(
    "mask", [MASK, np.array(MASK), tf.constant(MASK), tuple(MASK)]
)
def test_booleans_select_filters(conv1, mask):
    assert choose_filters(conv1, mask) == [1, 4]
    labels = [one.label for one in choose_objectives(conv1, mask)]
    assert labels == [one.label for one in choose_objectives(conv1, [1, 4])]


@pytest.mark.parametrize(
    "mask, said",
    [
        (MASK[:5], "has 6 filters; the mask has 5 booleans"),
        ([False] * 6, "No filter"),
        ([0, True], "booleans|no filter True"),
        (np.array([MASK]), "no filter"),
    ],
)
def test_booleans_that_do_not_fit_are_rejected(conv1, mask, said):
    for choose in (choose_filters, choose_objectives):
        with pytest.raises(ValueError, match=said):
            choose(conv1, mask)
