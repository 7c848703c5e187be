"""Logs that change while the tab is open, through both loaders."""

import contextlib
import shutil
import threading

import pytest
from dashboard_page import open_tab, pixels
from e2e_server import tensorboard
from logs import header, picture, write_log
from playwright.sync_api import expect

from tb_actmax.records.images import encode_image
from tb_actmax.records.writer import EventWriter

_PAUSE = 0.7  # seconds of an epoch
_PATIENCE = 20_000  # milliseconds: a reload of TensorBoard and a poll


@pytest.fixture(scope="module", params=["true", "false"])
def served(request, tmp_path_factory):
    """A log directory, and the address of the TensorBoard that shows it."""
    directory = tmp_path_factory.mktemp("live")
    with tensorboard(directory, f"--load_fast={request.param}") as address:
        yield directory, address


@contextlib.contextmanager
def training(directory, filters=3):
    """A training that logs one epoch after another into one file.

    Gives a list of the epochs that were written.
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
    """Canvases of a run in the view across runs that show an image."""
    tile = f'[data-testid=tile][data-run="{run}/actmax"]{which}'
    # The strip of pins has tiles too.
    return frame.get_by_role("grid").locator(f"{tile} canvas[data-shows]")


def test_two_running_trainings_update_in_place(page, served):
    directory, address = served
    with training(directory / "one") as one, training(directory / "two") as two:
        state = {"run": "one/actmax", "layer": "conv1", "epoch": 1}
        state |= {"view": "runs", "filter": "2", "size": 32}
        frame = open_tab(page, address, **state)
        for run in ("one", "two"):
            second = shown(frame, run).nth(1)
            expect(second).to_be_visible(timeout=_PATIENCE)
        grid = frame.get_by_role("grid")
        tile = grid.locator('[data-testid=tile][data-epoch="1"]').first
        tile.evaluate("tile => { tile.dataset.same = 'yes' }")
        frame.get_by_role("button", name="Pin", exact=True).click()
        set_by_hand = page.url
        last = len(one) + 1  # not written yet
        for run in ("one", "two"):
            new = shown(frame, run, f'[data-epoch="{last}"]')
            expect(new).to_have_count(1, timeout=_PATIENCE)
        # Nothing was built anew, and what was set is as it was.
        assert tile.get_attribute("data-same") == "yes"
        assert page.url == set_by_hand
        slider = frame.get_by_test_id("epoch")
        assert slider.get_attribute("aria-valuetext").startswith("epoch 1")
    # The last epochs of both arrive too.
    frame.get_by_test_id("view-grid").click()
    for run, logged in (("one", one), ("two", two)):
        frame.get_by_test_id("run").select_option(f"{run}/actmax")
        count = f"{len(logged)} of {len(logged)} epochs"
        kept = frame.get_by_test_id("kept")
        expect(kept).to_have_text(count, timeout=_PATIENCE)


def test_runs_appear_are_renamed_and_written_anew(page, served):
    directory, address = served
    write_log(directory / "first", {"conv1": 3}, range(2))
    frame = open_tab(page, address, run="first/actmax")
    before = pixels(frame, "2", 1)
    options = frame.get_by_test_id("run").locator("option")
    # Renamed: to TensorBoard it is another run that appears.
    shutil.move(directory / "first", directory / "later")
    expect(options.filter(has_text="later")).to_have_count(1, timeout=_PATIENCE)
    frame.get_by_test_id("run").select_option("later/actmax")
    assert pixels(frame, "2", 1) == before
    # Written anew, longer than before.
    shutil.rmtree(directory / "later")
    write_log(directory / "later", {"conv1": 3}, range(4))
    tile = frame.get_by_test_id("tile").first
    expect(tile).to_have_attribute("data-epoch", "3", timeout=_PATIENCE)
    pixels(frame, "2", 3)
