"""A framed image excites the units as in the whole input."""

import keras
import numpy as np
import pytest

from tb_actmax.measures.framing import Frame
from tb_actmax.network import layers
from tb_actmax.network.image_model import ImageModel
from tb_actmax.network.shown_unit import place_image

SIZE = 40
MEAN = np.array([0.3], np.float32)


def network(padding):
    """Returns two random convolutions with a pooling between them."""
    keras.utils.set_random_seed(0)
    return keras.Sequential(
        [
            keras.Input((None, None, 1)),
            keras.layers.Conv2D(4, 5, padding=padding, activation="relu"),
            keras.layers.MaxPooling2D(),
            keras.layers.Conv2D(6, 3, padding=padding, name="last"),
        ]
    )


@pytest.mark.parametrize("padding", ["same", "valid"])
@pytest.mark.parametrize("side", [8, 14, 20])
def test_units_respond_as_in_the_whole_input(padding, side):
    model = network(padding)
    target = layers.find_targets(ImageModel(model), (SIZE, SIZE, 1))["last"]
    images = np.random.default_rng(0).random((3, side, side, 1), np.float32)
    whole = np.full((3, SIZE, SIZE, 1), MEAN, np.float32)
    place = place_image(target, (SIZE, SIZE), (side, side))
    whole[(slice(None), *place)] = images
    expected = model(whole).numpy()
    units = expected.shape[1:3]

    frame = Frame(target, (SIZE, SIZE), (side, side), MEAN)
    framed = frame(images)
    assert framed.size < whole.size
    found = model(framed).numpy()[(slice(None), *frame.units)]
    rows = found.shape[1]
    # The units centred in the image, one for every second pixel.
    assert rows in (side // 2 - 1, side // 2)
    least = np.abs(
        [
            expected[:, y : y + rows, y : y + rows] - found
            for y in range(units[0] - rows + 1)
        ]
    ).max(axis=(1, 2, 3, 4))
    assert least.min() < 1e-5
