"""Images made of coefficients, and coefficients of stored images."""

import numpy as np
import pytest
import tensorflow as tf

from tb_actmax.data.statistics import measure_statistics
from tb_actmax.maximizer.image.canvas import Canvas
from tb_actmax.measures.change import correlation
from tb_actmax.records.images import decode_image, encode_image


@pytest.mark.parametrize("channels", [1, 3])
def test_stored_images_give_coefficients_of_similar_images(digits, channels):
    data = np.repeat(digits, channels, axis=3)
    data *= np.linspace(1, 0.6, channels, dtype="float32")
    statistics = measure_statistics(data)
    canvas = Canvas((19, 22), statistics, 0.2, 0.2, None, 0.75, (1, 0))
    random = np.random.default_rng(0)
    drawn = random.normal(size=(4, *canvas.shape)).astype("float32")
    images = canvas.images(tf.constant(drawn), tf.constant(1.0)).numpy()
    images = images[:, 1:-1]  # without the margin
    bounds = statistics.value_range
    stored = [
        decode_image(encode_image(image, bounds), bounds, channels)
        for image in images
    ]
    found = canvas.coefficients(np.stack(stored))
    again = canvas.images(tf.constant(found), tf.constant(1.0)).numpy()
    again = again[:, 1:-1]
    for before, after in zip(images, again, strict=True):
        assert correlation(before, after) > 0.9
