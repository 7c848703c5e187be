"""Positions and pixels of what a real browser draws."""

import itertools

import pytest
from playwright.sync_api import expect
from support.dashboard_page import display, open_tab, rgb, shown
from support.logs import picture, write_log
from support.pictured_logs import DEPTH, write_pictured
from support.tensorboard_server import tensorboard

from tb_actmax.records.images import to_bytes


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    directory = tmp_path_factory.mktemp("pictures")
    write_log(directory / "drawn", {"conv1": 9, "conv2": 5}, range(4))
    write_pictured(directory / "pictured")
    with tensorboard(directory) as found:
        yield found


def _drawn(page, address, **state):
    return open_tab(page, address, run="drawn/actmax", **state)


def _pictured(page, address, layer, **state):
    return open_tab(page, address, run="pictured/actmax", layer=layer, **state)


def _select(frame, label, option):
    display(frame).get_by_label(label).select_option(option)


def test_a_tile_shows_the_logged_bytes(page, address):
    frame = _drawn(page, address, layer="conv1")
    seen = rgb(shown(frame, 4, 3))
    logged = to_bytes(picture(0, 4, 3), (0, 1))[..., 0].tolist()
    assert [[pixel[0] for pixel in row] for row in seen] == logged


def test_normalization_changes_all_views_at_once(page, address):
    frame = _drawn(page, address, layer="conv1", epoch=0, filter=4)
    before = rgb(shown(frame, 4, 0))
    _select(frame, "Normalization for display", "each")
    canvas = shown(frame, 4, 0)
    expect(canvas).to_be_visible()
    page.wait_for_timeout(100)
    after = rgb(canvas)
    values = [pixel[0] for row in after for pixel in row]
    assert (min(values), max(values)) == (0, 255)
    assert after != before
    large = frame.get_by_test_id("inspector").locator("[data-shows]")
    assert rgb(large.first) == after
    for view in ("time", "grid"):
        frame.get_by_test_id(f"view-{view}").click()
        assert rgb(shown(frame, 4, 0)) == after


def test_tiles_are_in_rows_of_equal_size(page, address):
    frame = _drawn(page, address, layer="conv1", size=64)
    tiles = frame.get_by_test_id("tile")
    expect(tiles).to_have_count(9)
    boxes = [tile.bounding_box() for tile in tiles.all()]
    assert {box["width"] for box in boxes} == {68}  # 64 and two borders of 2
    steps = {b["x"] - a["x"] for a, b in itertools.pairwise(boxes)}
    assert steps == {76}
    assert len({box["y"] for box in boxes}) == 1


def test_headers_of_the_matrix_are_sticky(page, address):
    frame = _drawn(page, address, layer="conv1", view="time", size=160)
    matrix = frame.get_by_role("grid")
    expect(frame.get_by_role("gridcell").first).to_be_visible()
    box = matrix.bounding_box()
    head = frame.get_by_role("columnheader", name="Epoch 3")
    matrix.evaluate("grid => grid.scrollTo(0, 600)")
    row = frame.get_by_role("rowheader").filter(has_text="4").first
    expect(row).to_be_visible()
    assert abs(head.bounding_box()["y"] - box["y"]) < 2
    assert abs(row.bounding_box()["x"] - box["x"]) < 2
    cell = frame.locator('[data-testid=tile][data-key="4"]')
    line = cell.first.bounding_box()
    assert abs(line["y"] - row.bounding_box()["y"]) < 2
    column = frame.locator('[data-key="4"][data-epoch="3"]').bounding_box()
    assert abs(column["x"] - head.bounding_box()["x"]) < 2


def test_a_slider_selects_the_slice_of_a_volume(page, address):
    frame = _pictured(page, address, "volume", slice=0)
    slider = frame.get_by_test_id("slice")
    expect(slider).to_have_attribute("aria-valuetext", f"slice 1 of {DEPTH}")
    first = rgb(shown(frame, 0, 2))
    assert (len(first), len(first[0])) == (8, 8)
    assert first[0][0] == [51, 51, 51]  # 0.1 + 2 x 0.05, of 255
    slider.evaluate("s => { s.value = 3; s.dispatchEvent(new Event('input')) }")
    expect(slider).to_have_attribute("aria-valuetext", f"slice 4 of {DEPTH}")
    page.wait_for_timeout(100)
    assert rgb(shown(frame, 0, 2))[0][0] == [204, 204, 204]
    frame.get_by_test_id("tile").first.focus()
    page.keyboard.press("[")
    expect(slider).to_have_attribute("aria-valuetext", f"slice 3 of {DEPTH}")


