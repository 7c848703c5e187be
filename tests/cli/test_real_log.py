"""The command on the logs of real trainings, beside Keras's own callback."""

import pathlib
import re

import keras
import numpy as np
import pytest
from PIL import Image

import tb_actmax
from tb_actmax.cli import main as cli


@pytest.fixture(scope="module")
def logs(tmp_path_factory, digits, network):
    """Two epochs of four batches; one training counts batches."""
    directory = tmp_path_factory.mktemp("logs")
    for name, every in (("by epoch", 1), ("by step", "3 steps")):
        own = tb_actmax.ActivationMaximization(
            directory / name,
            filters={"conv1": [0, 4], "conv2": 3},
            layers=["conv1", "conv2"],
            every=every,
            probe=digits,
            steps=4,
            warm_steps=2,
        )
        network().fit(
            digits,
            np.arange(64) % 3,
            batch_size=16,
            epochs=2,
            verbose=0,
            callbacks=[own, keras.callbacks.TensorBoard(directory / name)],
        )
    return directory


def test_info_of_trainings_that_count_epochs_and_batches(logs, capsys):
    assert cli.main(["info", str(logs)]) == 0
    first, second = re.split("by step/actmax\n", capsys.readouterr().out)
    assert "conv1: 3 epochs, 0-2; 2 of 6 filters, 5 x 5 px" in first
    assert "conv2: 3 epochs, 0-2; 3 of 8 filters, 12 x 12 px" in first
    assert "conv1: 4 steps, 0, 3, 6, 8; 2 of 6 filters" in second
    assert "conv2: 4 steps, 0, 3, 6, 8; 3 of 8 filters" in second


def test_info_of_one_training_that_was_cut_off(logs, tmp_path, capsys):
    (file,) = (logs / "by epoch" / "actmax").glob("*tfevents*")
    directory = tmp_path / "actmax"
    directory.mkdir()
    whole = file.read_bytes()
    (directory / file.name).write_bytes(whole[: len(whole) * 2 // 3])
    assert cli.main(["info", str(tmp_path)]) == 1
    shown = capsys.readouterr().out
    assert "conv1: 2 epochs, 0-1" in shown
    assert "broken: " in shown and "damaged or not finished" in shown


@pytest.mark.parametrize(
    "name, when, said",
    [
        ("by epoch", [], "conv1, epoch 2"),
        ("by epoch", ["--epoch", "1"], "conv1, epoch 1"),
        ("by step", [], "conv1, step 8"),
        ("by step", ["--epoch", "6"], "conv1, step 6"),
    ],
)
def test_export_of_a_moment(logs, tmp_path, capsys, name, when, said):
    file = tmp_path / "grid.png"
    command = ["export", str(logs / name), "--layer", "conv1", *when]
    assert cli.main([*command, "--zoom", "1", "-o", str(file)]) == 0
    assert said in capsys.readouterr().out
    with Image.open(file) as picture:
        assert picture.size == (2 * 5 + 3 * 5, 5 + 2 * 5)
        pixels = np.asarray(picture)[5:10]
    for left in (5, 15):
        assert pixels[:, left : left + 5].std() > 10


def test_moments_that_are_not_logged(logs, tmp_path, capsys):
    command = ["export", str(logs / "by step"), "--layer", "conv1"]
    output = ["-o", str(tmp_path / "x.png")]
    assert cli.main([*command, "--epoch", "5", *output]) == 1
    assert "at the steps 0, 3, 6, 8, not at 5" in capsys.readouterr().err


def test_arrays_and_animations_of_all_steps(logs, tmp_path, capsys):
    run = ["export", str(logs / "by step"), "--layer", "conv2", "--gif"]
    arrays, film = tmp_path / "all.npz", tmp_path / "all.gif"
    assert cli.main([*run, "--npz", "-o", str(arrays)]) == 0
    assert "4 steps, 0 to 8" in capsys.readouterr().out
    with np.load(arrays) as found:
        assert found["images_6"].shape == (3, 12, 12, 1)
        assert 0 <= found["images_6"].min() < found["images_6"].max() <= 1.1
    assert cli.main([*run, "-o", str(film)]) == 0
    with Image.open(film) as animation:
        assert animation.n_frames == 4


def test_no_image_is_changed_by_looking(logs):
    """Neither part writes into the log."""
    files = [p for p in logs.rglob("*") if p.is_file()]
    before = {p: pathlib.Path(p).read_bytes() for p in files}
    assert cli.main(["info", str(logs)]) == 0
    assert before == {p: p.read_bytes() for p in files}
    assert files == [p for p in logs.rglob("*") if p.is_file()]
