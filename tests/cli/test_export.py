"""`tb-actmax export` saves logged images as pictures, animations, arrays."""

import io

import numpy as np
import pytest
from PIL import Image
from support.logs import write_log
from support.pictured_logs import SIGNAL_LENGTH, write_pictured

from tb_actmax.cli.main import main
from tb_actmax.records.reader import read_blobs


def test_a_picture_shows_the_filters_as_a_grid(tmp_path):
    write_log(tmp_path, {"conv1": 12})
    file = tmp_path / "grid.png"
    arguments = ["export", str(tmp_path), "--layer", "conv1", "-o", str(file)]
    assert main([*arguments, "--grid", "3x3", "--zoom", "1"]) == 0
    with Image.open(file) as picture:
        assert picture.size == (3 * 16 + 4 * 5, 3 * 16 + 4 * 5)
        pixels = np.asarray(picture)
    newest = [blobs for _, step, blobs in read_blobs(tmp_path) if step == 3]
    with Image.open(io.BytesIO(newest[0][1])) as first:
        assert np.array_equal(pixels[5:21, 5:21], np.asarray(first))


def test_animations_and_arrays(tmp_path):
    write_log(tmp_path, {"conv1": 4})
    run = ["export", str(tmp_path), "--layer", "conv1"]
    animated, arrays = (
        tmp_path / "animated.gif",
        tmp_path / "images.npz",
    )
    assert main([*run, "--gif", "-o", str(animated)]) == 0
    with Image.open(animated) as animation:
        assert animation.n_frames == 4
    chosen = ["--epoch", "2", "--filters", "3", "1"]
    assert main([*run, "--npz", *chosen, "-o", str(arrays)]) == 0
    with np.load(arrays) as found:
        assert found["images"].shape == (2, 16, 16, 1)
        assert found["filters"].tolist() == ["3", "1"]


@pytest.mark.parametrize(
    "arguments, said",
    [
        (["--layer", "conv7"], "it has conv1"),
        (["--layer", "conv1", "--epoch", "9"], "0, 1, 2, 3, not at 9"),
        (["--layer", "conv1", "--filters", "8"], "Logged are 0, 1"),
        (["--layer", "conv1", "--margin", "-1"], "at least 0"),
        (["--layer", "conv1", "--margin", "99999"], "a smaller --margin"),
        (["--layer", "conv1", "--zoom", "99999"], "use --zoom 1"),
        (["--layer", "conv1", "--gif", "--epoch", "1"], "leave out --epoch"),
        (["--layer", "conv1", "--gif"], "x.png should end in .gif"),
        (["--layer", "conv1", "--npz"], "x.png should end in .npz"),
    ],
)
def test_impossible_requests_are_rejected(tmp_path, capsys, arguments, said):
    write_log(tmp_path, {"conv1": 2})
    output = ["-o", str(tmp_path / "x.png")]
    assert main(["export", str(tmp_path), *arguments, *output]) == 1
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(
    "output, said",
    [
        ("x.xyz", "should end in .png or .jpg"),
        ("x", "should end in .png or .jpg"),
        ("missing/x.png", "There is no folder"),
    ],
)
def test_bad_output_paths_are_rejected(tmp_path, capsys, output, said):
    write_log(tmp_path, {"conv1": 2})
    command = ["export", str(tmp_path), "--layer", "conv1", "-o"]
    assert main([*command, str(tmp_path / output)]) == 1
    assert said in capsys.readouterr().err
    assert not (tmp_path / output).exists()


def test_a_missing_log_is_an_error(tmp_path, capsys):
    output = str(tmp_path / "x.png")
    assert main(["export", str(tmp_path), "--layer", "a", "-o", output])
    assert "There are no event files" in capsys.readouterr().err


def test_a_grid_shows_only_as_many_images_as_fit(tmp_path):
    write_log(tmp_path, {"conv1": 9})
    file = tmp_path / "grid.png"
    command = ["export", str(tmp_path), "--layer", "conv1", "-o", str(file)]
    command += ["--zoom", "1", "--margin", "0", "--grid"]
    for grid, size in (("2x2", (32, 32)), ("5x7", (112, 32))):
        assert main([*command, grid]) == 0
        with Image.open(file) as picture:
            assert picture.size == size
    with pytest.raises(SystemExit):
        main([*command, "5by7"])


