"""The classes of filters stand at their tiles."""

import pytest
from playwright.sync_api import expect
from support.dashboard_page import open_tab
from support.logs import header, picture
from support.tensorboard_server import tensorboard

from tb_actmax.records.images import encode_image
from tb_actmax.records.writer import EventWriter

FILTERS = 6


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """Serves filters about class 3, "pelican", in turn with class 8."""
    directory = tmp_path_factory.mktemp("classes")
    writer = EventWriter(str(directory / "named" / "actmax"))
    for epoch in range(2):
        about = header("conv", epoch, FILTERS, class_names={"3": "pelican"})
        for index, entry in enumerate(about["filters"]):
            entry["entropy"] = 0.1
            entry["exemplars"] = {
                "inputs": [1, 2, 3],
                "values": [3.0, 2.0, 1.0],
                "cells": [0, 1, 2],
                "classes": [8, 8, 3] if index % 2 else [3, 3, 8],
            }
        images = [
            encode_image(picture(0, index, epoch), (0, 1))
            for index in range(FILTERS)
        ]
        writer.write(
            "conv", epoch, about, images, layer_index=0, layer_type="Conv2D"
        )
    writer.close()
    with tensorboard(directory) as found:
        yield found


def test_a_chip_shows_all_filters_about_its_class(page, address):
    frame = open_tab(page, address, size=96)
    # Filter 1 is dead and has no class.
    chips = frame.get_by_test_id("tile-chip")
    named = ["pelican", "pelican", "class 8", "pelican", "class 8"]
    expect(chips).to_have_text(named)
    chips.first.click()
    tiles = frame.locator("main .tile")
    expect(tiles).to_have_count(3)
    expect(frame.locator("#search")).to_have_value("class pelican")
    expect(chips).to_have_text(["pelican"] * 3)


def test_chips_do_not_cover_the_numbers_of_filters(page, address):
    frame = open_tab(page, address, size=96)
    chip = frame.get_by_test_id("tile-chip").nth(2).bounding_box()
    number = frame.locator('main .tile[data-key="3"] .caption').evaluate(
        """caption => {
            const range = document.createRange();
            range.selectNodeContents(caption);
            const { x, width } = range.getBoundingClientRect();
            return x + width;
        }"""
    )
    inside = frame.locator("main").evaluate(
        "() => window.frameElement.getBoundingClientRect().x"
    )
    assert inside + number <= chip["x"]
