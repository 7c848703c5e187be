"""`tb_actmax.show` draws the page as a cell's result."""

import html
import re
import subprocess
import sys

import pytest
from support.logs import write_log

import tb_actmax


@pytest.fixture(scope="module")
def logs(tmp_path_factory):
    directory = tmp_path_factory.mktemp("logs")
    write_log(directory / "run", {"conv1": 4, "conv2": 6})
    return directory


def test_the_page_is_a_frame_that_the_notebook_cannot_be_reached_from(logs):
    shown = tb_actmax.show(logs, layers=["conv2"], height=500)
    cell = shown._repr_html_()
    ((document, sandbox),) = re.findall(
        r'<iframe srcdoc="([^"]*)" .*sandbox="([^"]*)"', cell
    )
    assert html.unescape(document) == shown.page.html
    assert "allow-same-origin" not in sandbox
    assert "height: 500px" in cell
    assert "1 layer" in repr(shown)


def test_chosen_epochs_are_shown(logs):
    whole = tb_actmax.show(logs).page
    assert len(tb_actmax.show(logs, epochs=[1]).page.html) < len(whole.html)
    with pytest.raises(ValueError, match="9"):
        tb_actmax.show(logs, epochs=[9])


def test_events_left_out_are_named(logs):
    size = tb_actmax.show(logs).page.megabytes
    cell = tb_actmax.show(logs, max_megabytes=size - 0.004)._repr_html_()
    assert "Left out" in cell.split("<iframe")[0]


def test_tensorflow_is_not_imported(logs):
    code = (
        f"import sys, tb_actmax; tb_actmax.show({str(logs)!r})._repr_html_(); "
        "assert not {'tensorflow', 'keras'} & {*sys.modules}"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
