import io

import numpy as np
import pytest
from PIL import Image

from tb_actmax.records import images


@pytest.mark.parametrize("channels", [1, 2, 3, 5])
@pytest.mark.parametrize("mime", ["image/png", "image/webp"])
def test_images_of_any_channels_survive_to_within_half_a_step(channels, mime):
    image = np.random.default_rng(0).uniform(-2, 3, (9, 7, channels))
    data = images.encode_image(image, (-2, 3), mime)
    assert np.allclose(
        images.decode_image(data, (-2, 3), channels),
        image,
        atol=0.5 * 5 / 255 + 1e-5,
    )


def test_other_than_one_or_three_channels_lie_below_each_other():
    image = np.stack([np.zeros((4, 6)), np.ones((4, 6))], axis=2)
    shown = np.asarray(
        Image.open(io.BytesIO(images.encode_image(image, (0, 1))))
    )
    assert shown.shape == (8, 6)
    assert (shown[:4] == 0).all()
    assert (shown[4:] == 255).all()


def test_values_outside_are_clipped_and_not_a_number_is_the_lowest():
    image = np.array([[[-9.0], [9.0], [np.nan], [np.inf]]])
    decoded = images.decode_image(images.encode_image(image, (0, 1)), (0, 1), 1)
    assert decoded.ravel().tolist() == [0, 1, 0, 1]


def test_a_sheet_has_a_margin_around_each_image():
    tiles = [np.full((3, 4), value, np.uint8) for value in (10, 20, 30)]
    sheet = np.asarray(images.contact_sheet(tiles, columns=2, margin=5, zoom=2))
    assert sheet.shape == (2 * (6 + 5) + 5, 2 * (8 + 5) + 5)
    assert sheet[5, 5] == 10
    assert sheet[5, 5 + 8 + 5] == 20
    assert sheet[5 + 6 + 5, 5] == 30
    assert sheet[4, 4] == sheet[-1, -1] == 255
