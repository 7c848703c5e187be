"""Looks at every view of the tab over logs of any kind.

    python frontend/check_views.py LOGS

Serves each folder in LOGS with a real TensorBoard, opens every view in
Chromium at five widths, light and dark, and saves a screenshot of each.
Scrollbars are visible, as on most machines. Fails if axe finds something, if
the page reports an error, if it scrolls sideways, or if a view scrolls down
that fits its frame. Needs frontend/node_modules (npm ci) and no network.

Some parts appear only for some logs. Have among LOGS a log that this version
wrote, of convolutions with a labelled probe (the filters and whole inputs
behind an image), one of signals, and one with two networks of several runs
each, of which some end earlier.
"""

import argparse
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "tests"))

from playwright import sync_api
from support.chromium import find_chromium
from support.dashboard_page import open_tab
from support.tensorboard_server import tensorboard
from support.view_findings import (
    axe_findings,
    frame_of,
    rows_of_toolbar,
    sideways,
    taller,
    wait_until_still,
)

_FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
_HIDE_SCROLLBARS = "--hide-scrollbars"  # playwright passes it by default
_SET_TONE = "dark => document.body.classList.toggle('dark-mode', dark)"
_ONE_ROW = 1280  # pixels from which on the toolbar is one row
_FITTED = {"map", "classes", "time", "across"}  # their main part fits
HEIGHTS = {390: 844, 768: 1024, 1280: 800, 1920: 1080, 2560: 1440}
VIEWS = {
    "overview": {},
    "layer": {"view": "grid"},
    "exemplars": {"view": "grid", "exemplars": 1},
    "twins": {"view": "grid", "sort": "twins"},
    "map": {"view": "grid", "sort": "map"},
    "classes": {"view": "grid", "sort": "classes"},
    "time": {"view": "time"},
    "runs": {"view": "runs"},
    "across": {"view": "across"},
    "compare": {"view": "compare"},
    "filter": {"view": "filter"},
}


class Check:
    """Takes screenshots of one log, and notes what is wrong."""

    def __init__(self, page, name, out):
        self.findings = []
        self.page, self.name, self.out = page, name, out
        self.now = name
        page.set_default_timeout(90_000)  # also on a busy machine
        page.on("pageerror", lambda error: self.note(str(error)))
        page.on("console", self._listen)

    def _listen(self, message):
        address = message.location.get("url", "")
        ours = "actmax" in address or "Content Security" in message.text
        if message.type == "error" and ours:
            self.note(f"{message.text} {address}")

    def note(self, text):
        """Notes a finding of what is shown now."""
        self.findings.append(f"{self.now}: {text}")
        print(self.findings[-1], flush=True)

    def view(self, address, view, widths, state):
        """Opens a view and checks it at all widths, light and dark."""
        self.now = f"{self.name} {view}"
        self.page.set_viewport_size({"width": 1280, "height": 800})
        open_tab(self.page, address, **state)
        frame = frame_of(self.page)
        for width in widths:
            size = {"width": width, "height": HEIGHTS[width]}
            self.page.set_viewport_size(size)
            wait_until_still(frame)
            for tone in ("light", "dark"):
                self.now = f"{self.name} {view} {width} {tone}"
                self.page.evaluate(_SET_TONE, tone == "dark")
                self.page.wait_for_timeout(200)  # it is drawn anew
                path = self.out / f"{self.name}_{view}_{width}_{tone}.png"
                self.page.screenshot(path=path)
                for finding in axe_findings(frame):
                    self.note(f"axe: {finding}")
                if width >= _ONE_ROW and rows_of_toolbar(frame) > 1:
                    self.note("the toolbar has several rows")
                for element in sideways(frame):
                    self.note(f"scrolls sideways: {element}")
                below = taller(frame)
                if below["page"] > 0:
                    self.note(f"the page is {below['page']} pixels too tall")
                if view in _FITTED and below["main"] > 0:
                    self.note(f"the view is {below['main']} pixels too tall")


def launch(chromium):
    """Starts a browser with visible scrollbars."""
    return chromium.launch(
        executable_path=find_chromium(),
        args=_FLAGS,
        ignore_default_args=[_HIDE_SCROLLBARS],
    )


def first_images(page, address):
    """Returns the first two images of the layer that the tab opens."""
    frame = open_tab(page, address)
    tiles = frame.get_by_test_id("tile")
    tiles.first.wait_for()
    found = [
        tiles.nth(i).evaluate("tile => ({...tile.dataset})") for i in (0, 1)
    ]
    return [
        [tile["run"], tile["tag"], int(tile["epoch"]), tile["key"]]
        for tile in found
    ]


def check(browser, log, out, views, widths):
    """Checks all views of a log; returns the findings."""
    with tensorboard(log) as address:
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        found = Check(page, log.name, out)
        first, second = first_images(page, address)
        run, tag, _, key = first
        where = {"run": run, "layer": tag, "filter": key}
        for view in views:
            state = {"view": "overview", **VIEWS[view]}
            if view not in ("overview", "runs"):
                state |= where
            if view == "compare":
                state |= {"a": first, "b": second}
            found.view(address, view, widths, state)
        page.close()
    return found.findings


def main():
    """Checks each log of a folder; returns 1 if something is wrong."""
    parser = argparse.ArgumentParser(
        description=__doc__.splitlines()[0],
        epilog="Add --one if the folder itself is a log with several runs.",
    )
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--one", action="store_true")
    parser.add_argument("--views", nargs="+", choices=VIEWS, default=[*VIEWS])
    parser.add_argument(
        "--widths", nargs="+", type=int, choices=HEIGHTS, default=[*HEIGHTS]
    )
    parser.add_argument("--out", type=pathlib.Path, default="view_shots")
    options = parser.parse_args()
    folder = options.folder.resolve()
    logs = sorted(one for one in folder.iterdir() if one.is_dir())
    if options.one:
        logs = [folder]
    if not logs:
        parser.error(f"{folder} has no folder with a log in it.")
    options.out.mkdir(parents=True, exist_ok=True)
    findings = []
    with sync_api.sync_playwright() as playwright:
        browser = launch(playwright.chromium)
        for log in logs:
            findings += check(
                browser, log, options.out, options.views, options.widths
            )
        browser.close()
    pictures = len(logs) * len(options.views) * len(options.widths) * 2
    print(f"{pictures} pictures in {options.out}, {len(findings)} findings")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
