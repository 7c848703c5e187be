"""The script that looks at every view: what it passes, and what it finds."""

import importlib.util
import pathlib

import pytest
from playwright.sync_api import expect
from support.dashboard_page import open_tab
from support.logs import write_log
from support.tensorboard_server import tensorboard
from support.view_findings import (
    axe_findings,
    frame_of,
    sideways,
    taller,
    wait_until_still,
)

_SCRIPT = pathlib.Path(__file__).parents[2] / "frontend" / "check_views.py"


@pytest.fixture(scope="module")
def script():
    spec = importlib.util.spec_from_file_location("check_views", _SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def browser(chromium, script):
    """Yields the script's browser, which shows scrollbars."""
    browser = script.launch(chromium.browser_type)
    yield browser
    browser.close()


def test_it_takes_a_picture_of_each_view_and_finds_nothing(
    browser, script, tmp_path
):
    write_log(tmp_path / "log" / "drawn", {"conv1": 6, "conv2": 4}, range(3))
    views = ["overview", "layer", "runs", "filter"]
    found = script.check(browser, tmp_path / "log", tmp_path, views, [390])
    assert found == []
    assert {path.name for path in tmp_path.glob("*.png")} == {
        f"log_{view}_390_{tone}.png"
        for view in views
        for tone in ("light", "dark")
    }


def test_the_inspector_has_room_for_its_scrollbar_and_menu(browser, tmp_path):
    write_log(tmp_path / "drawn", {"conv1": 6}, range(3))
    with tensorboard(tmp_path) as address:
        page = browser.new_page(viewport={"width": 1280, "height": 720})
        view = open_tab(page, address, filter="3")
        view.get_by_test_id("save").locator("summary").click()
        expect(view.get_by_text("Animation of the layer")).to_be_in_viewport()
        frame = frame_of(page)
        wait_until_still(frame)
        assert sideways(frame) == []
        assert taller(frame)["page"] == 0
        right = view.get_by_text("Compare with epoch 0").bounding_box()
        inside = view.get_by_test_id("inspector").evaluate(
            "e => e.getBoundingClientRect().left + e.clientLeft + e.clientWidth"
        )
        assert inside - (right["x"] + right["width"]) >= 16
        page.close()


def test_it_finds_what_is_wrong(page):
    page.set_content(
        "<html lang=en><title>t</title><main><h1>h</h1>"
        "<div style='width: 5000px'>wide</div>"
        "<p style='color: #ddd'>pale</p></main>"
        "<span style='position: absolute; top: 9000px'>hidden</span>"
    )
    assert taller(page.main_frame)["page"] > 8000
    assert "html" in sideways(page.main_frame)
    assert "color-contrast" in [
        rule for rule, _ in axe_findings(page.main_frame)
    ]
