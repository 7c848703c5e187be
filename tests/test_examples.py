"""Runs every example in a small setting and checks its output."""

import os
import pathlib
import shutil
import subprocess
import sys

import nbclient
import nbformat
import numpy as np
import pytest
from PIL import Image

from tb_actmax.records import event
from tb_actmax.records.reader import read_blobs

pytestmark = pytest.mark.slow

ROOT = pathlib.Path(__file__).parents[1]
EXAMPLES = ROOT / "examples"

# Arguments, written pictures and logged layers of each.
SCRIPTS = {
    "mnist": (
        "--logs logs --epochs 1 --train 500",
        [],
        {"logs/dropout": ["classes", "conv1", "conv2"]},
    ),
    "question": (
        "--small --pictures logs",
        ["methods_conv1.png", "methods_conv2.png", "normalizations.png"],
        {},
    ),
    "own_data": (
        "--small --logs logs/own",
        ["own/filters.png"],
        {"logs/own": ["classes", "conv1", "conv2", "conv3", "conv4"]},
    ),
    "transfer_learning": (
        "--small --logs logs",
        ["filters.png"],
        {"logs": ["base/conv1", "base/conv2", "new"]},
    ),
    "compare_runs": (
        "--small --logs logs",
        ["pairs_conv1.png", "pairs_conv2.png"],
        {f"logs/seed_{n}": ["classes", "conv1", "conv2"] for n in range(2)},
    ),
    "signals_1d": (
        "--small --logs logs",
        ["curves.png"],
        {"logs": ["conv1", "conv2", "conv3", "kinds"]},
    ),
    "pretrained": ("--small", ["pretrained.png"], {}),
}


def logged(directory):
    """Returns the layers of a log, and decodes every event."""
    found = set()
    for tag, _, blobs in read_blobs(directory):
        event.decode(blobs)
        found.add(tag)
    return sorted(found)


@pytest.mark.parametrize("name", SCRIPTS)
def test_script(name, tmp_path, monkeypatch):
    arguments, pictures, logs = SCRIPTS[name]
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    # In a process of its own: failed trainings of other tests leave summary
    # writers behind.
    subprocess.run(
        [sys.executable, EXAMPLES / f"{name}.py", *arguments.split()],
        cwd=tmp_path,
        check=True,
    )
    for picture in pictures:
        with Image.open(tmp_path / "logs" / picture) as opened:
            assert np.asarray(opened).std() > 20
    for directory, layers in logs.items():
        assert logged(tmp_path / directory) == layers


def test_all_scripts_are_tested():
    helpers = {
        "digits",
        "efficientnet_lite",
        "pictures",
        "question_measures",
        "wheels",
    }
    scripts = {path.stem for path in EXAMPLES.glob("*.py")}
    assert scripts == helpers | set(SCRIPTS)


def test_notebook(tmp_path, monkeypatch):
    monkeypatch.setenv(
        "TMPDIR", str(tmp_path)
    )  # where TensorBoard lists its servers
    monkeypatch.setenv("LOGS", str(tmp_path / "logs"))
    monkeypatch.setenv("COUNT", "500")
    monkeypatch.setenv("EPOCHS", "1")
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    scripts = pathlib.Path(sys.executable).parent
    monkeypatch.setenv("PATH", f"{scripts}{os.pathsep}{os.environ['PATH']}")
    assert shutil.which("tensorboard")
    notebook = nbformat.read(EXAMPLES / "notebook.ipynb", as_version=4)
    assert not any(cell.get("outputs") for cell in notebook.cells)
    nbclient.NotebookClient(
        notebook,
        timeout=300,
        resources={"metadata": {"path": str(EXAMPLES)}},
    ).execute()
    # The server ends with the kernel and removes its entry.
    assert not list((tmp_path / ".tensorboard-info").glob("*.info"))
    assert "tensorboard-frame" in str(notebook.cells[4].outputs)
    kinds = [
        kind
        for cell in notebook.cells
        for output in cell.get("outputs", [])
        for kind in output.get("data", {})
    ]
    assert kinds.count("image/png") == 2
    assert logged(tmp_path / "logs" / "notebook") == [
        "classes",
        "curves",
        "strokes",
    ]
