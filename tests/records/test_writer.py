import shutil
import sys

import pytest
from support.logs import header, picture, write_log
from tensorboard.backend.event_processing.plugin_event_accumulator import (
    EventAccumulator,
)

from tb_actmax.records.images import encode_image
from tb_actmax.records.reader import logged_steps
from tb_actmax.records.writer import EventWriter


def test_a_reopened_log_knows_its_steps(tmp_path):
    write_log(tmp_path, {"conv1": 2}, epochs=[0, 2])
    assert EventWriter(str(tmp_path / "actmax")).logged == {"conv1": [0, 2]}


def test_a_file_that_was_cut_off_is_read_up_to_the_cut(tmp_path):
    write_log(tmp_path, {"conv1": 2}, epochs=range(3))
    (path,) = (tmp_path / "actmax").iterdir()
    data = path.read_bytes()
    path.write_bytes(data[: len(data) - 100])
    assert logged_steps(str(tmp_path / "actmax")) == {"conv1": [0, 1]}


def test_tensorboard_shows_a_log_that_replaced_another(tmp_path):
    place = tmp_path / "actmax"
    write_log(tmp_path, {"conv1": 1}, epochs=range(3))
    board = EventAccumulator(str(place))
    board.Reload()
    first = board.Tensors("conv1")
    shutil.rmtree(place)  # before TensorBoard looks again
    write_log(tmp_path, {"conv1": 2}, epochs=range(2))
    board.Reload()
    second = board.Tensors("conv1")
    assert [event.step for event in second] == [0, 1]
    assert second[0].wall_time > first[-1].wall_time
    # A training that goes on takes nothing away.
    write_log(tmp_path, {"conv1": 2}, epochs=[2])
    board.Reload()
    assert [event.step for event in board.Tensors("conv1")] == [0, 1, 2]


def test_no_epoch_is_written_twice(tmp_path):
    write_log(tmp_path, {"conv1": 1}, epochs=[0, 1])
    writer = EventWriter(str(tmp_path / "actmax"))
    image = encode_image(picture(0, 0, 0), (0, 1))
    with pytest.raises(ValueError, match="goes up to step 1 for 'conv1'"):
        writer.write(
            "conv1",
            1,
            header("conv1", 1, 1),
            [image],
            layer_index=0,
            layer_type="Conv2D",
        )


def test_an_unwritable_directory_raises_an_os_error(tmp_path):
    (tmp_path / "file").write_text("not a directory")
    with pytest.raises(OSError, match="Cannot write to"):
        EventWriter(str(tmp_path / "file" / "actmax"))


def test_tensorflow_caches_no_numbers(tmp_path):
    # TensorFlow keeps Python's numbers that operations are given.
    writer = EventWriter(str(tmp_path / "actmax"))
    step, value = 1_234_567, 0.12345
    before = sys.getrefcount(step), sys.getrefcount(value)
    image = encode_image(picture(0, 0, 0), (0, 1))
    head = header("conv1", 1, 1)
    about = {"layer_index": 0, "layer_type": "Conv2D"}
    writer.write("conv1", step, head, [image], **about)
    writer.write_scalars(step, {"tb_actmax/dead": value})
    writer.close()
    assert writer.logged.pop("conv1") == [step]
    assert (sys.getrefcount(step), sys.getrefcount(value)) == before
