"""The built archives, on a machine without TensorFlow."""

import pathlib
import subprocess
import sys
import tarfile
import urllib.request
import zipfile

import pytest
from support.logs import write_log
from support.tensorboard_server import tensorboard

pytestmark = pytest.mark.slow

ROOT = pathlib.Path(__file__).parents[2]
SOURCES = "benchmarks docs examples frontend/src fuzz packaging tests".split()


@pytest.fixture(scope="module")
def dist(tmp_path_factory):
    """Builds the sdist and, from it, the wheel."""
    out = tmp_path_factory.mktemp("dist")
    subprocess.run(
        [sys.executable, "-m", "build", "--outdir", out, ROOT],
        stdout=subprocess.DEVNULL,
        check=True,
    )
    return out


@pytest.fixture(scope="module")
def wheel(dist):
    (found,) = dist.glob("*.whl")
    return found


@pytest.fixture(scope="module")
def empty(tmp_path_factory, wheel):
    """Returns the Python of an environment that holds only the wheel."""
    environment = tmp_path_factory.mktemp("empty")
    subprocess.run([sys.executable, "-m", "venv", environment], check=True)
    python = environment / "bin" / "python"
    subprocess.run([python, "-m", "pip", "install", "-q", wheel], check=True)
    return python


def test_the_wheel_holds_the_frontend_and_the_types(wheel):
    names = zipfile.ZipFile(wheel).namelist()
    assert any(name.endswith("licenses/LICENSE") for name in names)
    assert "tb_actmax/plugin/static/index.js" in names
    assert "tb_actmax/plugin/static/LICENSES.txt" in names
    assert "tb_actmax/py.typed" in names
    assert not [n for n in names if n.startswith(("tests", "frontend"))]


def test_the_sdist_holds_everything_for_make_test(dist):
    (path,) = dist.glob("*.tar.gz")
    with tarfile.open(path) as sdist:
        names = {name.partition("/")[2] for name in sdist.getnames()}
    needed = [
        found.relative_to(ROOT).as_posix()
        for folder in SOURCES
        for found in (ROOT / folder).rglob("*.*")
        if found.is_file() and "__pycache__" not in found.parts
    ]
    needed += ["Makefile", "mkdocs.yml", "pyproject.toml", "setup.py"]
    assert not [name for name in needed if name not in names]


def test_tensorboard_serves_the_built_frontend(wheel, empty, tmp_path):
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


def test_without_tensorflow_the_error_names_the_package(empty):
    code = "import tb_actmax; tb_actmax.ActivationMaximization('logs')"
    found = subprocess.run([empty, "-c", code], capture_output=True, text=True)
    assert "pip install 'tb-actmax[tensorflow]'" in found.stderr


def test_installed_requirements_do_not_conflict(empty):
    subprocess.run([empty, "-m", "pip", "check"], check=True)
