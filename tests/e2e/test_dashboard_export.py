"""Saved files: their pixels and their metadata."""

import io
import json

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect
from support.dashboard_page import open_tab, pixels, saved
from support.logs import header, picture, write_log
from support.pictured_logs import write_pictured
from support.tensorboard_server import tensorboard

from tb_actmax.records.images import encode_image, to_bytes
from tb_actmax.records.writer import EventWriter


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    directory = tmp_path_factory.mktemp("export")
    write_log(directory / "drawn", {"conv1": 5}, range(4))
    write_pictured(directory / "pictured")
    _write_batches(directory / "batches")
    with tensorboard(directory) as found:
        yield found


def _write_batches(directory):
    """Writes a log of long epochs, with an update every 500 batches."""
    writer = EventWriter(str(directory / "actmax"))
    for batches in (500, 1000):
        more = {"epoch": batches // 400, "batches": batches}
        images = [encode_image(picture(0, key, 2), (0, 1)) for key in range(4)]
        writer.write(
            "conv1",
            batches,
            header("conv1", 0, 4) | more,
            images,
            layer_index=0,
            layer_type="Conv2D",
        )
    writer.close()


def _save(page, frame, what, **options):
    """Saves a PNG at scale 1; returns the file's name and its image."""
    name, data = saved(page, frame, what, **options)
    image = Image.open(io.BytesIO(data))
    image.load()
    return name, image


def _open(page, address, **state):
    # Crisp: sheets and animations enlarge pixels to squares.
    state = {"run": "drawn/actmax", **state}
    frame = open_tab(page, address, layer="conv1", filter="3", **state)
    expect(frame.locator("[data-shows]").first).to_be_visible()
    return frame


def test_an_image_is_saved_pixel_for_pixel(page, address):
    frame = _open(page, address, epoch=2)
    name, image = _save(page, frame, "Image", captions=False)
    assert name == "drawn_conv1_filter-3_epoch-2_optimized.png"
    logged = to_bytes(picture(0, 3, 2), (0, 1))[..., 0]
    assert (np.asarray(image.convert("L")) == logged).all()
    assert image.text["Title"] == "drawn · conv1 · filter 3 · epoch 2"
    about = json.loads(image.text["Description"])
    assert about["normalization"] == "optimized"
    assert about["made_with"] == {"steps": 32, "seed": 0}
    assert about["value_range"] == [0, 1]


def test_a_saved_image_is_as_displayed(page, address):
    frame = _open(page, address, epoch=1, norm="each")
    name, image = _save(page, frame, "Image", captions=False)
    assert name.endswith("_each.png")
    assert np.asarray(image.convert("L")).min() == 0
    assert np.asarray(image.convert("L")).max() == 255


def test_a_strip_has_all_epochs(page, address):
    name, image = _save(page, _open(page, address), "Strip over epochs")
    assert name == "drawn_conv1_filter-3_epochs_optimized.png"
    assert image.width == 4 * (96 + 8) + 8
    assert json.loads(image.text["Description"])["epochs"] == [0, 1, 2, 3]
    grey = np.asarray(image.convert("L"))
    for epoch in range(4):  # six pixels for each of 16, under the title
        left = 8 + epoch * 104
        tile = grey[40 : 40 + 96 : 6, left : left + 96 : 6]
        logged = to_bytes(picture(0, 3, epoch), (0, 1))[..., 0]
        assert (tile == logged).all()


def test_files_of_a_log_that_counts_batches_say_batch(page, address):
    frame = _open(page, address, run="batches/actmax")
    expect(frame.get_by_label("Batch number")).to_have_value("1000")
    name, image = _save(page, frame, "Image")
    assert name == "batches_conv1_filter-3_batch-1000_optimized.png"
    assert image.text["Title"].endswith("filter 3 · batch 1000")
    assert json.loads(image.text["Description"])["batch"] == 1000
    name, image = _save(page, frame, "Strip over batches")
    assert name == "batches_conv1_filter-3_batches_optimized.png"
    assert json.loads(image.text["Description"])["batches"] == [500, 1000]


def test_a_sheet_has_the_shown_filters(page, address):
    frame = _open(page, address, search="0-2")
    name, image = _save(page, frame, "Contact sheet")
    assert name == "drawn_conv1_epoch-3_optimized.png"
    about = json.loads(image.text["Description"])
    assert about["filters"] == ["0", "1", "2"]
    assert "epoch 3" in image.text["Title"]
    grey = np.asarray(image.convert("L"))
    second = grey[40 : 40 + 96 : 6, 112 : 112 + 96 : 6]
    assert (second == to_bytes(picture(0, 1, 3), (0, 1))[..., 0]).all()


@pytest.mark.parametrize("what", ["of the filter", "of the layer"])
def test_an_animation_plays_over_epochs(page, address, what):
    frame = _open(page, address)
    name, image = _save(page, frame, f"Animation {what}")
    assert name.startswith("drawn_conv1_") and "animation" in name
    assert image.n_frames == 4
    assert image.info["loop"] == 0
    assert json.loads(image.text["Description"])["epochs"] == [0, 1, 2, 3]
    frames = []
    for number in range(4):
        image.seek(number)
        frames.append(np.asarray(image.convert("L")))
        assert image.info["duration"] == (1200 if number == 3 else 400)
    for number, shot in enumerate(frames):
        zoom = 20 if "filter" in what else 6
        left = 8 if "filter" in what else 8 + 3 * 104
        tile = shot[40 : 40 + 16 * zoom : zoom, left : left + 16 * zoom : zoom]
        logged = to_bytes(picture(0, 3, number), (0, 1))[..., 0]
        assert (tile == logged).all()


def test_a_signal_is_saved_as_a_plot_on_white(page, address):
    frame = open_tab(
        page, address, run="pictured/actmax", layer="signal", filter="1"
    )
    page.evaluate("document.body.classList.add('dark-mode')")
    expect(frame.locator("[data-shows]").first).to_be_visible()
    _, image = _save(page, frame, "Image", captions=False)
    assert image.size == (480, 260)
    assert image.convert("RGB").getpixel((0, 0)) == (255, 255, 255)


def test_a_copied_link_opens_the_same_view(page, address):
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    frame = _open(page, address, sort="score", norm="each", size=64)
    frame.get_by_test_id("copy-link").click()
    expect(frame.get_by_test_id("copy-link")).to_have_text("Copied")
    link = page.evaluate("navigator.clipboard.readText()")
    # The link names the newest epoch, which stays when epochs are added.
    assert "p.actmax.epoch=3" in link and "p.actmax.run=drawn" in link
    before = [tile.get_attribute("aria-label") for tile in _tiles(frame)]
    image = pixels(frame, "3", 3)
    page.goto("about:blank")
    page.goto(link)
    frame = page.frame_locator("iframe").first
    assert pixels(frame, "3", 3) == image
    assert [t.get_attribute("aria-label") for t in _tiles(frame)] == before
    frame.get_by_test_id("copy-link").click()
    expect(frame.get_by_test_id("copy-link")).to_have_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()") == link


def _tiles(frame):
    return frame.locator("main").get_by_test_id("tile").all()


def test_a_sheet_says_what_is_shown_and_marks_it(page, address):
    frame = open_tab(
        page, address, run="drawn/actmax", layer="conv1", search="1-3"
    )
    expect(frame.locator("[data-shows]").first).to_be_visible()
    _, data = saved(page, frame, "Contact sheet of the layer", svg=True)
    text = data.decode()
    assert "drawn · conv1 · epoch 3 · 1-3: 3 of 5 filters" in text
    assert "1 · dead" in text
