"""The result of `maximize` draws itself in a notebook."""

import base64
import io
import re

import numpy as np
import pytest
from PIL import Image

import tb_actmax


def drawn(page):
    """Returns the pictures of a grid."""
    found = re.findall(r'src="data:image/png;base64,([^"]+)"', page)
    return [Image.open(io.BytesIO(base64.b64decode(one))) for one in found]


def maximized(images, **more):
    count = len(images)
    return tb_actmax.Maximized(
        images,
        np.arange(count, dtype=np.float32),
        np.arange(count),
        ["ok", "dead", *["ok"] * count][:count],
        **more,
    )


def test_the_result_of_maximize_draws_itself(network, digits):
    found = tb_actmax.maximize(network(), "conv2", [0, 3], digits, 2)
    page = found._repr_html_()
    pictures = drawn(page)
    assert len(pictures) == 2
    assert all(min(one.size) >= 112 for one in pictures)
    assert "<b>conv2</b>" in page
    assert f"<b>3</b><br>score {found.scores[1]:.3g}" in page
    assert "<script" not in page


@pytest.mark.parametrize(
    "shape",
    [
        (2, 8, 6, 1),
        (2, 8, 6, 3),
        (2, 8, 6, 5),
        (2, 4, 8, 6, 1),
        (2, 1, 40, 2),
        (2, 1, 2000, 1),
        (2, 300, 300, 3),
    ],
    ids=str,
)
def test_images_of_each_kind_are_drawn(shape):
    images = np.random.default_rng(0).random(shape, np.float32)
    page = maximized(images)._repr_html_()
    assert len(drawn(page)) == 2
    assert "dead" in page


def test_values_keep_the_range_of_the_network():
    images = np.full((1, 8, 8, 1), 0.5, np.float32)
    (picture,) = drawn(maximized(images, value_range=(0, 1))._repr_html_())
    assert np.asarray(picture).max() == 128


def test_names_stay_text_and_many_images_are_counted():
    images = np.full((120, 4, 4, 1), np.nan, np.float32)
    labels = ["<script>", *map(str, range(119))]
    page = maximized(images, labels=labels, layer="<b>")._repr_html_()
    assert "&lt;script&gt;" in page
    assert "<script>" not in page
    assert "and 20 more" in page
    assert len(drawn(page)) == 100
