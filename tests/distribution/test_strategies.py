"""Trainings on several devices."""

import os
import pathlib
import subprocess
import sys

import pytest
import tensorflow as tf
from support.same_images import assert_same_images

import tb_actmax
from tb_actmax.records import event
from tb_actmax.records.reader import logged_steps, read_blobs


def run(program, directory):
    root = pathlib.Path(tb_actmax.__file__).parents[1]
    done = subprocess.run(
        [sys.executable, pathlib.Path(__file__).parent / program, directory],
        env=os.environ | {"PYTHONPATH": str(root)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return done


def test_two_devices_share_the_filters_and_find_the_images_of_one(tmp_path):
    done = run("mirrored.py", tmp_path)
    assert "one {'conv1': 1, 'conv2': 1, 'classes': 1}" in done.stdout
    assert "two {'conv1': 2, 'conv2': 2, 'classes': 2}" in done.stdout
    assert_same_images(tmp_path / "one", tmp_path / "two", range(3))
    # The network takes whole inputs; images are the window that a unit sees.
    for log in ("size one", "size two"):
        for _, _, blobs in read_blobs(tmp_path / log):
            header = event.decode(blobs).header
            assert (header["height"], header["width"]) == (6, 6)
    assert_same_images(tmp_path / "size one", tmp_path / "size two", range(3))


def test_layers_that_assign_keep_their_state_on_two_devices(tmp_path):
    done = run("mirrored_state.py", tmp_path)
    assert done.stdout.endswith("equal\n")
    assert "left out" not in done.stderr
    logged = logged_steps(str(tmp_path / "actmax"))
    assert logged["conv1"] == [0, 1, 2]


@pytest.mark.parametrize(
    "name",
    [
        "MultiWorkerMirroredStrategy",
        "ParameterServerStrategy",
        "TPUStrategy",
    ],
)
def test_unsupported_strategies_are_an_error_at_the_start(
    tmp_path, digits, network, monkeypatch, name
):
    model = network()
    kind = getattr(tf.distribute, name)
    model._distribute_strategy = object.__new__(kind)
    own = tb_actmax.ActivationMaximization(tmp_path, probe=digits)
    own.set_model(model)
    with pytest.raises(ValueError, match=f"{name}.*tb-actmax render"):
        own.on_train_begin()
