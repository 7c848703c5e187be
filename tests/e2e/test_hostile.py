"""Malicious logs: no script of theirs runs, and no view breaks."""

import json
import urllib.parse

import pytest
from playwright.sync_api import expect
from support import hostile_logs
from support.tensorboard_server import tensorboard

# Each view and page, with the view of the toolbar that it belongs to.
VIEWS = {
    "overview": "overview",
    "grid": "grid",
    "filter": "grid",
    "time": "time",
    "runs": "runs",
    "across": "runs",
    "compare": "runs",
}


@pytest.fixture(scope="module", params=["true", "false"])
def served(request, tmp_path_factory):
    """Yields the address of a TensorBoard over the logs, and its output."""
    directory = tmp_path_factory.mktemp("hostile")
    hostile_logs.make(directory)
    said = []
    flag = f"--load_fast={request.param}"
    with tensorboard(directory, flag, said=said) as address:
        yield address, said
    assert not [line for line in said if "Traceback" in line]


def parameters(**state):
    return "#actmax&" + "&".join(
        f"p.actmax.{name}={urllib.parse.quote(str(value), safe='')}"
        for name, value in state.items()
    )


def see(page, address, **state):
    """Opens the tab in a state; returns its frame."""
    page.goto("about:blank")
    page.goto(f"{address}/{parameters(**state)}")
    frame = page.frame_locator("iframe[src*=actmax], iframe").first
    expect(frame.get_by_test_id("actmax")).to_be_visible(timeout=60_000)
    return frame


def turn_to(page, frame, **state):
    """Changes the state of the open tab, as links and the back button do."""
    page.evaluate("hash => { location.hash = hash; }", parameters(**state))
    page.wait_for_timeout(100)
    view = frame.get_by_test_id(f"view-{VIEWS[state.get('view', 'grid')]}")
    expect(view).to_have_attribute("aria-pressed", "true")


def untouched(page):
    """Returns whether no script of a log ran, in the page or its frames."""
    return all(
        frame.evaluate("typeof window.hacked") == "undefined"
        for frame in page.frames
    )


def listed(page, address):
    answer = page.request.get(f"{address}/data/plugin/actmax/index").json()
    return [
        (run["run"], layer["tag"])
        for run in answer["runs"]
        for layer in run["layers"]
        if layer["tag"] != "conv1"
    ]


def test_no_view_breaks_and_no_script_runs(page, served):
    address, _ = served
    page.on("dialog", lambda dialog: pytest.fail(dialog.message))
    failed = []
    page.on(
        "response",
        lambda answer: answer.status >= 500 and failed.append(answer.url),
    )
    frame = see(page, address)
    expect(frame.locator("[data-shows]").first).to_be_visible()
    for run, tag in listed(page, address):
        turn_to(page, frame, run=run, layer=tag, exemplars=1)
    for run, tag in [("names/actmax", tag) for tag in NAMES] + STRANGE:
        for view in VIEWS:
            place = json.dumps([run, tag, 1, tag])
            state = {"run": run, "layer": tag, "filter": tag, "view": view}
            turn_to(page, frame, **state, a=place, b=place)
    page.wait_for_timeout(500)
    assert untouched(page)
    assert failed == []


NAMES = list(hostile_logs.NAMES.values())
STRANGE = [
    ("measures/actmax", "numbers"),
    ("measures/actmax", "sprite"),
    ("steps/actmax", "steps"),
    ("steps/actmax", "sizes"),
    ("tensors/actmax", "claims far more"),
    ("event newer version/actmax", "bad"),
]


def test_faults_are_reported_and_other_epochs_shown(page, served):
    address, _ = served
    run = "event newer version/actmax"
    frame = see(page, address, run=run, layer="bad")
    expect(frame.locator("[data-shows]").first).to_be_visible()
    frame = see(page, address, run=run, layer="bad", epoch=1)
    faults = frame.get_by_test_id("faults")
    expect(faults).to_contain_text("epoch 1")
    expect(faults).to_contain_text("A newer tb_actmax may read it")
    frame = see(page, address, run="image bomb/actmax", layer="bad")
    expect(frame.locator(".picture-note").first).to_contain_text(
        "60000 x 60000 pixels; the header says 16 x 16"
    )
    frame = see(page, address, run="image torn body/actmax", layer="bad")
    expect(frame.locator(".picture-note").first).to_contain_text("not an image")
    index = page.request.get(f"{address}/data/plugin/actmax/index").json()
    for run in index["runs"]:
        for layer in run["layers"]:
            if layer["fault"]:  # TensorBoard's Python loader has some
                state = {"run": run["run"], "layer": layer["tag"]}
                turn_to(page, frame, **state)
                expect(faults).to_contain_text(layer["fault"])


def test_long_and_right_to_left_names_do_not_break_the_page(page, served):
    address, _ = served
    for name in (hostile_logs.LONG, hostile_logs.TURNED):
        state = {"run": "names/actmax", "layer": name, "filter": name}
        frame = see(page, address, **state, size="96")
        expect(frame.locator("[data-shows]").first).to_be_visible()
        body = frame.locator("body")
        width = body.evaluate(
            "body => body.ownerDocument.documentElement.scrollWidth"
        )
        assert width <= 1280
        tile = frame.get_by_test_id("tile").first.bounding_box()
        assert tile["width"] < 110 and tile["height"] < 150
        assert frame.get_by_test_id("view-runs").bounding_box()["y"] < 100
