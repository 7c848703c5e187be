"""The page that `tb-actmax export --html` writes, opened from disk."""

import urllib.parse

import numpy as np
import pytest
from playwright.sync_api import expect
from support import hostile_logs
from support.dashboard_page import rgb, shown
from support.logs import header, picture, write_log

import tb_actmax
from tb_actmax.cli.main import main
from tb_actmax.records.images import encode_bytes, encode_image
from tb_actmax.records.writer import EventWriter


@pytest.fixture
def offline(chromium):
    """Yields a page without a network that records errors and requests."""
    context = chromium.new_context(
        viewport={"width": 1280, "height": 800}, offline=True
    )
    page = context.new_page()
    noted = []
    page.on(
        "console",
        lambda message: (
            noted.append(message.text) if message.type == "error" else None
        ),
    )
    page.on("pageerror", lambda error: noted.append(str(error)))
    page.on(
        "request",
        lambda request: (
            noted.append(request.url)
            if not request.url.startswith(("file:", "blob:", "data:"))
            else None
        ),
    )
    yield page
    context.close()
    assert not noted


def export(logs, file, *options):
    assert main(["export", str(logs), "--html", str(file), *options]) == 0
    return file.as_uri()


def opened(page, address, **state):
    parameters = "".join(
        f"&p.actmax.{name}={urllib.parse.quote(value, safe='')}"
        for name, value in state.items()
    )
    page.goto("about:blank")
    page.goto(f"{address}#actmax{parameters}")
    expect(page.get_by_test_id("actmax")).to_be_visible(timeout=60_000)


@pytest.fixture(scope="module")
def logs(tmp_path_factory):
    directory = tmp_path_factory.mktemp("logs")
    for name in ("first", "second"):
        write_log(directory / name, {"conv1": 4, "conv2": 6})
    return directory


def test_the_page_shows_the_log_without_a_network(offline, logs, tmp_path):
    address = export(logs, tmp_path / "page.html")
    opened(offline, address, view="grid", run="first/actmax", layer="conv2")
    for key in range(6):
        canvas = shown(offline, str(key), 3)
        expected = picture(1, key, 3)[..., 0].clip(0, 1) * 255
        drawn = np.array(rgb(canvas))[..., 0]
        scale = len(drawn) // len(expected)
        middle = drawn[scale // 2 :: scale, scale // 2 :: scale]
        np.testing.assert_allclose(middle, expected, atol=2)


def test_links_hold_the_state(offline, logs, tmp_path):
    address = export(logs, tmp_path / "page.html")
    state = {"view": "grid", "run": "second/actmax", "layer": "conv1"}
    opened(offline, address, **state, epoch="1")
    shown(offline, "0", 1)
    layer = offline.get_by_label("Layer").first
    if layer.evaluate("element => element.tagName") == "SELECT":
        layer.select_option(label="conv2")
        shown(offline, "5", 1)
        offline.wait_for_function("location.hash.includes('conv2')")
        offline.reload()
        shown(offline, "5", 1)


def test_a_filter_leads_to_those_that_it_is_built_from(offline, tmp_path):
    writer = EventWriter(str(tmp_path / "logs" / "actmax"))
    images = [encode_image(picture(0, key, 1), (0, 1)) for key in range(4)]
    more = {"layer_index": 0, "layer_type": "Conv2D"}
    writer.write("conv1", 1, header("conv1", 1, 4), images, **more)
    built = header("conv2", 1, 1)
    built["inputs"] = {"layer": "conv1", "extra": 0, "count": 2, "size": [1, 2]}
    built["filters"][0]["inputs"] = {
        "row": 0,
        "filters": [3, 2],
        "weights": [0.5, -0.25],
    }
    table = np.array([[255, 128, 1, 64]], np.uint8)
    more["layer_index"] = 1
    writer.write("conv2", 1, built, images[:1], [encode_bytes(table)], **more)
    writer.close()
    address = export(tmp_path / "logs", tmp_path / "page.html")
    opened(offline, address, view="grid", layer="conv2", filter="0")
    section = offline.get_by_test_id("filter-inputs").first
    excited = section.get_by_role("group", name="Excited by")
    one = excited.get_by_role("button", name="conv1, filter 3 of weight +0.5")
    expect(one.locator("[data-shows]")).to_be_visible()
    weights = one.locator("canvas").last
    assert rgb(weights)[0][0] == [230, 97, 1]
    inhibited = section.get_by_role("group", name="Inhibited by")
    expect(inhibited.get_by_role("button")).to_have_count(1)
    one.click()
    expect(offline.get_by_test_id("filter-inputs")).to_have_count(0)
    shown(offline, "3", 1)


def test_hostile_names_stay_text(offline, tmp_path):
    hostile_logs.make(tmp_path / "logs")
    address = export(tmp_path / "logs", tmp_path / "page.html")
    opened(offline, address, view="grid", run="names/actmax", layer="conv1")
    shown(offline, "0", 2)
    assert offline.evaluate("window.hacked") is None
    assert offline.title().startswith("Activation Max")
    assert offline.evaluate("document.scripts.length") == 2


def test_a_notebooks_frame_shows_the_page(offline, logs, tmp_path):
    shown_page = tb_actmax.show(logs, runs=["first"])
    notebook = tmp_path / "notebook.html"
    cell = shown_page._repr_html_()
    notebook.write_text(f"<!doctype html><title>n</title>{cell}", "utf-8")
    offline.goto(notebook.as_uri())
    frame = offline.frame_locator("iframe")
    expect(frame.get_by_test_id("actmax")).to_be_visible(timeout=60_000)
    frame.get_by_test_id("actmax").click(position={"x": 5, "y": 5})
    offline.keyboard.press("ArrowRight")
    offline.wait_for_timeout(1000)  # for the delayed change of the address
    assert offline.url == notebook.as_uri()
