"""Marks, menus and messages that guide a user."""

import pytest
from playwright.sync_api import expect
from support.dashboard_page import open_tab, rgb, shown
from support.logs import write_log
from support.tensorboard_server import tensorboard


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    directory = tmp_path_factory.mktemp("marks")
    write_log(directory / "drawn", {"conv1": 9}, range(4))
    with tensorboard(directory) as found:
        yield found


def _open(page, address, **state):
    return open_tab(page, address, run="drawn/actmax", layer="conv1", **state)


def _place(key, epoch=3):
    return ["drawn/actmax", "conv1", epoch, key]


def test_the_letter_of_a_slot_is_inside_its_mark(page, address):
    frame = _open(page, address, a=_place("1"), b=_place("2"), filter="2")
    shown(frame, 2, 3)
    for letter in "AB":
        mark = frame.locator("main .mark", has_text=letter)
        expect(mark).to_have_text(letter)
        box, text, tile = mark.evaluate(
            """mark => {
              const range = document.createRange();
              range.selectNodeContents(mark);
              return [mark, range, mark.closest(".tile")].map((one) => {
                const { left, top, right, bottom } =
                  one.getBoundingClientRect();
                return [left, top, right, bottom];
              });
            }"""
        )
        for inner, outer in ((text, box), (box, tile)):
            assert inner[0] >= outer[0] - 1 and inner[1] >= outer[1] - 1
            assert inner[2] <= outer[2] + 1 and inner[3] <= outer[3] + 1
        # The mark covers little of the image.
        assert box[3] - box[1] < 20 and box[2] - box[0] < 24


def test_messages_lead_to_the_comparison_of_two_filters(page, address):
    frame = _open(page, address)
    shown(frame, 1, 3)
    frame.locator("[data-testid=tile][data-key='1']").click()
    frame.get_by_role("button", name="Set A").click()
    expect(frame.get_by_text("A is set. Select another")).to_be_visible()
    frame.locator("[data-testid=tile][data-key='5']").click()
    frame.get_by_role("button", name="Compare with A").click()
    pair = frame.locator(".pair [data-shows]")
    expect(pair).to_have_count(2)
    shows = [one.get_attribute("data-shows") for one in pair.all()]
    assert [text.split()[-2:] for text in shows] == [["3", "1"], ["3", "5"]]


def test_the_difference_explains_its_greys(page, address):
    frame = _open(
        page,
        address,
        view="compare",
        compare="difference",
        a=_place("1", 0),
        b=_place("5"),
    )
    said = frame.get_by_text("Grey where they agree, white where A is brighter")
    expect(said).to_be_visible()
    canvas = frame.get_by_role("img", name="Difference of A and B")
    below = canvas.bounding_box()["y"] + canvas.bounding_box()["height"]
    assert said.bounding_box()["y"] >= below
    assert len({tuple(p) for row in rgb(canvas) for p in row}) > 1


def test_escape_closes_the_menu_and_then_the_filter(page, address):
    frame = _open(page, address, filter="2")
    menu = frame.get_by_test_id("save")
    menu.locator("summary").click()
    expect(menu.get_by_text("Strip over epochs")).to_be_visible()
    page.keyboard.press("Escape")
    expect(menu.get_by_text("Strip over epochs")).to_be_hidden()
    expect(frame.get_by_text("conv1, filter 2")).to_be_visible()
    page.keyboard.press("Escape")
    expect(frame.get_by_text("Select a filter to enlarge it")).to_be_visible()


def test_a_search_that_finds_nothing_explains_the_search(page, address):
    frame = _open(page, address, search="lift > 1.2 and")
    message = frame.get_by_test_id("message")
    expect(message).to_contain_text("matches “lift > 1.2 and”")
    expect(message).to_contain_text("by measure (lift < 0.5 and share > 0.1)")
