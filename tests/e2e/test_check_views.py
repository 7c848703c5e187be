"""The script that looks at every view: what it passes, and what it finds."""

import importlib.util
import pathlib

import pytest
from support.logs import write_log
from support.view_findings import axe_findings, sideways

_SCRIPT = pathlib.Path(__file__).parents[2] / "frontend" / "check_views.py"


@pytest.fixture(scope="module")
def script():
    spec = importlib.util.spec_from_file_location("check_views", _SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_it_takes_a_picture_of_each_view_and_finds_nothing(
    chromium, script, tmp_path
):
    write_log(tmp_path / "log" / "drawn", {"conv1": 6, "conv2": 4}, range(3))
    views = ["overview", "layer", "runs"]
    found = script.check(chromium, tmp_path / "log", tmp_path, views, [390])
    assert found == []
    assert {path.name for path in tmp_path.glob("*.png")} == {
        f"log_{view}_390_{tone}.png"
        for view in views
        for tone in ("light", "dark")
    }


def test_it_finds_what_is_wrong(page):
    page.set_content(
        "<html lang=en><title>t</title><main><h1>h</h1>"
        "<div style='width: 5000px'>wide</div>"
        "<p style='color: #ddd'>pale</p></main>"
    )
    assert "html" in sideways(page.main_frame)
    assert "color-contrast" in [
        rule for rule, _ in axe_findings(page.main_frame)
    ]
