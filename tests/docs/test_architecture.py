"""docs/architecture.md lists the rooms in the order that is enforced."""

import pathlib
import re

ROOT = pathlib.Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "architecture.md").read_text()


def names(text):
    return re.findall(r'"([\w :|]+)"', text)


def test_rooms_of_the_package():
    settings = (ROOT / "pyproject.toml").read_text()
    layers = names(re.search(r"layers = \[(.*?)\]", settings, re.S)[1])
    rooms = [room for layer in layers for room in re.findall(r"\w+", layer)]
    table = PAGE.partition("| room |")[2].partition("\n\n")[0]
    first = re.findall(r"^\| (`.*?) \|", table, re.M)
    assert re.findall(r"`(\w+)`", " ".join(first)) == rooms


def test_rooms_of_the_frontend():
    settings = (ROOT / "frontend" / "eslint.config.js").read_text()
    floors = names(re.search(r"FLOORS = \[(.*?)\]", settings, re.S)[1])
    listed = PAGE.partition("The frontend has rooms too")[2].partition("\n\n")[
        0
    ]
    assert re.findall(r"`(\w+)`", listed) == floors
