"""Compares the images of two logs."""

import numpy as np
import pytest

from tb_actmax.records import event
from tb_actmax.records.images import decode_image
from tb_actmax.records.reader import read_blobs


def assert_same_images(one, two, epochs):
    """Asserts equal scores within 0.1 % and pixels within 2 of 255.

    The images lie in [0, 1].
    """
    one, two = (
        {(tag, step): event.decode(b) for tag, step, b in read_blobs(log)}
        for log in (one, two)
    )
    assert one.keys() == two.keys()
    assert {step for _, step in one} == set(epochs)
    for key, alone in one.items():
        shared = two[key]
        assert shared.keys == alone.keys
        for a, b in zip(alone.filters, shared.filters, strict=True):
            assert a["status"] == b["status"]
            assert a["score"] == pytest.approx(b["score"], rel=1e-3, abs=1e-4)
        for a, b in zip(alone.images, shared.images, strict=True):
            first, second = (decode_image(i, (0, 1), 1) for i in (a, b))
            assert np.abs(first - second).max() <= 2 / 255
