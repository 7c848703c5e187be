"""Accessibility: axe, the keyboard, reduced motion."""

import pytest
from playwright.sync_api import expect
from support.dashboard_page import open_tab
from support.logs import write_log
from support.pictured_logs import write_pictured
from support.tensorboard_server import tensorboard
from support.view_findings import axe_findings, frame_of

_PLACE = ["drawn/actmax", "conv1", 3]
_SEEN = {
    "grid": {"view": "grid", "filter": "2", "pins": '[["conv1","3"]]'},
    "time": {"view": "time", "filter": "2"},
    "overview": {"view": "overview"},
    "runs": {"view": "runs"},
    "across": {"view": "across", "filter": "2"},
    "filter": {"view": "filter", "filter": "2"},
    "compare": {"view": "compare", "a": [*_PLACE, "2"], "b": [*_PLACE, "3"]},
    "swipe": {
        "view": "compare",
        "compare": "swipe",
        "a": [*_PLACE, "2"],
        "b": [*_PLACE, "3"],
    },
    "help": {"view": "grid"},
    "gone": {"view": "grid", "filter": "99"},
    "volume": {"run": "pictured/actmax", "layer": "volume", "filter": "0"},
    "bands": {"run": "pictured/actmax", "layer": "bands", "filter": "0"},
}


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    directory = tmp_path_factory.mktemp("access")
    write_log(directory / "drawn", {"conv1": 6, "conv2": 4}, range(4))
    write_log(directory / "other", {"conv1": 6, "conv2": 4}, range(4))
    write_pictured(directory / "pictured")
    with tensorboard(directory) as found:
        yield found


@pytest.mark.parametrize("name", _SEEN)
def test_axe_finds_nothing_light_or_dark(page, address, name):
    state = {"run": "drawn/actmax", "layer": "conv1", **_SEEN[name]}
    frame = open_tab(page, address, **state)
    if name == "runs":  # the log has no signatures, and it says so
        expect(frame.get_by_test_id("reason")).to_be_visible()
    else:
        expect(frame.locator("[data-shows]").first).to_be_visible()
    if name == "help":
        page.keyboard.press("Tab")
        frame.get_by_role("button", name="Help").click()
        expect(frame.get_by_role("dialog")).to_be_visible()
    assert axe_findings(frame_of(page)) == []
    page.evaluate("document.body.classList.add('dark-mode')")
    page.wait_for_timeout(200)
    assert axe_findings(frame_of(page)) == []


def test_every_key_does_what_the_help_says(page, address):
    frame = open_tab(page, address, run="drawn/actmax", layer="conv1")
    tiles = frame.get_by_test_id("tile")
    expect(tiles).to_have_count(6)
    epoch = frame.get_by_label("Epoch number")

    # Tab stops once; arrow keys go on from there.
    tiles.first.focus()
    page.keyboard.press("ArrowRight")
    expect(tiles.nth(1)).to_be_focused()
    page.keyboard.press("ArrowLeft")
    expect(tiles.first).to_be_focused()
    assert frame.locator('main .tile[tabindex="0"]').count() == 1

    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    inspector = frame.get_by_test_id("inspector")
    expect(inspector).to_contain_text("conv1, filter 1")

    page.keyboard.press(",")
    expect(epoch).to_have_value("2")
    page.keyboard.press(".")
    expect(epoch).to_have_value("3")
    page.keyboard.press("Home")
    expect(epoch).to_have_value("0")
    page.keyboard.press("a")
    page.keyboard.press("End")
    expect(epoch).to_have_value("3")
    page.keyboard.press("b")

    page.keyboard.press("p")
    expect(frame.get_by_label("Pinned filters")).to_be_visible()
    page.keyboard.press("p")
    expect(frame.get_by_label("Pinned filters")).to_have_count(0)

    page.keyboard.press("Home")
    page.keyboard.press(" ")
    expect(frame.get_by_role("button", name="Pause")).to_be_visible()
    expect(epoch).to_have_value("3", timeout=30_000)
    expect(frame.get_by_role("button", name="Play")).to_be_visible()

    page.keyboard.press("/")
    expect(frame.locator("#search")).to_be_focused()
    page.keyboard.press("Escape")
    expect(frame.locator("#search")).not_to_be_focused()

    page.keyboard.press("c")
    slot = frame.get_by_test_id("slot-A").get_by_label("Epoch")
    expect(slot).to_have_value("0")
    page.keyboard.press("x")
    expect(slot).to_have_value("3")
    page.keyboard.press("+")
    expect(frame.get_by_role("button", name="Zoom 1.5, reset")).to_be_visible()
    page.keyboard.press("0")
    expect(frame.get_by_role("button", name="Zoom 1.0, reset")).to_be_visible()

    page.keyboard.press("?")
    expect(frame.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    expect(frame.get_by_role("dialog")).to_have_count(0)
    expect(frame.locator(".pair")).to_be_visible()
    page.keyboard.press("Escape")  # the comparison, then the filter
    expect(frame.locator(".pair")).to_have_count(0)
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    expect(frame.get_by_test_id("view-grid")).to_have_attribute(
        "aria-pressed", "true"
    )


def test_focus_is_visible(page, address):
    frame = open_tab(page, address, run="drawn/actmax", layer="conv1")
    frame.get_by_test_id("tile").first.focus()
    page.keyboard.press("ArrowRight")
    outline = frame.get_by_test_id("tile").nth(1)
    expect(outline).to_have_css("outline-style", "solid")
    expect(outline).to_have_css("outline-width", "2px")


def test_nothing_moves_with_reduced_motion(page, address):
    page.emulate_media(reduced_motion="reduce")
    frame = open_tab(
        page,
        address,
        view="compare",
        compare="blink",
        a=[*_PLACE, "2"],
        b=[*_PLACE, "3"],
    )
    shown = frame.get_by_role("button", name="Showing A")
    expect(shown).to_be_visible()
    page.wait_for_timeout(1500)
    expect(shown).to_be_visible()
    shown.click()
    expect(frame.get_by_role("button", name="Showing B")).to_be_visible()
