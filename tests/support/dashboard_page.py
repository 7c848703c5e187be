"""Opens the tab and reads what it draws."""

import json
import pathlib
import re
import time
import urllib.parse

import numpy as np
from playwright.sync_api import expect

# Seconds until a tile that was built anew shows its image.
_PATIENCE = 30
_READ = pathlib.Path(__file__).with_name("read_picture.js").read_text()


def open_tab(page, address, **state):
    """Opens the tab in a state, by default at a layer; returns its frame."""
    state = {"view": "grid", **state}
    parameters = "".join(
        f"&p.actmax.{name}={urllib.parse.quote(_text(value), safe='')}"
        for name, value in state.items()
    )
    page.goto("about:blank")
    page.goto(f"{address}/#actmax{parameters}")
    frame = page.frame_locator("iframe[src*=actmax], iframe").first
    expect(frame.get_by_test_id("actmax")).to_be_visible(timeout=60_000)
    return frame


def _text(value):
    return value if isinstance(value, str) else json.dumps(value)


def shown(frame, key, epoch):
    """Returns the picture on a tile once it shows the right image."""
    tile = frame.locator(
        f'[data-testid=tile][data-key="{key}"][data-epoch="{epoch}"]'
    ).first
    picture = tile.locator("[data-shows]")
    shows = re.compile(rf" {epoch} {key}$")
    expect(picture).to_have_attribute("data-shows", shows)
    return picture


def pixels(frame, key, epoch):
    """Returns the pixels of the picture on a tile."""
    give_up = time.monotonic() + _PATIENCE
    while (found := rgb(shown(frame, key, epoch))) is None:
        # The tab read its runs again, and built the tile anew.
        assert time.monotonic() < give_up, (key, epoch)
    return found


def rgb(picture):
    """Returns the pixels of a canvas or picture: rows of [red, green, blue].

    It is `None` if the page replaced the element meanwhile.
    """
    read = picture.evaluate(_READ)
    if read is None:
        return None
    width, height, values = read
    return np.reshape(values, (height, width, 4))[..., :3].tolist()


def display(frame):
    """Opens the menu of how images are displayed; returns it."""
    menu = frame.get_by_test_id("display")
    if menu.get_attribute("open") is None:
        menu.locator("summary").click()
    return menu


def saved(
    page, frame, what, scale="1", captions=True, patches=False, svg=False
):
    """Saves through the menu; returns the file's name and its bytes."""
    menu = frame.get_by_test_id("save")
    if menu.get_attribute("open") is None:
        menu.locator("summary").click()
    menu.get_by_label("Format").select_option("svg" if svg else "png")
    if not svg:
        menu.get_by_label("Scale").select_option(scale)
    menu.get_by_label("Captions").set_checked(captions)
    menu.get_by_label("Patches of real inputs").set_checked(patches)
    with page.expect_download() as download:
        menu.get_by_role("button", name=what).click()
    with open(download.value.path(), "rb") as file:
        return download.value.suggested_filename, file.read()
