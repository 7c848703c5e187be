"""Fixtures for the tests of code examples."""

import pytest
from keras_examples.harness import check


@pytest.fixture
def right(tmp_path):
    """Returns a function that checks an example with the callback."""
    return lambda example: check(example, tmp_path)
