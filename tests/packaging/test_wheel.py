"""The wheel, where there is neither TensorFlow nor Node."""

import pathlib
import subprocess
import sys
import urllib.request
import zipfile

import pytest
from support.logs import write_log
from support.tensorboard_server import tensorboard

ROOT = pathlib.Path(__file__).parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    out = tmp_path_factory.mktemp("dist")
    subprocess.run(
        [
            sys.executable,
            "-m",
            "pip",
            "wheel",
            "--no-deps",
            "-q",
            "-w",
            out,
            ROOT,
        ],
        check=True,
    )
    (found,) = out.glob("*.whl")
    return found


@pytest.fixture(scope="module")
def empty(tmp_path_factory, wheel):
    """The Python of an environment that holds the wheel alone."""
    environment = tmp_path_factory.mktemp("empty")
    subprocess.run([sys.executable, "-m", "venv", environment], check=True)
    python = environment / "bin" / "python"
    subprocess.run([python, "-m", "pip", "install", "-q", wheel], check=True)
    return python


def test_the_wheel_holds_the_frontend_and_the_types(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    times = {info.date_time for info in zipfile.ZipFile(wheel).infolist()}
    assert times == {(1980, 1, 2, 0, 0, 0)}  # packaging/normalized.py
    assert any(name.endswith("licenses/LICENSE") for name in names)
    assert "tb_actmax/plugin/static/index.js" in names
    assert "tb_actmax/plugin/static/LICENSES.txt" in names
    assert "tb_actmax/py.typed" in names
    assert not [n for n in names if n.startswith(("tests", "frontend"))]


def test_it_serves_the_tab_byte_for_byte(wheel, empty, tmp_path):
    write_log(tmp_path / "run", {"conv1": 2}, range(12))
    with tensorboard(
        tmp_path, "--load_fast=false", python=str(empty)
    ) as address:
        base = f"{address}/data/plugin/actmax/"
        served = urllib.request.urlopen(base + "static/index.js").read()
        listing = urllib.request.urlopen(
            f"{address}/data/plugins_listing"
        ).read()
    stored = zipfile.ZipFile(wheel).read("tb_actmax/plugin/static/index.js")
    assert served == stored
    assert b"Activation Max" in listing


def test_the_callback_without_tensorflow_says_what_to_install(empty):
    code = "import tb_actmax; tb_actmax.ActivationMaximization('logs')"
    found = subprocess.run([empty, "-c", code], capture_output=True, text=True)
    assert "pip install 'tb-actmax[tensorflow]'" in found.stderr


def test_nothing_that_is_installed_clashes(empty):
    subprocess.run([empty, "-m", "pip", "check"], check=True)
