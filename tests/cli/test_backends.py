"""`tb-actmax render` on models of other backends, and on `Lambda` layers."""

import os
import subprocess
import sys

import keras
import numpy as np
import pytest

from tb_actmax.cli.main import main
from tb_actmax.records.reader import read_blobs

_SAVE = """
import keras
layers = keras.layers
keras.Sequential(
    [
        keras.Input((16, 16, 1)),
        layers.RandomFlip(),
        layers.Conv2D(4, 3, activation="relu", name="conv"),
        layers.BatchNormalization(),
        layers.GlobalMaxPooling2D(),
        layers.Dense(3, name="classes"),
    ]
).save("model-3.keras")
"""
_RENDER = """
import sys
from tb_actmax.cli.main import main
sys.exit(main(sys.argv[1:]))
"""
_BUILDER = """
import keras

def network():
    twice = keras.layers.Lambda(lambda x: 2 * x, name="twice")
    conv = keras.layers.Conv2D(4, 3, name="conv")
    return keras.Sequential([keras.Input((16, 16, 1)), twice, conv])
"""
_OPTIONS = ["--filters", "2", "--steps", "2"]


def run(folder, code, *words):
    return subprocess.run(
        [sys.executable, "-c", code, *words],
        cwd=folder,
        env={**os.environ, "KERAS_BACKEND": "numpy"},
        capture_output=True,
        text=True,
    )


def test_a_model_of_another_backend_is_rendered(tmp_path):
    """This works under KERAS_BACKEND=numpy too, which needs no package."""
    assert run(tmp_path, _SAVE).returncode == 0
    words = ["render", "model-3.keras", "--log-dir", "log", *_OPTIONS]
    done = run(tmp_path, _RENDER, *words, "--layers", "conv", "classes")
    assert done.returncode == 0, done.stderr
    logged = {(tag, step) for tag, step, _ in read_blobs(tmp_path / "log")}
    assert logged == {("conv", 3), ("classes", 3)}


def test_the_error_of_another_backend_names_checkpoints(tmp_path):
    done = run(tmp_path, "from tb_actmax import maximize")
    said = done.stderr.splitlines()[-1]
    assert "ModelCheckpoint" in said and "tb-actmax render" in said


@pytest.mark.parametrize("kind", ["h5", "keras"])
def test_a_lambda_needs_a_builder(tmp_path, capsys, monkeypatch, kind):
    (tmp_path / "actmax_lambdas.py").write_text(_BUILDER)
    monkeypatch.syspath_prepend(tmp_path)
    import actmax_lambdas

    keras.utils.set_random_seed(0)
    path = tmp_path / f"model-1.{kind}"
    actmax_lambdas.network().save(path)
    words = ["render", str(path), "--log-dir", str(tmp_path / "log"), *_OPTIONS]
    assert main(words) == 1
    said = capsys.readouterr().err
    assert "`Lambda`" in said and "--builder" in said
    assert main([*words, "--builder", "actmax_lambdas:network"]) == 0
    assert np.any([tag == "conv" for tag, _, _ in read_blobs(tmp_path / "log")])
