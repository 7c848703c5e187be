"""Thumbnails of the probe take a bounded place in the log."""

import io

import numpy as np
import pytest
from PIL import Image

from tb_actmax.measures.thumbnails import MAX_BYTES, encode_thumbnails
from tb_actmax.records.images import decode_bytes
from tb_actmax.records.thumbnails import (
    decode_thumbnails_record,
    encode_thumbnails_record,
)


def picture(data):
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))


def test_inputs_are_drawn_in_rows_by_their_index():
    images = np.zeros((10, 28, 20, 1), np.float32)
    images[7] = 1
    header, data = encode_thumbnails(images, (0.0, 1.0))
    assert header["size"] == [28, 20]
    assert (header["columns"], header["height"], header["width"]) == (4, 28, 20)
    sheet = picture(data)
    assert sheet.shape == (3 * 28, 4 * 20, 3)
    assert sheet[28:56, 60:80].min() > 240
    assert sheet[:28].max() < 15
    assert decode_thumbnails_record(encode_thumbnails_record(header, data))


@pytest.mark.parametrize("channels", [1, 3, 5])
def test_many_large_inputs_stay_within_the_size(channels):
    random = np.random.default_rng(0)
    images = random.random((300, 120, 160, channels), np.float32)
    header, data = encode_thumbnails(images, (0.0, 1.0))
    assert len(data) <= MAX_BYTES
    assert header["count"] == 300
    assert header["width"] > header["height"]
    decode_thumbnails_record(encode_thumbnails_record(header, data))


def test_a_volume_is_shown_by_its_middle_slice():
    images = np.zeros((4, 5, 8, 8, 1), np.float32)
    images[:, 2] = 1
    header, data = encode_thumbnails(images, (0.0, 1.0))
    assert header["size"] == [5, 8, 8]
    assert picture(data).min() > 240


def test_signals_keep_their_values():
    random = np.random.default_rng(0)
    images = random.random((6, 1, 1000, 2), np.float32)
    header, data = encode_thumbnails(images, (0.0, 1.0))
    assert header["channels"] == 2
    assert header["width"] == 256
    table = decode_bytes(data)
    assert table.shape == (12, 256)
    found = table[2 * 3 + 1] / 255  # the second channel of input 3
    parts = np.array_split(images[3, 0, :, 1], 256)
    np.testing.assert_allclose(
        found.mean(), np.mean([part.mean() for part in parts]), atol=0.01
    )
    record = encode_thumbnails_record(header, data)
    assert decode_thumbnails_record(record)[0] == header


def test_long_signals_stay_within_the_size():
    random = np.random.default_rng(0)
    images = random.random((1000, 1, 300, 8), np.float32)
    _, data = encode_thumbnails(images, (0.0, 1.0))
    assert len(data) <= 1.01 * MAX_BYTES
