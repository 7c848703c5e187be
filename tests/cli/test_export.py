"""`tb-actmax export`: logged images as files."""

import io

import numpy as np
import pytest
from PIL import Image
from support.logs import write_log
from support.pictured_logs import SIGNAL_LENGTH, write_pictured

from tb_actmax.cli import main as cli
from tb_actmax.records.reader import read_blobs


def test_export_stitches_a_picture(tmp_path):
    write_log(tmp_path, {"conv1": 12})
    file = tmp_path / "grid.png"
    arguments = ["export", str(tmp_path), "--layer", "conv1", "-o", str(file)]
    assert cli.main([*arguments, "--grid", "3x3", "--zoom", "1"]) == 0
    with Image.open(file) as picture:
        assert picture.size == (3 * 16 + 4 * 5, 3 * 16 + 4 * 5)
        pixels = np.asarray(picture)
    newest = [blobs for _, step, blobs in read_blobs(tmp_path) if step == 3]
    with Image.open(io.BytesIO(newest[0][1])) as first:
        assert np.array_equal(pixels[5:21, 5:21], np.asarray(first))


def test_export_makes_an_animation_and_arrays(tmp_path):
    write_log(tmp_path, {"conv1": 4})
    run = ["export", str(tmp_path), "--layer", "conv1"]
    film, arrays = tmp_path / "film.gif", tmp_path / "images.npz"
    assert cli.main([*run, "--gif", "-o", str(film)]) == 0
    with Image.open(film) as animation:
        assert animation.n_frames == 4
    chosen = ["--epoch", "2", "--filters", "3", "1"]
    assert cli.main([*run, "--npz", *chosen, "-o", str(arrays)]) == 0
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
        (["--layer", "conv1", "--zoom", "99999"], "take --zoom 1"),
        (["--layer", "conv1", "--gif", "--epoch", "1"], "leave out --epoch"),
        (["--layer", "conv1", "--gif"], "x.png should end in .gif"),
        (["--layer", "conv1", "--npz"], "x.png should end in .npz"),
    ],
)
def test_export_says_what_is_there(tmp_path, capsys, arguments, said):
    write_log(tmp_path, {"conv1": 2})
    output = ["-o", str(tmp_path / "x.png")]
    assert cli.main(["export", str(tmp_path), *arguments, *output]) == 1
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(
    "output, said",
    [
        ("x.xyz", "should end in .png or .jpg"),
        ("x", "should end in .png or .jpg"),
        ("missing/x.png", "There is no folder"),
    ],
)
def test_where_nothing_can_be_written_is_said(tmp_path, capsys, output, said):
    write_log(tmp_path, {"conv1": 2})
    command = ["export", str(tmp_path), "--layer", "conv1", "-o"]
    assert cli.main([*command, str(tmp_path / output)]) == 1
    assert said in capsys.readouterr().err
    assert not (tmp_path / output).exists()


def test_no_log_is_said(tmp_path, capsys):
    output = str(tmp_path / "x.png")
    assert cli.main(["export", str(tmp_path), "--layer", "a", "-o", output])
    assert "There are no event files" in capsys.readouterr().err


def test_a_grid_shows_as_many_as_it_holds(tmp_path):
    write_log(tmp_path, {"conv1": 9})
    file = tmp_path / "grid.png"
    command = ["export", str(tmp_path), "--layer", "conv1", "-o", str(file)]
    command += ["--zoom", "1", "--margin", "0", "--grid"]
    for grid, size in (("2x2", (32, 32)), ("5x7", (112, 32))):
        assert cli.main([*command, grid]) == 0
        with Image.open(file) as picture:
            assert picture.size == size
    with pytest.raises(SystemExit):
        cli.main([*command, "5by7"])


def test_a_short_name_will_do_where_only_one_layer_has_it(tmp_path, capsys):
    write_log(tmp_path, {"net/conv1": 2, "net/conv2": 2, "other/conv2": 2})
    command = ["export", str(tmp_path), "-o", str(tmp_path / "x.png")]
    assert cli.main([*command, "--layer", "conv1"]) == 0
    assert "net/conv1, epoch 3" in capsys.readouterr().out
    assert cli.main([*command, "--layer", "conv2"]) == 1
    assert "net/conv2, other/conv2" in capsys.readouterr().err


def test_one_epoch_is_an_animation_that_stands(tmp_path):
    write_log(tmp_path, {"conv1": 2}, epochs=[0])
    film = tmp_path / "film.gif"
    command = ["export", str(tmp_path), "--layer", "conv1", "--gif"]
    assert cli.main([*command, "-o", str(film)]) == 0
    with Image.open(film) as animation:
        assert animation.n_frames == 1


def exported(tmp_path, layer):
    """Filter 0 of a log of images that are no pictures, without margin."""
    write_pictured(tmp_path)
    file = tmp_path / f"{layer}.png"
    command = ["export", str(tmp_path), "--layer", layer, "-o", str(file)]
    command += ["--filters", "0", "--margin", "0", "--zoom", "2"]
    assert cli.main(command) == 0
    with Image.open(file) as picture:
        return np.asarray(picture).astype(int)


def test_signals_are_curves_in_a_colour_each(tmp_path):
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


def test_slices_of_a_volume_are_beside_each_other(tmp_path):
    shown = exported(tmp_path, "volume")
    assert shown.shape == (2 * 8 + 2, 4 * (2 * 8 + 1) + 1)
    middles = shown[9, 9::17]
    assert (np.diff(middles) > 20).all()  # each brighter than the last


def test_channels_are_beside_each_other(tmp_path):
    shown = exported(tmp_path, "bands")
    assert shown.shape == (2 * 8 + 2, 5 * (2 * 8 + 1) + 1)
    first, last = shown[1:-1, 1:17], shown[1:-1, -17:-1]
    assert (np.diff(first[5]) >= 0).all() and first[5, -1] > first[5, 0] + 99
    assert last[-1, 5] > last[0, 5]


def test_many_channels_are_a_picture_of_their_components(tmp_path):
    """Two channels vary: across (columns, the more), and down (rows)."""
    write_pictured(tmp_path)
    file = tmp_path / "bands.png"
    command = ["export", str(tmp_path), "--layer", "bands", "--filters", "2"]
    command += ["--margin", "0", "--zoom", "1", "--channels", "components"]
    assert cli.main([*command, "-o", str(file)]) == 0
    with Image.open(file) as picture:
        shown = np.asarray(picture).astype(int)
    assert shown.shape == (8, 8, 3)
    red, green, blue = np.moveaxis(shown, -1, 0)
    assert (np.diff(red, axis=1) > 5).all()
    assert (np.diff(red, axis=0) == 0).all()
    assert (np.diff(green, axis=0) > 0).all()
    assert np.abs(blue - 127.5).max() < 2
    film = tmp_path / "bands.gif"
    assert cli.main([*command, "--gif", "-o", str(film)]) == 0
    with Image.open(film) as animation:
        assert animation.size == (8, 8)


@pytest.mark.parametrize(
    "layer, said", [("signal", "are curves"), ("volume", "have 1 channel:")]
)
def test_components_of_curves_and_grey_images_are_refused(
    tmp_path, capsys, layer, said
):
    write_pictured(tmp_path)
    command = ["export", str(tmp_path), "--layer", layer, "--channels"]
    command += ["components", "-o", str(tmp_path / "x.png")]
    assert cli.main(command) == 1
    shown = capsys.readouterr().err
    assert said in shown and "leave it out" in shown