def test_the_last_part_of_a_path_names_a_layer_if_unique(tmp_path, capsys):
    write_log(tmp_path, {"net/conv1": 2, "net/conv2": 2, "other/conv2": 2})
    command = ["export", str(tmp_path), "-o", str(tmp_path / "x.png")]
    assert main([*command, "--layer", "conv1"]) == 0
    assert "net/conv1, epoch 3" in capsys.readouterr().out
    assert main([*command, "--layer", "conv2"]) == 1
    assert "net/conv2, other/conv2" in capsys.readouterr().err


def test_an_animation_of_one_epoch_has_one_frame(tmp_path):
    write_log(tmp_path, {"conv1": 2}, epochs=[0])
    animated = tmp_path / "animated.gif"
    command = ["export", str(tmp_path), "--layer", "conv1", "--gif"]
    assert main([*command, "-o", str(animated)]) == 0
    with Image.open(animated) as animation:
        assert animation.n_frames == 1


def exported(tmp_path, layer):
    """Exports filter 0 of a layer of `write_pictured`, without a margin."""
    write_pictured(tmp_path)
    file = tmp_path / f"{layer}.png"
    command = ["export", str(tmp_path), "--layer", layer, "-o", str(file)]
    command += ["--filters", "0", "--margin", "0", "--zoom", "2"]
    assert main(command) == 0
    with Image.open(file) as picture:
        return np.asarray(picture).astype(int)


def test_signals_are_drawn_as_curves_of_different_colours(tmp_path):
    shown = exported(tmp_path, "signal")
    assert shown.shape == (64, 2 * SIGNAL_LENGTH, 3)
    blue = shown[..., 2] - shown[..., 0] > 60
    red = shown[..., 0] - shown[..., 2] > 60
    rows = np.arange(64)[:, None]
    sine, cosine = (
        (mark * rows).sum(0) / mark.sum(0).clip(1) for mark in (blue, red)
    )
    assert sine[15] < 16 and sine[47] > 46
    assert cosine[3] < 16 and cosine[34] > 46


def test_slices_of_a_volume_are_side_by_side(tmp_path):
    shown = exported(tmp_path, "volume")
    assert shown.shape == (2 * 8 + 2, 4 * (2 * 8 + 1) + 1)
    middles = shown[9, 9::17]
    assert (np.diff(middles) > 20).all()  # each brighter than the last


def test_channels_are_side_by_side(tmp_path):
    shown = exported(tmp_path, "bands")
    assert shown.shape == (2 * 8 + 2, 5 * (2 * 8 + 1) + 1)
    first, last = shown[1:-1, 1:17], shown[1:-1, -17:-1]
    assert (np.diff(first[5]) >= 0).all() and first[5, -1] > first[5, 0] + 99
    assert last[-1, 5] > last[0, 5]


def test_principal_components_are_drawn_as_red_green_and_blue(tmp_path):
    """Two channels vary; the one that varies across columns varies more."""
    write_pictured(tmp_path)
    file = tmp_path / "bands.png"
    command = ["export", str(tmp_path), "--layer", "bands", "--filters", "2"]
    command += ["--margin", "0", "--zoom", "1", "--channels", "components"]
    assert main([*command, "-o", str(file)]) == 0
    with Image.open(file) as picture:
        shown = np.asarray(picture).astype(int)
    assert shown.shape == (8, 8, 3)
    red, green, blue = np.moveaxis(shown, -1, 0)
    assert (np.diff(red, axis=1) > 5).all()
    assert (np.diff(red, axis=0) == 0).all()
    assert (np.diff(green, axis=0) > 0).all()
    assert np.abs(blue - 127.5).max() < 2
    animated = tmp_path / "bands.gif"
    assert main([*command, "--gif", "-o", str(animated)]) == 0
    with Image.open(animated) as animation:
        assert animation.size == (8, 8)


@pytest.mark.parametrize(
    "layer, said", [("signal", "are signals"), ("volume", "have 1 channel:")]
)
def test_components_of_signals_and_grey_images_are_rejected(
    tmp_path, capsys, layer, said
):
    write_pictured(tmp_path)
    command = ["export", str(tmp_path), "--layer", layer, "--channels"]
    command += ["components", "-o", str(tmp_path / "x.png")]
    assert main(command) == 1
    shown = capsys.readouterr().err
    assert said in shown and "leave it out" in shown
