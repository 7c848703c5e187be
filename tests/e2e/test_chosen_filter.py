"""The selected filter stays in view from view to view."""

import pytest
from playwright.sync_api import expect
from support.dashboard_page import open_tab
from support.logs import write_log
from support.tensorboard_server import tensorboard


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    directory = tmp_path_factory.mktemp("chosen")
    write_log(directory / "drawn", {"conv1": 150}, range(3))
    with tensorboard(directory) as found:
        yield found


def test_the_layer_and_over_time_open_at_the_selected_filter(page, address):
    page.set_viewport_size({"width": 1280, "height": 560})
    frame = open_tab(page, address, run="drawn/actmax", filter="140", size=96)
    chosen = frame.locator('main .tile[data-key="140"]').first
    expect(chosen).to_be_in_viewport()
    for view in ("time", "overview", "grid", "filter"):
        if view == "filter":
            page.keyboard.press("Enter")
            frame.get_by_title("Enlarge: open the page of the filter").click()
            expect(frame.get_by_test_id("filter-page")).to_be_visible()
            page.keyboard.press("Escape")
        else:
            frame.get_by_test_id(f"view-{view}").click()
        if view != "overview":
            expect(chosen).to_be_in_viewport()


def test_a_layer_opens_at_its_top_if_no_filter_is_selected(page, address):
    frame = open_tab(page, address, run="drawn/actmax", size=96)
    expect(frame.locator('main .tile[data-key="0"]')).to_be_in_viewport()
