"""The names that the code of every page may use."""

import keras
import numpy as np
import pytest


@pytest.fixture
def given(network, digits, tmp_path, monkeypatch):
    """Returns the names that the pages use, in an empty directory."""
    monkeypatch.chdir(tmp_path)
    classes = np.arange(len(digits)) % 3
    pixels = (digits[..., 0] * 255).astype(np.uint8)
    monkeypatch.setattr(
        keras.datasets.mnist,
        "load_data",
        lambda: ((pixels, classes), (pixels[:16], classes[:16])),
    )
    return {
        "build_model": network,
        "model": network(),
        "x_train": digits,
        "y_train": classes,
        "x_test": digits[:16],
        "y_test": classes[:16],
    }
