"""Trainings on several devices."""

import os
import pathlib
import subprocess
import sys

import numpy as np
import pytest
import tensorflow as tf

import tb_actmax
from tb_actmax.records import event
from tb_actmax.records.images import decode_image
from tb_actmax.records.reader import read_blobs


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
    one, two = (
        {(tag, step): event.decode(b) for tag, step, b in read_blobs(log)}
        for log in (tmp_path / "one", tmp_path / "two")
    )
    assert one.keys() == two.keys()
    assert {step for _, step in one} == {0, 1, 2}
    for key, alone in one.items():
        shared = two[key]
        assert shared.keys == alone.keys
        for a, b in zip(alone.filters, shared.filters, strict=True):
            assert a["score"] == pytest.approx(b["score"], rel=1e-3, abs=1e-4)
        for a, b in zip(alone.images, shared.images, strict=True):
            first, second = (decode_image(i, (0, 1), 1) for i in (a, b))
            assert np.abs(first - second).max() <= 2 / 255


@pytest.mark.parametrize(
    "name",
    [
        "TPUStrategy",
        "ParameterServerStrategy",
        "MultiWorkerMirroredStrategy",
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
