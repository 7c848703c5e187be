"""Logs that change while the tab is open, through both loaders."""

import contextlib
import re
import shutil
import threading
import time

import pytest
from playwright.sync_api import expect
from support.dashboard_page import open_tab, pixels
from support.logs import header, picture, write_log
from support.tensorboard_server import tensorboard

from tb_actmax.records.images import encode_image
from tb_actmax.records.writer import EventWriter

_PAUSE = 0.7  # seconds of an epoch
_PATIENCE = 60_000  # milliseconds: a reload of TensorBoard and a poll
# TensorBoard reloads every second here, so the page may poll more often.
_SOONER = """{
  const wait = window.setTimeout;
  window.setTimeout = (call, time, ...rest) =>
    wait(call, time === 3000 ? 300 : time, ...rest);
}"""


@pytest.fixture(scope="module", params=["true", "false"])
def served(request, tmp_path_factory):
    """Yields a log directory and the address of its TensorBoard."""
    directory = tmp_path_factory.mktemp("live")
    with tensorboard(directory, f"--load_fast={request.param}") as address:
        yield directory, address


@pytest.fixture
def page(page):
    page.add_init_script(_SOONER)
    return page


@contextlib.contextmanager
def training(directory, filters=3):
    """Logs one epoch after another into one file, as a training does.

    Yields a list of the epochs written so far.
    """
    done = threading.Event()
    logged = []

    def train():
        writer = EventWriter(str(directory / "actmax"))
        while not done.wait(_PAUSE):
            epoch = len(logged)
            images = [
                encode_image(picture(0, key, epoch), (0, 1))
                for key in range(filters)
            ]
            about = header("conv1", epoch, filters)
            writer.write(
                "conv1",
                epoch,
                about,
                images,
                layer_index=0,
                layer_type="Conv2D",
            )
            writer.flush()
            logged.append(epoch)
        writer.close()

    thread = threading.Thread(target=train)
    thread.start()
    try:
        yield logged
    finally:
        done.set()
        thread.join()


def shown(frame, run, which=""):
    """Returns the pictures of a run in the view across runs."""
    tile = f'[data-testid=tile][data-run="{run}/actmax"]{which}'
    # The pinned filters are tiles too.
    return frame.get_by_role("grid").locator(f"{tile} [data-shows]")


def test_two_running_trainings_update_in_place(page, served):
    directory, address = served
    with training(directory / "one") as one, training(directory / "two") as two:
        state = {"run": "one/actmax", "layer": "conv1", "epoch": 1}
        state |= {"view": "across", "filter": "2", "size": 32}
        frame = open_tab(page, address, **state)
        for run in ("one", "two"):
            second = shown(frame, run).nth(1)
            expect(second).to_be_visible(timeout=_PATIENCE)
        grid = frame.get_by_role("grid")
        tile = grid.locator('[data-testid=tile][data-epoch="1"]').first
        tile.evaluate("tile => { tile.dataset.same = 'yes' }")
        frame.get_by_role("button", name="Pin", exact=True).click()
        expect(page).to_have_url(re.compile("pins"))
        set_by_hand = page.url
        last = len(one) + 1  # not written yet
        for run in ("one", "two"):
            new = shown(frame, run, f'[data-epoch="{last}"]')
            expect(new).to_have_count(1, timeout=_PATIENCE)
        # The elements are the same, and so are the settings.
        assert tile.get_attribute("data-same") == "yes"
        assert page.url == set_by_hand
        slider = frame.get_by_test_id("epoch")
        assert slider.get_attribute("aria-valuetext").startswith("epoch 1")
    # The last epochs of both arrive.
    frame.get_by_test_id("view-grid").click()
    for run, logged in (("one", one), ("two", two)):
        frame.get_by_test_id("run").select_option(f"{run}/actmax")
        count = f"{len(logged)} of {len(logged)} epochs"
        kept = frame.get_by_test_id("kept")
        expect(kept).to_have_text(count, timeout=_PATIENCE)


def test_a_renamed_run_is_reported_missing_and_found_again(page, served):
    directory, address = served
    write_log(directory / "first", {"conv1": 3}, range(2))
    frame = open_tab(page, address, run="first/actmax", filter="2")
    before = pixels(frame, "2", 1)
    options = frame.get_by_test_id("run").locator("option")
    # To TensorBoard, one run vanishes and another one appears.
    shutil.move(directory / "first", directory / "later")
    expect(options.filter(has_text="later")).to_have_count(1, timeout=_PATIENCE)
    gone = frame.get_by_test_id("message")
    expect(gone).to_contain_text("first", timeout=_PATIENCE)
    expect(frame.get_by_test_id("tile")).to_have_count(0)
    frame.get_by_test_id("run").select_option("later/actmax")
    expect(gone).to_have_count(0)
    assert pixels(frame, "2", 1) == before
    expect(frame.get_by_test_id("inspector")).to_contain_text("later")


def test_a_rewritten_run_shows_its_new_events(page, served):
    directory, address = served
    write_log(directory / "rewritten", {"conv1": 3}, range(2))
    frame = open_tab(page, address, run="rewritten/actmax")
    before = pixels(frame, "2", 1)
    # Longer than before, and with other images at the old epochs.
    shutil.rmtree(directory / "rewritten")
    write_log(directory / "rewritten", {"other": 2, "conv1": 3}, range(4))
    frame.get_by_test_id("layer").select_option("conv1", timeout=_PATIENCE)
    tile = frame.get_by_test_id("tile").first
    expect(tile).to_have_attribute("data-epoch", "3", timeout=_PATIENCE)
    pixels(frame, "2", 3)
    frame.get_by_label("Epoch", exact=True).first.fill("1")
    # The old image may be shown until the new one is fetched.
    give_up = time.monotonic() + _PATIENCE / 1000
    while pixels(frame, "2", 1) == before:
        assert time.monotonic() < give_up
    frame.get_by_test_id("layer").select_option("other", timeout=_PATIENCE)
    expect(frame.get_by_test_id("tile")).to_have_count(2)


def test_a_deleted_run_is_reported_missing(page, served):
    directory, address = served
    write_log(directory / "brief", {"conv1": 3}, range(2))
    write_log(directory / "stays", {"conv1": 3}, range(2))
    frame = open_tab(page, address, run="brief/actmax")
    pixels(frame, "2", 1)
    shutil.rmtree(directory / "brief")
    gone = frame.get_by_test_id("message")
    expect(gone).to_contain_text("brief", timeout=_PATIENCE)
    # The URL still names the deleted run, and another can be selected.
    assert "brief" in page.url
    frame.get_by_test_id("run").select_option("stays/actmax")
    expect(gone).to_have_count(0)
    pixels(frame, "2", 1)
