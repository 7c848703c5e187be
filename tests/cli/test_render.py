"""`tb-actmax render` logs the filters of saved models."""

import re
import sys

import numpy as np
import pytest
from PIL import Image

from tb_actmax.cli.main import main
from tb_actmax.cli.render import epoch_of
from tb_actmax.records.event import decode
from tb_actmax.records.reader import read_blobs
from tb_actmax.training import progress


def logged(directory):
    return {(tag, step) for tag, step, _ in read_blobs(directory)}


@pytest.fixture(scope="module")
def checkpoints(tmp_path_factory):
    """Saves a small network after epochs 2 and 10, and a probe."""
    import keras

    directory = tmp_path_factory.mktemp("models")
    for epoch in (10, 2):
        keras.utils.set_random_seed(epoch)
        model = keras.Sequential(
            [
                keras.Input((16, 16, 1)),
                keras.layers.Conv2D(4, 5, activation="relu", name="conv1"),
                keras.layers.Conv2D(4, 3, name="conv2"),
            ]
        )
        model.save(directory / f"model-{epoch:02d}-0.93.keras")
    random = np.random.default_rng(0)
    images = random.uniform(size=(20, 16, 16, 1)).astype("float32")
    np.savez(directory / "probe.npz", x=images, y=np.arange(20) % 3)
    return directory


def test_render_logs_each_model_and_continues_a_log(
    checkpoints, tmp_path, capsys
):
    models = sorted(map(str, checkpoints.glob("*.keras")))
    options = ["--log-dir", str(tmp_path), "--filters", "2", "--steps", "2"]
    options += ["--probe", str(checkpoints / "probe.npz")]
    assert main(["render", models[0], *options]) == 0
    assert logged(tmp_path) == {("conv1", 2), ("conv2", 2)}
    assert main(["render", *models, *options]) == 0
    assert logged(tmp_path) == {
        (layer, epoch) for layer in ("conv1", "conv2") for epoch in (2, 10)
    }
    assert "Epoch 2 is logged already" in capsys.readouterr().out


def test_render_takes_a_folder_of_images(checkpoints, tmp_path):
    random = np.random.default_rng(0)
    for label in ("cats", "dogs"):
        folder = tmp_path / "data" / label
        folder.mkdir(parents=True)
        for index in range(4):
            pixels = random.integers(0, 255, (20, 30, 3)).astype("uint8")
            Image.fromarray(pixels).save(folder / f"{index}.png")
    model = next(checkpoints.glob("*.keras"))
    arguments = ["render", str(model), "--log-dir", str(tmp_path / "log")]
    arguments += ["--probe", str(tmp_path / "data"), "--steps", "2"]
    assert main([*arguments, "--layers", "conv2", "--filters", "all"]) == 0
    ((tag, _, blobs),) = read_blobs(tmp_path / "log")
    assert tag == "conv2" and b'"classes"' in blobs[0]


@pytest.mark.parametrize(
    "arguments, said",
    [
        (["nowhere.keras"], "no model"),
        (["MODEL", "--layers", "conv9"], "conv1, conv2"),
        (["MODEL", "--filters", "first"], "how many"),
        (["MODEL", "--probe", "probe.txt"], "a .npz or .npy file"),
        (["FOLDER"], "not a SavedModel"),
        (["MODEL", "--ray", "PROBE"], "name the models before --ray"),
    ],
)
def test_render_refuses_unusable_arguments(
    checkpoints, tmp_path, capsys, arguments, said
):
    known = {
        "MODEL": str(next(checkpoints.glob("*.keras"))),
        "FOLDER": str(checkpoints),
        "PROBE": str(checkpoints / "probe.npz"),
    }
    words = [known.get(word, word) for word in arguments]
    assert main(["render", *words, "--log-dir", str(tmp_path / "l")]) == 1
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(
    "name, epoch",
    [
        ("model-07.keras", 7),
        ("epoch_12-val_0.98.keras", 12),
        ("run3_5.weights.h5", 5),
        ("best.keras", 4),
        ("model_20240101120000123.keras", 4),
        ("model_3_20240101120000123.keras", 3),
        ("model_9007199254740991.keras", 9007199254740991),
    ],
)
def test_the_epoch_is_the_last_whole_number_in_a_name(tmp_path, name, epoch):
    assert epoch_of(tmp_path / name, 4) == epoch


