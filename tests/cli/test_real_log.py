"""`info` and `export` on logs of real trainings."""

import pathlib
import re

import keras
import numpy as np
import pytest
from PIL import Image

import tb_actmax
from tb_actmax.cli.main import main


@pytest.fixture(scope="module")
def logs(tmp_path_factory, digits, network):
    """Logs two epochs of four batches; one training counts batches."""
    directory = tmp_path_factory.mktemp("logs")
    for name, update_freq in (("by epoch", "epoch"), ("by batch", 3)):
        own = tb_actmax.ActivationMaximization(
            directory / name,
            filters={"conv1": [0, 4], "conv2": 3},
            layers=["conv1", "conv2"],
            update_freq=update_freq,
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
    assert main(["info", str(logs)]) == 0
    by_batch, by_epoch = re.split("by epoch/actmax\n", capsys.readouterr().out)
    assert "conv1: 3 epochs, 0-2; 2 of 6 filters, 5 x 5 px" in by_epoch
    assert "conv2: 3 epochs, 0-2; 3 of 8 filters, 10 x 10 px" in by_epoch
    assert "conv1: 4 batches, 0, 3, 6, 8; 2 of 6 filters" in by_batch
    assert "conv2: 4 batches, 0, 3, 6, 8; 3 of 8 filters" in by_batch


def test_info_of_a_log_that_was_cut_off(logs, tmp_path, capsys):
    (file,) = (logs / "by epoch" / "actmax").glob("*tfevents*")
    directory = tmp_path / "actmax"
    directory.mkdir()
    whole = file.read_bytes()
    (directory / file.name).write_bytes(whole[: len(whole) * 2 // 3])
    assert main(["info", str(tmp_path)]) == 1
    shown = capsys.readouterr().out
    assert "conv1: 2 epochs, 0-1" in shown
    assert "damaged: " in shown and "damaged or not finished" in shown


@pytest.mark.parametrize(
    "name, when, said",
    [
        ("by epoch", [], "conv1, epoch 2"),
        ("by epoch", ["--epoch", "1"], "conv1, epoch 1"),
        ("by batch", [], "conv1, batch 8"),
        ("by batch", ["--epoch", "6"], "conv1, batch 6"),
    ],
)
def test_export_of_one_epoch_or_batch(logs, tmp_path, capsys, name, when, said):
    file = tmp_path / "grid.png"
    command = ["export", str(logs / name), "--layer", "conv1", *when]
    assert main([*command, "--zoom", "1", "-o", str(file)]) == 0
    assert said in capsys.readouterr().out
    with Image.open(file) as picture:
        assert picture.size == (2 * 5 + 3 * 5, 5 + 2 * 5)
        pixels = np.asarray(picture)[5:10]
    for left in (5, 15):
        assert pixels[:, left : left + 5].std() > 10


def test_batches_that_are_not_logged_are_rejected(logs, tmp_path, capsys):
    command = ["export", str(logs / "by batch"), "--layer", "conv1"]
    output = ["-o", str(tmp_path / "x.png")]
    assert main([*command, "--epoch", "5", *output]) == 1
    assert "at the batches 0, 3, 6, 8, not at 5" in capsys.readouterr().err


def test_arrays_and_animations_of_all_batches(logs, tmp_path, capsys):
    run = ["export", str(logs / "by batch"), "--layer", "conv2", "--gif"]
    arrays, video = tmp_path / "all.npz", tmp_path / "all.gif"
    assert main([*run, "--npz", "-o", str(arrays)]) == 0
    assert "4 batches, 0 to 8" in capsys.readouterr().out
    with np.load(arrays) as found:
        assert found["images_6"].shape == (3, 10, 10, 1)
        assert 0 <= found["images_6"].min() < found["images_6"].max() <= 1.1
    assert main([*run, "-o", str(video)]) == 0
    with Image.open(video) as animation:
        assert animation.n_frames == 4


def test_info_does_not_change_the_log(logs):
    files = [p for p in logs.rglob("*") if p.is_file()]
    before = {p: pathlib.Path(p).read_bytes() for p in files}
    assert main(["info", str(logs)]) == 0
    assert before == {p: p.read_bytes() for p in files}
    assert files == [p for p in logs.rglob("*") if p.is_file()]
