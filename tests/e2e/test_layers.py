"""How many layers the browser composites for the tiles."""

import pytest
from playwright.sync_api import expect
from support.dashboard_page import open_tab
from support.logs import write_log
from support.tensorboard_server import tensorboard


@pytest.mark.parametrize("view", ["grid", "time"])
def test_of_a_tile_only_the_image_is_a_layer(page, tmp_path, view):
    write_log(tmp_path / "run", {"conv1": 30}, range(10))
    with tensorboard(tmp_path) as address:
        frame = open_tab(page, address, view=view, layer="conv1", size=48)
        expect(frame.locator("[data-shows]").nth(24)).to_be_visible()
        found = []
        session = page.context.new_cdp_session(page)
        session.on(
            "LayerTree.layerTreeDidChange", lambda one: found.append(one)
        )
        session.send("DOM.enable")
        session.send("LayerTree.enable")
        frame.get_by_test_id("tile").first.hover()
        page.mouse.wheel(0, 60)
        page.wait_for_timeout(2000)
        layers = [one["layers"] for one in found if one.get("layers")][-1]
        assert len(layers) <= 25 + frame.get_by_role("rowheader").count()
        session.detach()
