"""The dashboard from `model.fit` to the tab, as a user sees it."""

import io
import re

import keras
import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect
from support.dashboard_page import display, open_tab, pixels
from support.logs import write_log
from support.tensorboard_server import tensorboard

import tb_actmax


@pytest.fixture(scope="module")
def logs(tmp_path_factory):
    """Returns a log directory with a real and a longer, synthetic training."""
    directory = tmp_path_factory.mktemp("logs")
    random = np.random.default_rng(0)
    images = random.uniform(size=(64, 20, 20, 1)).astype("float32")
    keras.utils.set_random_seed(0)
    model = keras.Sequential(
        [
            keras.Input((20, 20, 1)),
            keras.layers.Conv2D(6, 5, activation="relu", name="conv1"),
            keras.layers.Conv2D(8, 3, activation="relu", name="conv2"),
            keras.layers.GlobalMaxPooling2D(),
            keras.layers.Dense(2),
        ]
    )
    model.compile(keras.optimizers.Adam(0.05), "mse")
    log_dir = directory / "trained"
    model.fit(
        images,
        images.mean(axis=(1, 2)),
        epochs=3,
        verbose=0,
        callbacks=[
            keras.callbacks.TensorBoard(log_dir),
            tb_actmax.ActivationMaximization(
                log_dir, probe=images, steps=8, budget=None
            ),
        ],
    )
    # The same network with the filters of conv2 in reverse, unchanged by fit.
    conv2 = model.get_layer("conv2")
    conv2.set_weights([np.flip(weights, -1) for weights in conv2.get_weights()])
    model.optimizer.learning_rate = 0.0
    model.fit(
        images,
        images.mean(axis=(1, 2)),
        initial_epoch=2,
        epochs=3,
        verbose=0,
        callbacks=[
            tb_actmax.ActivationMaximization(
                directory / "shuffled", probe=images, steps=8, budget=None
            )
        ],
    )
    write_log(directory / "drawn", {"conv1": 12, "conv2": 20}, range(15))
    return directory


@pytest.fixture(scope="module", params=["data server", "python, path prefix"])
def address(request, logs):
    flags = ("--load_fast=true",)
    if "python" in request.param:
        flags = ("--load_fast=false", "--path_prefix=/some/where")
    with tensorboard(logs, *flags) as found:
        yield found


def test_the_slider_shows_each_epoch_of_a_training(page, address):
    frame = open_tab(page, address, run="trained/actmax", layer="conv2")
    expect(frame.get_by_test_id("tile")).to_have_count(8)
    last = pixels(frame, "3", 3)
    frame.get_by_test_id("epoch").evaluate(
        "input => { input.value = 0; input.dispatchEvent(new Event('input')) }"
    )
    assert pixels(frame, "3", 0) != last
    expect(page).to_have_url(re.compile(r"p\.actmax\.epoch=0"))


def test_layers_and_runs_are_selected(page, address):
    frame = open_tab(page, address)
    frame.get_by_test_id("run").select_option("trained/actmax")
    frame.get_by_test_id("layer").select_option("conv1")
    expect(frame.get_by_test_id("tile")).to_have_count(6)
    page.go_back()
    expect(frame.get_by_test_id("layer")).not_to_have_value("")


def test_filters_over_epochs(page, address):
    frame = open_tab(
        page, address, run="drawn/actmax", layer="conv1", view="time", size=64
    )
    assert pixels(frame, "0", 0) != pixels(frame, "0", 4)
    expect(frame.get_by_role("columnheader").first).to_have_text(
        "Filter / epoch"
    )


def test_a_filter_is_enlarged_with_its_score(page, address):
    frame = open_tab(page, address, run="drawn/actmax", layer="conv1")
    tile = frame.locator('[data-testid=tile][data-key="2"]')
    tile.click()
    inspector = frame.get_by_test_id("inspector")
    expect(inspector).to_contain_text("conv1, filter 2")
    score = inspector.get_by_role("figure").filter(has_text="Score")
    expect(score).to_contain_text("4.4")
    expect(tile).to_have_attribute("aria-pressed", "true")
    name = tile.get_attribute("aria-label")
    assert name == "conv1, filter 2, epoch 14, score 4.4"
    dead = frame.locator('[data-testid=tile][data-key="1"]')
    assert dead.get_attribute("aria-label").endswith("dead")


