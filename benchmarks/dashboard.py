"""How fast the dashboard is, in a real Chromium over a real TensorBoard.

    python benchmarks/dashboard.py LOGDIR [--layer conv2]

Prints, for both of TensorBoard's loaders: milliseconds from choosing a layer
to all its tiles painted (median of five), from moving the scrubber to an epoch
that is loaded, and the frame rate while the scrubber moves over loaded epochs.
"""

import argparse
import json
import pathlib
import shutil
import statistics
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "tests"))

from e2e_server import tensorboard
from playwright import sync_api

_FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]

# Runs in the dashboard's frame; a tile is painted when its canvas says so.
_PAINTED = """
async ([layer, before]) => {
  const choose = (select, value) => {
    select.value = value;
    select.dispatchEvent(new Event("change", { bubbles: true }));
  };
  const select = document.querySelector("[data-testid=layer]");
  choose(select, before);
  await new Promise((done) => setTimeout(done, 800));
  const began = performance.now();
  choose(select, layer);
  for (;;) {
    await new Promise(requestAnimationFrame);
    const tiles = [...document.querySelectorAll("[data-testid=tile]")];
    const seen = tiles.filter((t) => t.getBoundingClientRect().top < innerHeight);
    const canvases = seen.map((tile) => tile.querySelector("canvas"));
    const ready = (c) => c?.dataset.shows?.includes(` ${layer} `);
    if (seen.length && canvases.every(ready)) return performance.now() - began;
    if (performance.now() - began > 10000) return null;
  }
}
"""
_SCRUB = """
async (times) => {
  const input = document.querySelector("[data-testid=epoch]");
  const last = Number(input.max);
  let frames = 0;
  const began = performance.now();
  for (let i = 0; i < times; i++) {
    input.value = String(i % (last + 1));
    input.dispatchEvent(new Event("input", { bubbles: true }));
    await new Promise(requestAnimationFrame);
    frames++;
  }
  return (frames * 1000) / (performance.now() - began);
}
"""


def measure(browser, address, layer, other):
    """Opens the tab once and measures."""
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    page.goto(f"{address}/#actmax&p.actmax.size=72")
    element = page.wait_for_selector("iframe", timeout=20_000)
    frame = element.content_frame()
    frame.wait_for_selector("[data-testid=tile] canvas[data-shows]")
    chosen = [frame.evaluate(_PAINTED, [layer, other]) for _ in range(5)]
    page.reload()
    element = page.wait_for_selector("iframe", timeout=20_000)
    frame = element.content_frame()
    frame.wait_for_selector("[data-testid=tile] canvas[data-shows]")
    first = frame.evaluate(_PAINTED, [layer, other])
    frame.evaluate(_SCRUB, 40)  # loads all epochs
    page.wait_for_timeout(1500)
    rate = frame.evaluate(_SCRUB, 120)
    page.close()
    return {
        "choose_layer_ms_first": round(first),
        "choose_layer_ms_again": round(statistics.median(chosen)),
        "scrub_frames_per_second": round(rate, 1),
    }


def main():
    """Prints the figures of both loaders."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("logdir")
    parser.add_argument("--layer", default="conv2")
    parser.add_argument("--other", default="conv1")
    options = parser.parse_args()
    path = shutil.which("chromium") or shutil.which("google-chrome")
    found = {}
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=_FLAGS)
        for loader in ("true", "false"):
            flag = f"--load_fast={loader}"
            with tensorboard(options.logdir, flag) as address:
                found[flag] = measure(
                    browser, address, options.layer, options.other
                )
    print(json.dumps(found, indent=2))


if __name__ == "__main__":
    main()
