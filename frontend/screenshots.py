"""Takes the screenshots of docs/dashboard.md from the demo's logs.

    make demo SERVE=0
    python frontend/screenshots.py logs

Opens every view of a real TensorBoard in Chromium, light and dark, and writes
docs/images/VIEW_light.png and VIEW_dark.png.
"""

import argparse
import json
import pathlib
import sys
import urllib.parse

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "tests"))

from playwright import sync_api
from support.chromium import find_chromium
from support.tensorboard_server import tensorboard

_IMAGES = pathlib.Path(__file__).parent.parent / "docs" / "images"
_FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
_RUN, _OTHER = "dropout/actmax", "no_dropout/actmax"

VIEWS: dict[str, dict[str, object]] = {
    "overview": {"view": "overview"},
    "grid": {"layer": "conv2", "filter": 9},
    "sorted": {"layer": "conv2", "filter": 9, "sort": "lift"},
    "exemplars": {"layer": "conv2", "filter": 9, "exemplars": 1},
    "filter": {"view": "filter", "layer": "conv2", "filter": 9},
    "time": {"view": "time", "layer": "conv2", "filter": 4, "size": 72},
    "runs": {
        "view": "runs",
        "layer": "conv2",
        "against": json.dumps([_OTHER, None]),
    },
    "compare": {
        "view": "compare",
        "layer": "conv2",
        "a": json.dumps([_RUN, "conv2", 0, "9"]),
        "b": json.dumps([_RUN, "conv2", 8, "9"]),
    },
    "compare_runs": {
        "view": "compare",
        "layer": "conv2",
        "compare": "swipe",
        "a": json.dumps([_RUN, "conv2", 8, "9"]),
        "b": json.dumps([_OTHER, "conv2", 8, "9"]),
    },
    "help": {"layer": "conv2"},
}


def take(page, address, name, dark, path):
    """Opens a view and saves a screenshot of it."""
    parameters = {"run": _RUN, **VIEWS[name]}
    ours = "".join(
        f"&p.actmax.{key}={urllib.parse.quote(str(value), safe='')}"
        for key, value in parameters.items()
    )
    page.goto("about:blank")
    page.goto(f"{address}/?darkMode={str(dark).lower()}#actmax{ours}")
    frame = page.frame_locator("iframe").first
    frame.locator("[data-shows]").first.wait_for()
    page.evaluate(
        "dark => document.body.classList.toggle('dark-mode', dark)", dark
    )
    if name == "help":
        frame.get_by_role("button", name="Help").click()
    page.wait_for_timeout(900)  # the last images, and fonts
    page.screenshot(path=path)


def main():
    """Takes all screenshots, or those named on the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("logdir")
    parser.add_argument("--only", nargs="+", choices=VIEWS, default=[*VIEWS])
    parser.add_argument("--width", type=int, default=1280)
    parser.add_argument("--height", type=int, default=800)
    parser.add_argument("--out", type=pathlib.Path, default=_IMAGES)
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    path = find_chromium()
    with (
        sync_api.sync_playwright() as playwright,
        tensorboard(options.logdir) as address,
    ):
        browser = playwright.chromium.launch(executable_path=path, args=_FLAGS)
        for dark in (False, True):
            page = browser.new_page(
                viewport={"width": options.width, "height": options.height},
                color_scheme="dark" if dark else "light",
            )
            page.set_default_timeout(90_000)  # also on a busy machine
            for name in options.only:
                tone = "dark" if dark else "light"
                take(
                    page,
                    address,
                    name,
                    dark,
                    options.out / f"{name}_{tone}.png",
                )
            page.close()
        browser.close()


if __name__ == "__main__":
    main()
