"""Finds what is wrong with a view of the tab that is open in Chromium."""

import pathlib

_AXE = (
    pathlib.Path(__file__).parents[2]
    / "frontend"
    / "node_modules"
    / "axe-core"
    / "axe.min.js"
)

# Tables of epochs or classes, and the pins, may be wider than the page.
_SIDEWAYS = """() => {
  const scrolls = (element) =>
    element.scrollWidth > element.clientWidth + 1 &&
    (element === document.documentElement ||
      /auto|scroll/.test(getComputedStyle(element).overflowX));
  return [document.documentElement, ...document.querySelectorAll("body *")]
    .filter((element) => scrolls(element))
    .filter((element) => !element.closest(".matrix, .pins, pre"))
    .map((element) => element.className || element.tagName.toLowerCase());
}"""

# The parts that scroll are inside the page, which never does.
_TALLER = """() => [
  document.scrollingElement,
  document.querySelector("main"),
].map(({ scrollHeight, clientHeight }) => scrollHeight - clientHeight)"""

# Grows while texts and images arrive.
_CONTENT = """() => [
  document.body.innerText,
  document.querySelectorAll("[data-shows]").length,
].join()"""


def frame_of(page):
    """Returns the tab's frame on a page of TensorBoard."""
    return next(frame for frame in page.frames if "plugin_entry" in frame.url)


def wait_until_still(frame, milliseconds=300, most=20_000):
    """Waits until nothing has been added to the view for a while."""
    before = None
    for _ in range(most // milliseconds):
        now = frame.evaluate(_CONTENT)
        if now == before:
            return
        before = now
        frame.page.wait_for_timeout(milliseconds)


def axe_findings(frame):
    """Returns the rules of axe that the view breaks, and where."""
    if not frame.evaluate("'axe' in window"):
        frame.evaluate(_AXE.read_text())
    found = frame.evaluate("axe.run(document)")
    return [
        (rule["id"], [node["target"] for node in rule["nodes"]][:3])
        for rule in found["violations"]
    ]


def rows_of_toolbar(frame):
    """Returns how many rows the toolbar has; 0 without one."""
    return frame.evaluate(
        """() => new Set(
          [...document.querySelectorAll(".toolbar > *")]
            .map((element) => element.getBoundingClientRect())
            .filter(({ height }) => height > 0)
            .map(({ top, height }) => Math.round((top + height / 2) / 16))
        ).size"""
    )


def taller(frame):
    """Returns by how many pixels the page and its main part scroll down."""
    page, main = frame.evaluate(_TALLER)
    return {"page": page, "main": main}


def sideways(frame):
    """Returns the elements that scroll sideways and need not."""
    return frame.evaluate(_SIDEWAYS)
