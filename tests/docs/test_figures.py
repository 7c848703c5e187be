"""Figures in the pages are those that the benchmarks stored."""

import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parents[2]))

from benchmarks import figures


@pytest.mark.parametrize("page", figures.pages(), ids=lambda page: page.name)
def test_pages_quote_the_stored_figures(page):
    text = page.read_text()
    assert figures.fill(text, figures.load()) == text, "run: make figures"


def test_numbers_and_tables_are_filled():
    sections = {
        "speed": {
            "figures": {"tb_actmax": {"seconds": 1234.567}},
            "tables": {"all": [{"method": "tb_actmax", "s": "1.2"}]},
        }
    }
    text = (
        "It takes 0.1<!-- speed.tb_actmax.seconds --> s.\n"
        "<!-- table: speed.all -->\nold\n<!-- end -->\n"
    )
    assert figures.fill(text, sections) == (
        "It takes 1,234.6<!-- speed.tb_actmax.seconds --> s.\n"
        "<!-- table: speed.all -->\n\n| method | s |\n| --- | --- |\n"
        "| tb_actmax | 1.2 |\n\n<!-- end -->\n"
    )
