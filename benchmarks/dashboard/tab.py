"""Measures how fast the tab is over a large log, in a real Chromium.

    python -m benchmarks.dashboard.tab [LOGDIR] [--runs 20] [--layers 20]
        [--filters 512] [--epochs 100] [--loader true --loader false]
        [--quick] [--write]

Without LOGDIR it first writes the log of large_log.py: twenty runs, one of
them with a million images. Reports for both of TensorBoard's loaders, in
milliseconds from the user's action to the last painted tile in view: opening
the tab, choosing a layer, going to an epoch that is not loaded and to one that
is; the frames a second while the epoch slider moves over loaded epochs, also
in a large window with at least 464 tiles in view, and while the matrix of
filters and epochs scrolls; and the memory of the page and of the server:
without a log, without the plugin, before and after all of this.

The frames are those that a user sees: the slider moves before each frame, as a
pointer moves it, and a frame counts if the tab draws images in it.

Figures of the large log are stored under `tab`, whether it was written now or
before; those of the logs of `make demo` (`--demo`) under `tab_demo`.
"""

import argparse
import json
import pathlib
import statistics
import tempfile

from playwright import sync_api
from support.chromium import find_chromium

from benchmarks import figures
from benchmarks.dashboard import large_log
from benchmarks.dashboard.server import NAMES, serve

_FLAGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run"
    " --disable-background-networking --disable-component-update --disable-sync"
).split()
# Milliseconds in which the tab polls once, and the server frees what the last
# answers took.
_POLL = 4000
# A window and a size of images at which 464 tiles are in view.
_MANY = {"window": {"width": 2560, "height": 1440}, "size": 56, "tiles": 464}
_SCRIPT = pathlib.Path(__file__).with_suffix(".js").read_text()


class Tab:
    """A page of TensorBoard that starts on another tab."""

    def __init__(self, browser, address):
        self.page = browser.new_page(viewport={"width": 1280, "height": 800})
        self.page.goto(f"{address}/#timeseries")
        self.page.wait_for_selector("[data-plugin-id=actmax]", timeout=60_000)
        self.page.wait_for_timeout(1500)  # TensorBoard loads its own tabs
        self.page.evaluate(f"() => {{ window.bench = {_SCRIPT} }}")

    def __call__(self, call):
        """Calls a function of tab.js."""
        return self.page.evaluate(f"() => window.bench.{call}")

    def show(self, **state):
        """Sets the state in the URL, as a link does."""
        text = "".join(f"&p.actmax.{k}={v}" for k, v in state.items())
        self.page.evaluate(f"() => {{ location.hash = '#actmax{text}' }}")

    def memory(self):
        """Returns the MB of JavaScript objects and array buffers in the page."""
        session = self.page.context.new_cdp_session(self.page)
        session.send("HeapProfiler.collectGarbage")
        used = session.send("Runtime.getHeapUsage")
        session.detach()
        return (used["usedSize"] + used.get("backingStorageSize", 0)) / 1e6