def test_a_volume_plays_as_a_video(page, address):
    frame = _pictured(page, address, "volume", slice=0)
    slider = frame.get_by_test_id("slice")
    seen = set()
    frame.get_by_test_id("tile").first.focus()
    page.keyboard.press("v")
    for _ in range(3 * DEPTH):
        seen.add(rgb(shown(frame, 0, 2))[0][0][0])
        page.wait_for_timeout(120)
    assert len(seen) == DEPTH  # each slice has its own brightness
    page.keyboard.press("v")
    expect(frame.get_by_label("Play through slices")).to_be_visible()

    # Once and slowly with reduced motion.
    page.emulate_media(reduced_motion="reduce")
    last = f"slice {DEPTH} of {DEPTH}"
    slider.evaluate("s => { s.value = 2; s.dispatchEvent(new Event('input')) }")
    frame.get_by_label("Play through slices").click()
    page.wait_for_timeout(500)
    expect(slider).to_have_attribute("aria-valuetext", f"slice 3 of {DEPTH}")
    expect(slider).to_have_attribute("aria-valuetext", last)
    expect(frame.get_by_label("Play through slices")).to_be_visible()
    expect(slider).to_have_attribute("aria-valuetext", last)


def test_many_channels_are_shown_one_by_one_and_as_components(page, address):
    frame = _pictured(page, address, "bands")
    channel = display(frame).get_by_test_id("channel")
    expect(channel).to_have_value("")
    page.wait_for_timeout(300)  # the components are those of the first epoch
    colours = rgb(shown(frame, 2, 2))
    # The strongest component, red, follows the first channel: left to right.
    reds = [pixel[0] for pixel in colours[4]]
    assert reds == sorted(reds) and reds[-1] - reds[0] > 80
    greens = [row[4][1] for row in colours]
    assert abs(greens[-1] - greens[0]) > 15
    channel.select_option("0")
    page.wait_for_timeout(100)
    grey = rgb(shown(frame, 2, 2))
    assert [pixel[0] for pixel in grey[0]] == [
        round(i / 8 * 255) for i in range(8)
    ]
    assert all(len(set(pixel)) == 1 for row in grey for pixel in row)


def test_a_signal_is_drawn_as_curves_with_axes(page, address):
    frame = _pictured(page, address, "signal", filter=0, size=96)
    tile = rgb(shown(frame, 0, 2))
    ink = {tuple(pixel) for row in tile for pixel in row}
    assert (30, 136, 229) in ink and (
        245,
        124,
        0,
    ) in ink  # one for each channel
    # The sine starts in the middle and has its top in the first half.
    blue = [
        (x, y)
        for y, row in enumerate(tile)
        for x, pixel in enumerate(row)
        if pixel == [30, 136, 229]
    ]
    left = min(blue)
    top = min(blue, key=lambda point: point[1])
    assert abs(left[1] - len(tile) / 2) < 4
    assert top[0] < len(tile[0]) / 2
    large = frame.get_by_test_id("inspector").locator("[data-shows]")
    plot = rgb(large.first)
    # The numbers of the axis, in its text colour, are left of the curves.
    labels = [pixel for row in plot for pixel in row[:34]]
    assert any(max(pixel) < 160 for pixel in labels)


def test_a_signal_is_drawn_in_the_colours_of_dark_mode(page, address):
    frame = _pictured(page, address, "signal")
    assert rgb(shown(frame, 0, 2))[0][0] == [255, 255, 255]
    page.evaluate("document.body.classList.add('dark-mode')")
    page.wait_for_timeout(300)
    assert rgb(shown(frame, 0, 2))[0][0] == [37, 37, 37]


