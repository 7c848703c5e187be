"""Figures: saved at a scale or as SVG, with captions and patches."""

import base64
import io
import json
import xml.etree.ElementTree as ET

import keras
import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect
from support.dashboard_page import open_tab, saved
from support.logs import picture, write_log
from support.pictured_logs import write_pictured
from support.tensorboard_server import tensorboard

import tb_actmax
from tb_actmax.records.images import to_bytes

_SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    directory = tmp_path_factory.mktemp("figures")
    write_log(directory / "drawn", {"conv1": 5}, range(4))
    write_pictured(directory / "pictured")
    _train(directory / "trained")
    with tensorboard(directory) as found:
        yield found


def _train(log_dir):
    """Trains with signatures and exemplars."""
    keras.utils.set_random_seed(0)
    random = np.random.default_rng(0)
    images = random.uniform(size=(32, 12, 12, 1)).astype("float32")
    model = keras.Sequential(
        [
            keras.Input((12, 12, 1)),
            keras.layers.Conv2D(6, 5, activation="relu", name="conv1"),
            keras.layers.GlobalMaxPooling2D(),
            keras.layers.Dense(2),
        ]
    )
    model.compile(keras.optimizers.Adam(0.05), "mse")
    callback = tb_actmax.ActivationMaximization(
        log_dir, probe=images, steps=8, budget=None
    )
    means = images.mean(axis=(1, 2))
    model.fit(images, means, epochs=2, verbose=0, callbacks=[callback])


def _open(page, address, **state):
    state = {"run": "drawn/actmax", "layer": "conv1", "filter": "3", **state}
    frame = open_tab(page, address, **state)
    expect(frame.locator("[data-shows]").first).to_be_visible()
    return frame


def _png(data):
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


def _svg(data):
    """Parses a file; returns its root and all its texts."""
    root = ET.fromstring(data)
    return root, ["".join(text.itertext()) for text in root.iter(_SVG + "text")]


def _embedded(image):
    url = image.get("href")
    head, data = url.split(",", 1)
    assert head == "data:image/png;base64"
    return np.asarray(_png(base64.b64decode(data)).convert("L"))


def _logged(key, epoch):
    return to_bytes(picture(0, key, epoch), (0, 1))[..., 0]


def test_an_image_alone_is_large_enough_or_at_a_scale(page, address):
    frame = _open(page, address)
    for scale, side in [("", 512), ("8", 128)]:
        _, data = saved(page, frame, "Image", scale=scale, captions=False)
        image = np.asarray(_png(data).convert("L"))
        assert image.shape == (side, side)
        assert (image[:: side // 16, :: side // 16] == _logged(3, 3)).all()


def test_an_image_is_saved_with_a_caption_and_at_a_scale(page, address):
    frame = _open(page, address)
    sizes = [
        _png(saved(page, frame, "Image", scale=scale)[1]).size
        for scale in ("1", "4")
    ]
    assert sizes[1] == (4 * sizes[0][0], 4 * sizes[0][1])


def test_a_vector_image_has_its_pixels_and_text(page, address):
    frame = _open(page, address)
    name, data = saved(page, frame, "Image", svg=True)
    assert name == "drawn_conv1_filter-3_epoch-3_optimized.svg"
    root, texts = _svg(data)
    assert texts == ["drawn · conv1 · filter 3 · epoch 3"]
    about = json.loads(root.findtext(_SVG + "desc"))
    assert about["normalization"] == "optimized"
    (image,) = root.iter(_SVG + "image")
    pixels = _embedded(image)
    zoom = pixels.shape[0] // 16
    assert (pixels[::zoom, ::zoom] == _logged(3, 3)).all()


def test_a_vector_sheet_names_each_filter(page, address):
    name, data = saved(page, _open(page, address), "Contact sheet", svg=True)
    root, texts = _svg(data)
    assert name == "drawn_conv1_epoch-3_optimized.svg"
    assert texts == [
        "drawn · conv1 · epoch 3",
        *("0", "1 · dead", "2", "3", "4"),
    ]
    assert len(list(root.iter(_SVG + "image"))) == 5


def test_a_vector_strip_has_all_epochs(page, address):
    _, data = saved(page, _open(page, address), "Strip over epochs", svg=True)
    _, texts = _svg(data)
    assert texts[1:] == [f"epoch {epoch}" for epoch in range(4)]


def test_a_signal_is_saved_as_curves(page, address):
    frame = _open(
        page, address, run="pictured/actmax", layer="signal", filter="1"
    )
    _, data = saved(page, frame, "Image", svg=True, captions=False)
    root, texts = _svg(data)
    assert not list(root.iter(_SVG + "image"))
    curves = [
        path
        for path in root.iter(_SVG + "path")
        if path.get("d").count("L") == 31
    ]
    assert len(curves) == 2
    assert {"0", "10", "20", "30"} <= set(texts)  # the axis


def test_patches_are_shown_beside_the_image(page, address):
    frame = _open(page, address, run="trained/actmax")
    plain = _svg(saved(page, frame, "Image", svg=True)[1])[0]
    root, _ = _svg(saved(page, frame, "Image", svg=True, patches=True)[1])
    assert len(list(plain.iter(_SVG + "image"))) == 1
    assert len(list(root.iter(_SVG + "image"))) == 1 + 9
    assert float(root.get("width")) > 1.8 * float(plain.get("width"))


def test_a_comparison_is_saved_with_its_difference(page, address):
    places = [["drawn/actmax", "conv1", epoch, "3"] for epoch in (0, 3)]
    frame = _open(page, address, view="compare", a=places[0], b=places[1])
    frame.get_by_role("button", name="Difference", exact=True).click()
    _, data = saved(page, frame, "Comparison", svg=True)
    root, texts = _svg(data)
    assert texts[0] == "drawn · conv1 · filter 3: epoch 0 | epoch 3"
    assert texts[-1] == "A - B"
    assert len(list(root.iter(_SVG + "image"))) == 3


def test_the_ledger_is_saved_in_its_bands(page, address):
    frame = _open(
        page,
        address,
        run="trained/actmax",
        view="runs",
        against=["trained/actmax", 0],
    )
    expect(frame.get_by_test_id("change").first).to_be_visible()
    cards = frame.get_by_test_id("change").count()
    _, data = saved(page, frame, "Filters in bands", svg=True)
    _, texts = _svg(data)
    assert texts[0].startswith("conv1: trained, epoch 0 → trained, epoch")
    headings = [text for text in texts if text.startswith(("Kept", "Changed"))]
    assert headings or any(text.startswith("Lost") for text in texts)
    captions = [text for text in texts if " r " in text or "→" in text]
    assert len(captions) >= cards
    _, data = saved(page, frame, "Filters in bands", scale="2")
    image = _png(data)
    assert json.loads(image.text["Description"])["before"]["epoch"] == 0