def test_pixels_of_small_images_are_crisp_by_default(page, address):
    frame = open_tab(page, address, run="drawn/actmax", layer="conv1")
    tile = frame.locator("[data-testid=tile]:has([data-shows])").first

    def brightnesses():
        image = Image.open(io.BytesIO(tile.screenshot())).convert("L")
        return len(image.getcolors())

    large = frame.get_by_test_id("inspector").locator("canvas")
    expect(tile).to_be_visible()
    tile.click()
    page.mouse.move(0, 0)
    expect(large.first).to_have_css("image-rendering", "pixelated")
    crisp = brightnesses()
    display(frame).get_by_label("Smooth").check()
    expect(large.first).not_to_have_css("image-rendering", "pixelated")
    display(frame).locator("summary").click()
    assert brightnesses() > 2 * crisp
    expect(page).to_have_url(re.compile(r"p\.actmax\.smooth=1"))


def test_dark_mode_is_followed(page, address):
    frame = open_tab(page, address)
    app = frame.get_by_test_id("actmax")
    background = "element => getComputedStyle(element).backgroundColor"
    assert app.evaluate(background) == "rgb(245, 246, 247)"
    page.evaluate("document.body.classList.add('dark-mode')")
    expect(app).to_have_css("background-color", "rgb(58, 58, 58)")


def test_search_sort_and_keys(page, address):
    frame = open_tab(
        page,
        address,
        run="drawn/actmax",
        layer="conv2",
        search="3,10-12,dead",
    )
    tiles = frame.get_by_test_id("tile")
    keys = "tiles => tiles.map(tile => tile.dataset.key)"
    expect(tiles).to_have_count(5)
    assert tiles.evaluate_all(keys) == ["1", "3", "10", "11", "12"]
    frame.get_by_test_id("sort").select_option("score")
    expect(tiles.first).to_have_attribute("data-key", "12")
    tiles.first.focus()
    page.keyboard.press("ArrowRight")
    expect(tiles.nth(1)).to_be_focused()
    page.keyboard.press("p")
    expect(frame.get_by_label("Pinned filters")).to_be_visible()
    page.keyboard.press("Home")
    expect(tiles.first).to_have_attribute("data-epoch", "0")
    page.keyboard.press("?")
    expect(frame.get_by_role("dialog")).to_be_visible()


def test_two_images_are_compared(page, address):
    frame = open_tab(page, address, run="drawn/actmax", layer="conv1", filter=2)
    frame.get_by_role("button", name="Set A").click()
    page.keyboard.press("Home")
    frame.get_by_role("button", name="Set B").click()
    frame.get_by_role("button", name="Compare A and B").click()
    expect(frame.locator(".lens canvas")).to_have_count(2)
    for way in ("Swipe", "Blink", "Difference"):
        frame.get_by_role("button", name=way, exact=True).first.click()
        expect(frame.locator(".lens canvas").first).to_be_visible()


def test_exemplars_are_shown_beside_the_image(page, address):
    frame = open_tab(
        page, address, run="trained/actmax", layer="conv2", filter=3
    )
    exemplars = frame.get_by_test_id("exemplars")
    expect(exemplars.get_by_role("img").first).to_be_visible()
    exemplars.get_by_text("Inputs", exact=True).click()
    expect(exemplars.get_by_role("listitem")).to_have_count(9)
    expect(frame.get_by_test_id("summary")).to_contain_text("8 filters")
    display(frame).get_by_test_id("exemplar-overlay").check()
    over = frame.locator("canvas.exemplar-overlay")
    expect(over).to_have_count(8)
    drawn = over.first.evaluate(
        "c => c.getContext('2d').getImageData(0, 0, c.width, c.height)"
        ".data.some(value => value > 0)"
    )
    assert drawn