def test_one_progress_bar_covers_all_models(
    checkpoints, tmp_path, capsys, monkeypatch
):
    monkeypatch.setattr(progress, "SHORT", -1.0)
    models = sorted(map(str, checkpoints.glob("*.keras")))
    options = ["--log-dir", str(tmp_path), "--filters", "2"]
    options += ["--steps", "4", "--warm-steps", "3"]
    assert main(["render", *models, *options]) == 0
    shown = capsys.readouterr().out
    assert shown.count("maximizing filters") == 1
    assert "2 epochs, 2 to 10" in shown
    total = 2 * 2 * (4 + 3)  # layers, filters, steps
    assert f"{total}/{total}" in shown
    assert re.search(r"\d+s\S* \d+\w+/filter step", shown)  # time left


def test_missing_ray_is_an_error_that_says_how_to_install_it(
    checkpoints, tmp_path, monkeypatch, capsys
):
    monkeypatch.setitem(sys.modules, "ray", None)
    model = str(next(checkpoints.glob("*.keras")))
    assert main(["render", model, "--log-dir", str(tmp_path), "--ray"]) == 1
    assert "pip install 'tb-actmax[ray]'" in capsys.readouterr().err


def test_the_same_command_continues_after_ctrl_c(
    checkpoints, tmp_path, monkeypatch, capsys
):
    from tb_actmax.training.layer_tracker import LayerTracker

    updates, update = [], LayerTracker.update

    def stopped(self, *args):
        updates.append(self.target.path)
        if len(updates) == 4:  # the second layer of the second file
            raise KeyboardInterrupt
        return update(self, *args)

    monkeypatch.setattr(LayerTracker, "update", stopped)
    models = sorted(map(str, checkpoints.glob("*.keras")))
    options = ["--log-dir", str(tmp_path), "--filters", "2", "--steps", "2"]
    assert main(["render", *models, *options]) == 130
    assert "Run the same command again to continue." in capsys.readouterr().err
    assert logged(tmp_path) == {("conv1", 2), ("conv2", 2), ("conv1", 10)}
    assert main(["render", *models, *options]) == 0
    assert updates[4:] == ["conv2"]
    assert logged(tmp_path) == {
        (layer, epoch) for layer in ("conv1", "conv2") for epoch in (2, 10)
    }


@pytest.mark.parametrize("option", ["--steps", "--warm-steps", "--exemplars"])
def test_impossible_numbers_are_rejected(checkpoints, tmp_path, capsys, option):
    model = str(next(checkpoints.glob("*.keras")))
    words = ["render", model, "--log-dir", str(tmp_path), option, "-1"]
    assert main(words) == 1
    name = option.strip("-").replace("-", "_")
    assert f"{name} must be" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_classes_have_the_names_that_are_given_or_found(checkpoints, tmp_path):
    model = str(min(checkpoints.glob("*.keras")))
    names = tmp_path / "names.txt"
    names.write_text("cat\n\ndog\npelican\n")
    folder = tmp_path / "images"
    for name in ("heron", "pelican"):
        (folder / name).mkdir(parents=True)
        for index in range(2):
            pixels = np.random.default_rng(index).integers(0, 255, (16, 16))
            picture = Image.fromarray(pixels.astype(np.uint8))
            picture.save(folder / name / f"{index}.png")
    npz = str(checkpoints / "probe.npz")
    for number, (probe, given, expected) in enumerate(
        [
            (npz, ["--class-names", "a", "b", "c"], {"a", "b", "c"}),
            (npz, ["--class-names", str(names)], {"cat", "dog", "pelican"}),
            (str(folder), [], {"heron", "pelican"}),
        ]
    ):
        log = tmp_path / str(number)
        options = ["--probe", probe, "--log-dir", str(log), *given]
        options += ["--layers", "conv1", "--filters", "2", "--steps", "2"]
        assert main(["render", model, *options]) == 0
        ((_, _, blobs),) = read_blobs(log)
        assert set(decode(blobs).header["class_names"].values()) <= expected
