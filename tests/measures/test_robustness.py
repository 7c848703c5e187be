"""Transforms for measuring the robustness of images."""

import numpy as np
import pytest

from tb_actmax.measures.robustness import transformed


@pytest.mark.parametrize(
    "shape", [(12, 9, 1), (12, 9, 3), (12, 9, 5), (1, 30, 2), (4, 8, 8, 1)]
)
def test_seven_transforms_keep_the_shape_and_the_value_range(shape):
    images = np.random.default_rng(0).uniform(-1, 1, (2, *shape))
    images = images.astype(np.float32)
    mean = images.mean(axis=tuple(range(images.ndim - 1)))
    found = list(transformed(images, mean, (-1.0, 1.0)))
    assert len(found) == 7
    for changed in found:
        assert changed.shape == images.shape
        assert changed.dtype == np.float32
        assert np.abs(changed).max() <= 1


def test_each_transform_is_the_same_for_every_image():
    image = np.random.default_rng(0).random((1, 10, 10, 3), np.float32)
    mean = np.full(3, 0.5, np.float32)
    for changed in transformed(image.repeat(2, 0), mean, (0.0, 1.0)):
        np.testing.assert_array_equal(changed[0], changed[1])
