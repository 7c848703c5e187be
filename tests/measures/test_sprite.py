"""Patches in one picture, within the bytes that they may take."""

import io

import numpy as np
import pytest
from PIL import Image

from tb_actmax.data.sample import Sample
from tb_actmax.measures.sprite import Atlas
from tb_actmax.network.receptive_field.field import Field

# Of a unit that sees 9 x 9 pixels around every second one.
FIELD = Field(size=(9, 9), stride=(2, 2), start=(-4, -4))
MEAN = 0.5
MAP = (12, 12)


def atlas_of(channels, patches=60):
    """An atlas of random inputs."""
    images = np.random.default_rng(0).random((patches, 24, 24, channels))
    sample = Sample(images.astype(np.float32))
    mean = np.full(channels, MEAN, np.float32)
    atlas = Atlas(sample, FIELD, MAP, mean, (0.0, 1.0))
    for index in range(patches):
        atlas.add(index, 6 * 12 + 6)
    return atlas, images


def pixels(data):
    return np.asarray(Image.open(io.BytesIO(data)))


def test_small_grey_patches_are_stored_without_loss():
    atlas, images = atlas_of(1)
    data, columns, _ = atlas.encode(10**6)
    sheet = pixels(data)[..., 0]
    for cell in (0, 33, 59):
        y, x = (9 * place for place in divmod(cell, columns))
        shown = sheet[y : y + 9, x : x + 9]
        patch = images[cell, 8:17, 8:17, 0]
        np.testing.assert_allclose(shown / 255, patch, atol=0.003)


def test_a_patch_is_stored_once():
    atlas, _ = atlas_of(1)
    assert len(atlas) == 60
    assert atlas.add(3, 6 * 12 + 6) == 3
    assert len(atlas) == 60


def test_what_lies_outside_the_input_is_the_mean():
    atlas, images = atlas_of(1)
    corner = atlas.patch(0, 0)
    assert (corner[:4] == MEAN).all()
    assert (corner[:, :4] == MEAN).all()
    np.testing.assert_allclose(corner[4:, 4:], images[0, :5, :5])


@pytest.mark.parametrize("channels", [1, 3])
def test_it_becomes_smaller_until_it_fits(channels):
    atlas, _ = atlas_of(channels)
    best, _, first = atlas.encode(10**6)
    assert first == 0
    less, _, rung = atlas.encode(len(best) * 2 // 3)
    assert len(less) <= len(best) * 2 // 3
    assert rung > 0
    # The next look starts where this one ended, and does not flicker.
    assert atlas.encode(10**6, rung)[2] == rung
    # No atlas is left out: the smallest is what there is.
    smallest, _, last = atlas.encode(1)
    assert 1 < len(smallest) < len(less)
    assert pixels(smallest).shape == pixels(best).shape
    assert last > rung


def test_channels_that_are_no_colours_are_averaged():
    atlas, images = atlas_of(5)
    data, _, _ = atlas.encode(10**6)
    patch = images[0, 8:17, 8:17].mean(axis=-1)
    np.testing.assert_allclose(pixels(data)[:9, :9, 0] / 255, patch, atol=0.003)
