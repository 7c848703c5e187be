"""Patches are stored in one image of a limited size."""

import io

import numpy as np
import pytest
from PIL import Image

from tb_actmax.measures.sprite import Sprite
from tb_actmax.network.receptive_field.field import Field

# Units see 9 x 9 pixels around every second pixel.
FIELD = Field(size=(9, 9), stride=(2, 2), start=(-4, -4))
MEAN = 0.5
MAP = (12, 12)


def sprite_of(channels, patches=60):
    """Returns a sprite of random inputs, and the inputs."""
    images = np.random.default_rng(0).random((patches, 24, 24, channels))
    mean = np.full(channels, MEAN, np.float32)
    sprite = Sprite(images.astype(np.float32), FIELD, MAP, mean, (0.0, 1.0))
    for index in range(patches):
        sprite.add(index, 6 * 12 + 6)
    return sprite, images


def pixels(data):
    return np.asarray(Image.open(io.BytesIO(data)))


def test_small_grey_patches_are_stored_without_loss():
    sprite, images = sprite_of(1)
    data, columns, _ = sprite.encode(10**6)
    sheet = pixels(data)[..., 0]
    for cell in (0, 33, 59):
        y, x = (9 * place for place in divmod(cell, columns))
        shown = sheet[y : y + 9, x : x + 9]
        patch = images[cell, 8:17, 8:17, 0]
        np.testing.assert_allclose(shown / 255, patch, atol=0.003)


def test_a_patch_is_stored_once():
    sprite, _ = sprite_of(1)
    assert len(sprite) == 60
    assert sprite.add(3, 6 * 12 + 6) == 3
    assert len(sprite) == 60


def test_the_mean_is_drawn_outside_the_input():
    sprite, images = sprite_of(1)
    corner = sprite.patch(0, 0)
    assert (corner[:4] == MEAN).all()
    assert (corner[:, :4] == MEAN).all()
    np.testing.assert_allclose(corner[4:, 4:], images[0, :5, :5])


@pytest.mark.parametrize("channels", [1, 3])
def test_sprites_are_compressed_until_they_fit(channels):
    sprite, _ = sprite_of(channels)
    best, _, first = sprite.encode(10**6)
    assert first == 0
    less, _, level = sprite.encode(len(best) * 2 // 3)
    assert len(less) <= len(best) * 2 // 3
    assert level > 0
    # The next update begins at this level, so that images do not flicker.
    assert sprite.encode(10**6, level)[2] == level
    # The highest level may exceed the limit.
    smallest, _, last = sprite.encode(1)
    assert 1 < len(smallest) < len(less)
    assert pixels(smallest).shape == pixels(best).shape
    assert last > level


def test_channels_other_than_three_are_averaged():
    sprite, images = sprite_of(5)
    data, _, _ = sprite.encode(10**6)
    patch = images[0, 8:17, 8:17].mean(axis=-1)
    np.testing.assert_allclose(pixels(data)[:9, :9, 0] / 255, patch, atol=0.003)


@pytest.mark.parametrize("channels", [1, 2, 3])
def test_signals_keep_their_values(channels):
    signals = np.random.default_rng(0).random((40, 1, 300, channels))
    field = Field(size=(1, 200), stride=(1, 1), start=(0, 0))
    mean = np.full(channels, MEAN, np.float32)
    sprite = Sprite(
        signals.astype(np.float32), field, (1, 101), mean, (0.0, 1.0)
    )
    for index in range(40):
        sprite.add(index, 50)
    data, columns, _ = sprite.encode(10**6)
    y, x = divmod(33, columns)
    top = y * channels  # a row for each
    shown = pixels(data)[top : top + channels, x * 200 : x * 200 + 200, 0]
    expected = signals[33, 0, 50:250].T
    np.testing.assert_allclose(shown / 255, expected, atol=0.003)


def test_many_channels_of_signals_are_averaged():
    signals = np.random.default_rng(0).random((3, 1, 300, 17), np.float32)
    field = Field(size=(1, 200), stride=(1, 1), start=(0, 0))
    mean = np.full(17, MEAN, np.float32)
    sprite = Sprite(signals, field, (1, 101), mean, (0.0, 1.0))
    sprite.add(2, 50)
    shown = pixels(sprite.encode(10**6)[0])[..., 0]
    assert shown.shape[0] == 1
    expected = signals[2, 0, 50:250].mean(axis=-1)
    np.testing.assert_allclose(shown[0, :200] / 255, expected, atol=0.003)


def test_long_signals_keep_their_channels():
    signals = np.random.default_rng(0).random((4200, 1, 300, 2), np.float32)
    field = Field(size=(1, 300), stride=(1, 1), start=(0, 0))
    mean = np.full(2, MEAN, np.float32)
    sprite = Sprite(signals, field, (1, 1), mean, (0.0, 1.0))
    for index in range(len(signals)):
        sprite.add(index, 0)
    data, columns, _ = sprite.encode(10**7)
    rows = -(-len(signals) // columns)
    assert columns * 256 > 16383  # so that points are left out
    assert pixels(data).shape[:2] == (2 * rows, columns * 128)


def test_a_patch_of_tokens_is_that_of_their_place_in_the_grid():
    images = np.random.default_rng(0).random((2, 12, 8, 1), np.float32)
    field = Field(
        size=(4, 4), stride=(4, 4), start=(0, 0), grid=(3, 2), skipped=1
    )
    mean = np.full(1, MEAN, np.float32)
    sprite = Sprite(images, field, (1, 7), mean, (0.0, 1.0))
    assert sprite.place(1 + 5) == (8, 4)
    np.testing.assert_array_equal(sprite.patch(1, 6), images[1, 8:, 4:])
    elsewhere = Sprite(images, field, (1, 9), mean, (0.0, 1.0))
    assert elsewhere.place(3) is None
    assert elsewhere.patch(1, 3).shape == (12, 8, 1)