def measure(browser, server, quick):
    """Yields the name and value of each figure of the page."""
    run = server.runs()[0]
    tags = [layer["tag"] for layer in run["layers"]]
    epochs = json.loads(server.route("epochs", run=run["run"], tag=tags[-1]))[
        "epochs"
    ]
    opened = []
    openings = 1 if quick else 5
    moving = 300 if quick else 3000  # milliseconds of a movement
    for _ in range(openings):
        tab = Tab(browser, server.address)
        opened.append(tab("open()"))
        if len(opened) < openings:
            tab.page.close()
    yield "open_ms_first", opened[0]
    yield "open_ms", statistics.median(opened)
    tab.show(layer=tags[0])
    tab(f"painted(performance.now(), null, {json.dumps(tags[0])})")
    chosen = [tab(f"layer({json.dumps(tag)})") for tag in tags[1:6] or tags]
    yield "layer_ms", statistics.median(chosen)
    tab(f"layer({json.dumps(tags[-1])})")
    tab.page.wait_for_timeout(moving)  # the epochs, the neighbours
    far = sorted({len(epochs) * i // 7 for i in range(1, 7)})
    go = [f"epoch({index}, {epochs[index]})" for index in far]
    new = [tab(call) for call in go]
    yield "epoch_ms", statistics.median(new)
    yield "epoch_ms_slowest", max(new)
    old = [tab(call) for call in go[::-1]]
    yield "loaded_epoch_ms", statistics.median(old)
    yield "loaded_epoch_ms_slowest", max(old)
    few = min(len(epochs), 20)
    tab(f"scrub({moving}, {few})")  # loads them
    tab.page.wait_for_timeout(moving)
    yield "scrub_frames_per_second", tab(f"scrub({moving}, {few})")["rate"]
    yield "page_mb_after_epochs", tab.memory()
    yield from scrub_many(browser, server.address, tags[-1], epochs, moving)
    tab.show(view="time", layer=tags[-1])
    tab("painted(performance.now())")
    ways = {"down": "20, 0", "across": "0, 20", "diagonally": "20, 10"}
    for name, way in ways.items():
        scrolled = tab(f"scroll({moving}, {way})")
        yield f"scroll_{name}_frames_per_second", scrolled["rate"]
        yield f"scroll_{name}_settled_ms", scrolled["settled"]
    yield "page_mb_after_scrolling", tab.memory()
    for tag in tags:
        tab.show(view="time", layer=tag)
        tab(f"painted(performance.now(), null, {json.dumps(tag)})")
        tab(f"scroll({moving}, 60, 60)")
    yield "page_mb_after_all_layers", tab.memory()
    tab.page.wait_for_timeout(_POLL)
    tab.page.close()


def scrub_many(browser, address, tag, epochs, moving):
    """Yields how fast the slider moves over many tiles, if there are so many."""
    tab = Tab(browser, address)
    tab.page.set_viewport_size(_MANY["window"])
    tab.show(view="grid", layer=tag, size=_MANY["size"])
    tab(f"painted(performance.now(), null, {json.dumps(tag)})")
    _, tiles = tab("seen(null, null)")
    if tiles >= _MANY["tiles"]:
        few = epochs[:20]
        for index, epoch in enumerate(few):  # loads them
            tab(f"epoch({index}, {epoch})")
        moved = tab(f"scrub({moving}, {len(few)})")
        yield "scrub_many_tiles", tiles
        yield "scrub_many_frames_per_second", moved["rate"]
    tab.page.close()


def over(browser, logdir, shape, loader, quick):
    """Yields the figures of one loader; `shape` is None if it is unknown."""
    # Without TensorFlow the Python loader reads only 2 MB a second.
    tensorflow = loader == "false"
    flag = f"--load_fast={loader}"
    still = 1 if quick else 6  # seconds without reading
    with tempfile.TemporaryDirectory() as empty:
        with serve(empty, flag, tensorflow=tensorflow) as server:
            server.get("data/plugins_listing")
            server.wait_idle(still)
            empty_mb = server.memory()
    every = "--samples_per_plugin=actmax=0"  # as the plugin sets it
    with serve(
        logdir, flag, every, plugin=False, tensorflow=tensorflow
    ) as server:
        server.wait_idle(still)
        alone_mb = server.memory()
    with serve(logdir, flag, tensorflow=tensorflow) as server:
        if shape is None:
            yield "read_seconds", server.wait_still(still)
        else:
            size = (shape["runs"], shape["layers"], shape["epochs"] - 1)
            yield "read_seconds", server.wait(*size)
        yield "server_mb_no_log", empty_mb
        yield "server_mb_without_plugin", alone_mb
        server.wait_idle(still)
        yield "server_mb_before", server.memory()
        yield from measure(browser, server, quick)
        yield "server_mb_after", server.memory()


def main():
    """Prints the figures of both loaders."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("logdir", nargs="?", type=pathlib.Path)
    parser.add_argument("--loader", action="append", choices=("true", "false"))
    parser.add_argument(
        "--quick", action="store_true", help="measure each once, briefly"
    )
    parser.add_argument(
        "--demo", action="store_true", help="LOGDIR is that of `make demo`"
    )
    large_log.add_shape(parser)
    figures.add_option(parser)
    options = parser.parse_args()
    shape = None if options.logdir else large_log.shape(options)
    path = find_chromium()
    with tempfile.TemporaryDirectory() as made:
        logdir = options.logdir or pathlib.Path(made)
        if options.logdir is None:
            import digits

            (pictures, _), _ = digits.load()
            large_log.write_log(logdir, pictures, **shape)
        found = {"log_mb": large_log.size(logdir) / 1e6}
        print(f"log_mb: {found['log_mb']:.0f}")
        with sync_api.sync_playwright() as playwright:
            browser = playwright.chromium.launch(
                executable_path=path, args=_FLAGS
            )
            for loader in options.loader or NAMES:
                print(f"--load_fast={loader}")
                of_loader = found[NAMES[loader]] = {}
                measured = over(browser, logdir, shape, loader, options.quick)
                for name, value in measured:
                    of_loader[name] = value
                    print(f"    {name}: {value:.1f}", flush=True)
    if options.write:
        figures.write("tab_demo" if options.demo else "tab", found)


if __name__ == "__main__":
    main()
