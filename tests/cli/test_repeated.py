"""Commands over a log of a layer that has not changed."""

import numpy as np
import pytest
from support.logs import header, picture

from tb_actmax.cli.main import main
from tb_actmax.records.images import encode_image
from tb_actmax.records.reader import read_layer, read_log
from tb_actmax.records.writer import EventWriter


@pytest.fixture
def log(tmp_path):
    """Writes two filters: unchanged at 1, others at 2, at 3 those of 0."""
    writer = EventWriter(str(tmp_path / "actmax"))
    for step, since in ((0, None), (1, 0), (2, None), (3, 0)):
        count = 2 if since is None else 0
        more = {} if since is None else {"unchanged_since": since}
        writer.write(
            "conv1",
            step,
            header("conv1", step, count, **more),
            [encode_image(picture(0, i, step), (0, 1)) for i in range(count)],
            layer_index=0,
            layer_type="Conv2D",
        )
    writer.close()
    return tmp_path


def test_export_shows_the_images_that_a_step_repeats(log):
    file = log / "images.npz"
    run = ["export", str(log), "--layer", "conv1", "--npz", "-o", str(file)]
    shown = []
    for epoch in range(4):
        assert main([*run, "--epoch", str(epoch)]) == 0
        with np.load(file) as found:
            shown.append(found["images"])
    assert np.array_equal(shown[1], shown[0])
    assert np.array_equal(shown[3], shown[0])
    assert not np.array_equal(shown[2], shown[0])


def test_info_counts_the_filters_that_are_shown(log, capsys):
    assert main(["info", str(log)]) == 0
    printed = capsys.readouterr().out
    assert "4 epochs, 0-3" in printed
    assert "2 of 2 filters" in printed


def test_a_layer_is_read_with_the_images_that_it_repeats(log):
    assert read_layer(log, "conv1", 3)[1] == read_layer(log, "conv1", 0)[1]


def test_a_training_continues_from_images(log):
    steps, newest = read_log(str(log / "actmax"))
    assert steps == {"conv1": [0, 1, 2, 3]}
    assert newest["conv1"] == read_layer(log, "conv1", 2)[1]
