"""Trainings on several devices."""

import os
import pathlib
import subprocess
import sys

import pytest
import tensorflow as tf
from support.same_images import assert_same_images

import tb_actmax


def test_two_devices_share_filters_and_find_what_one_finds(tmp_path):
    program = pathlib.Path(__file__).parent / "mirrored.py"
    root = pathlib.Path(tb_actmax.__file__).parents[1]
    done = subprocess.run(
        [sys.executable, program, tmp_path],
        env=os.environ | {"PYTHONPATH": str(root)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert "two conv1 [3, 3]" in done.stdout
    assert "two conv2 [4, 4]" in done.stdout
    assert_same_images(tmp_path / "one", tmp_path / "two", range(3))
    # Both devices give up the window that the layer sees.
    assert "two mlp (24, 24)" in done.stdout
    assert_same_images(tmp_path / "size one", tmp_path / "size two", range(3))


@pytest.mark.parametrize(
    "name",
    [
        "TPUStrategy",
        "ParameterServerStrategy",
    ],
)
def test_what_does_not_work_is_said_at_the_start(
    tmp_path, digits, network, monkeypatch, name
):
    model = network()
    kind = getattr(tf.distribute, name)
    model._distribute_strategy = object.__new__(kind)
    own = tb_actmax.ActivationMaximization(tmp_path, probe=digits)
    own.set_model(model)
    with pytest.raises(ValueError, match=f"{name}.*tb-actmax render"):
        own.on_train_begin()