def test_matches_across_runs(page, address):
    frame = open_tab(
        page,
        address,
        run="trained/actmax",
        layer="conv2",
        filter=3,
        view="across",
    )
    rows = frame.get_by_test_id("match")
    expect(rows).to_have_count(3)
    shuffled = rows.filter(has_text="shuffled")
    expect(shuffled).to_contain_text("filter 4, r 1.00")
    expect(frame.get_by_test_id("reason")).to_contain_text("no signatures")


def test_the_ledger_names_what_a_run_changed(page, address):
    before = ["trained/actmax", None]
    frame = open_tab(
        page, address, run="shuffled/actmax", view="runs", against=before
    )
    # The same network with its filters in another order.
    counts = frame.get_by_test_id("ledger-layer").filter(has_text="conv2")
    expect(counts).to_contain_text("0 changed, 0 lost, 0 new")
    counts.click()
    ledger = frame.get_by_test_id("ledger")
    expect(ledger).to_contain_text("Each filter is paired with at most one")
    kept = frame.get_by_test_id("band-kept").get_by_test_id("change")
    expect(kept.first).to_contain_text("r 1.00")
    kept.first.click()
    expect(frame.locator(".pair [data-shows]")).to_have_count(2)


def test_the_first_view_is_an_overview_of_runs_and_layers(page, address):
    frame = open_tab(page, address, view="overview")
    expect(frame.get_by_test_id("sentences")).to_contain_text("filter")
    cell = frame.get_by_label("conv2 of drawn")
    expect(cell.locator("[data-shows]").first).to_be_visible()
    cell.get_by_title("Show all filters of conv2").click()
    expect(frame.get_by_test_id("layer")).to_have_value("conv2")
    expect(frame.get_by_test_id("run")).to_have_value("drawn/actmax")


def test_keys_work_on_arrival(page, address):
    frame = open_tab(page, address, run="drawn/actmax", layer="conv1")
    expect(frame.get_by_test_id("tile").first).to_be_visible()
    page.keyboard.press("ArrowRight")
    expect(frame.get_by_test_id("tile").first).to_be_focused()


def test_a_link_to_a_missing_run_says_so(page, address):
    frame = open_tab(page, address, run="vanished")
    expect(frame.get_by_test_id("message")).to_contain_text("vanished")
    frame.get_by_role("button", name="Show what is logged").click()
    expect(frame.get_by_test_id("tile").first).to_be_visible()


def test_an_unreachable_tensorboard_is_reported_and_retried(page, address):
    frame = open_tab(page, address, run="drawn/actmax", layer="conv1")
    expect(frame.get_by_test_id("tile")).to_have_count(12)
    routes = re.compile(r"/actmax/(index|images|series)")
    page.route(routes, lambda route: route.abort("connectionrefused"))
    frame.get_by_test_id("layer").select_option("conv2")
    failure = frame.get_by_test_id("failure")
    expect(failure).to_contain_text("TensorBoard does not respond")
    page.unroute(routes)
    failure.get_by_role("button", name="Try again").click()
    expect(failure).to_have_count(0)
    expect(frame.get_by_test_id("tile")).to_have_count(20)
    pixels(frame, "3", 14)


def test_a_new_epoch_appears_and_moves_nothing(page, tmp_path):
    write_log(tmp_path / "run", {"conv1": 3}, range(2))
    with tensorboard(tmp_path) as address:
        frame = open_tab(page, address)
        tile = frame.get_by_test_id("tile").first
        expect(tile).to_have_attribute("data-epoch", "1")
        write_log(tmp_path / "run", {"conv1": 3}, [2])
        expect(tile).to_have_attribute("data-epoch", "2", timeout=60_000)
        tile.focus()
        page.keyboard.press("Home")
        expect(tile).to_have_attribute("data-epoch", "0")
        write_log(tmp_path / "run", {"conv1": 3}, [3])
        expect(frame.get_by_test_id("kept")).to_have_text(
            "4 of 4 epochs", timeout=60_000
        )
        expect(tile).to_have_attribute("data-epoch", "0")


def test_without_logs_the_tab_says_what_to_run(page, tmp_path):
    with tensorboard(tmp_path) as address:
        frame = open_tab(page, address)
        message = frame.get_by_test_id("message")
        expect(message).to_contain_text("tb_actmax.ActivationMaximization")
