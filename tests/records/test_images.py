import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from tb_actmax.records import images
from tb_actmax.records.image_header import image_size


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


def test_channels_other_than_one_or_three_are_stacked():
    image = np.stack([np.zeros((4, 6)), np.ones((4, 6))], axis=2)
    shown = np.asarray(
        Image.open(io.BytesIO(images.encode_image(image, (0, 1))))
    )
    assert shown.shape == (8, 6)
    assert (shown[:4] == 0).all()
    assert (shown[4:] == 255).all()


def test_values_outside_are_clipped_and_nan_is_the_lowest():
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


def encoded(kind, mode="RGB", size=(30, 20), **options):
    file = io.BytesIO()
    Image.new(mode, size).save(file, kind, **options)
    return file.getvalue()


@pytest.mark.parametrize(
    "data, size",
    [
        (encoded("PNG"), (30, 20)),
        (encoded("WEBP", lossless=True), (30, 20)),
        (encoded("WEBP", size=(300, 17)), (300, 17)),  # lossy
        (encoded("WEBP", "RGBA", (5, 4)), (5, 4)),  # extended
        (encoded("PNG")[:20], None),
        (encoded("WEBP")[:20], None),
        (encoded("GIF"), None),
        (b"", None),
    ],
)
def test_the_size_is_known_without_decoding(data, size):
    assert image_size(data) == size


def bomb(width, height):
    """Returns a small PNG that claims a size."""
    head = struct.pack(">II5B", width, height, 8, 0, 0, 0, 0)
    chunks = [(b"IHDR", head), (b"IDAT", zlib.compress(bytes(10_000)))]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data))
        + kind
        + data
        + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in [*chunks, (b"IEND", b"")]
    )


@pytest.mark.parametrize(
    "data",
    [
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n",  # runs programs
        encoded("GIF"),
        bomb(60_000, 60_000),
        bomb(2000, 2000),  # too short
        encoded("PNG")[:-30],
        encoded("WEBP")[:40],
        b"",
    ],
)
@pytest.mark.filterwarnings("error")
def test_invalid_images_raise_a_value_error(data):
    with pytest.raises(ValueError):
        images.decode_image(data, (0, 1), 1)
    with pytest.raises(ValueError):
        images.decode_bytes(data)


def test_an_image_that_cannot_have_so_many_channels():
    with pytest.raises(ValueError, match="7 channels"):
        images.decode_image(encoded("PNG", "L", (30, 20)), (0, 1), 7)