def test_both_images_zoom_and_pan_together(page, address):
    place = ["drawn/actmax", "conv1", 3]
    frame = _drawn(
        page, address, view="compare", a=[*place, "2"], b=[*place, "5"]
    )
    left = frame.get_by_label("A", exact=True)
    expect(frame.locator(".lens [data-shows]")).to_have_count(2)
    box = left.bounding_box()
    page.mouse.move(box["x"] + 40, box["y"] + 40)
    page.mouse.wheel(0, -300)
    page.mouse.down()
    page.mouse.move(box["x"] + 70, box["y"] + 50)
    page.mouse.up()
    transforms = frame.locator(".lens > div").evaluate_all(
        "boxes => boxes.map(box => box.style.transform)"
    )
    assert transforms[0] == transforms[1]
    assert "scale(2.718" in transforms[0]
    page.keyboard.press("0")
    expect(frame.locator(".lens > div").first).to_have_attribute(
        "style", "transform: translate(0px, 0px) scale(1);"
    )


def test_arrow_keys_pan_both_images(page, address):
    place = ["drawn/actmax", "conv1", 3]
    frame = _drawn(
        page, address, view="compare", a=[*place, "2"], b=[*place, "5"]
    )
    expect(frame.locator(".lens [data-shows]")).to_have_count(2)
    left = frame.get_by_label("A", exact=True).locator("canvas")
    right = frame.get_by_label("B", exact=True).locator("canvas")
    frame.get_by_role("button", name="Zoom in").click()
    page.mouse.click(5, 700)  # away from all buttons
    before = [left.bounding_box(), right.bounding_box()]
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowDown")
    page.wait_for_timeout(100)
    after = [left.bounding_box(), right.bounding_box()]
    for was, now in zip(before, after, strict=True):
        moved = [round(now[side] - was[side]) for side in ("x", "y")]
        assert moved == [24, -24]


def test_the_difference_is_grey_where_images_agree(page, address):
    place = ["drawn/actmax", "conv1", 3, "2"]
    frame = _drawn(
        page, address, view="compare", compare="difference", a=place, b=place
    )
    canvas = frame.get_by_role("img", name="Difference of A and B")
    page.wait_for_timeout(500)
    assert {tuple(p) for row in rgb(canvas) for p in row} == {(128, 128, 128)}


def test_tiles_are_beside_the_inspector_not_under_it(page, address):
    frame = _drawn(page, address, layer="conv1", filter=2)
    expect(frame.locator("[data-shows]").first).to_be_visible()
    box = frame.locator("main").bounding_box()
    side = frame.get_by_test_id("inspector").bounding_box()
    assert box["x"] + box["width"] <= side["x"]


def test_tiles_fill_the_window_by_default(page, address):
    frame = _drawn(page, address, layer="conv1")
    tile = frame.get_by_test_id("tile").first
    expect(tile).to_be_visible()
    page.wait_for_timeout(300)
    assert tile.bounding_box()["width"] > 180  # nine of them
    assert frame.locator("main").evaluate(
        "main => main.scrollHeight <= main.clientHeight"
    )


def test_the_toolbar_is_one_row(page, address):
    frame = _drawn(page, address, layer="conv1")
    expect(frame.get_by_test_id("epoch")).to_be_visible()
    assert frame.locator(".toolbar").bounding_box()["height"] < 60


@pytest.mark.parametrize("width", [390, 640])
def test_the_tab_fits_a_narrow_window(page, address, width):
    page.set_viewport_size({"width": width, "height": 800})
    views = ("overview", "grid", "time", "runs", "across", "compare", "filter")
    for view in views:
        frame = _drawn(page, address, layer="conv1", view=view, filter=2)
        if view == "runs":  # the log has no signatures, and it says so
            expect(frame.get_by_test_id("reason")).to_be_visible()
        else:
            expect(frame.locator("[data-shows]").first).to_be_visible()
        wide = frame.locator("body").evaluate(
            "body => [body.scrollWidth, window.innerWidth]"
        )
        assert wide[0] <= wide[1], view
        for name in ("view-overview", "view-runs"):
            box = frame.get_by_test_id(name).bounding_box()
            assert box["x"] >= 0 and box["x"] + box["width"] <= width, view
