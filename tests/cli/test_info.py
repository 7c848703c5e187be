"""`tb-actmax info` lists what a log holds, and reports damage."""

import subprocess
import sys

import numpy as np
import tensorflow as tf
from support.logs import header, write_log
from support.pictured_logs import write_pictured

from tb_actmax.cli.main import main
from tb_actmax.records.event import PLUGIN_NAME
from tb_actmax.records.images import encode_image
from tb_actmax.records.writer import EventWriter


def append(directory, tag, step, blobs):
    """Adds an event that `EventWriter` refuses to write."""
    writer = tf.summary.create_file_writer(str(directory))
    with writer.as_default():
        metadata = tf.compat.v1.SummaryMetadata()
        metadata.plugin_data.plugin_name = PLUGIN_NAME
        tf.summary.write(tag, tf.constant(blobs), step, metadata)
    writer.close()


def test_info_lists_layers_and_damage(tmp_path, capsys):
    write_log(tmp_path / "good", {"conv1": 4}, [0, 1, 2, 5])
    assert main(["info", str(tmp_path)]) == 0
    shown = capsys.readouterr().out
    assert "conv1: 4 epochs, 0-2, 5; 4 of 4 filters, 16 x 16 px" in shown
    assert "1 dead" in shown
    write_pictured(tmp_path / "other")
    assert main(["info", str(tmp_path / "other")]) == 0
    shown = capsys.readouterr().out
    assert "3 of 3 filters, 32 samples, 2 channels" in shown
    assert "3 of 3 filters, 4 x 8 x 8 px" in shown
    assert "3 of 3 filters, 8 x 8 px, 5 channels" in shown
    writer = EventWriter(str(tmp_path / "bad" / "actmax"))
    image = encode_image(np.zeros((16, 16, 1)), (0, 1))
    about = {"layer_index": 0, "layer_type": "Conv2D"}
    writer.write("conv1", 0, header("conv1", 0, 1), [image], **about)
    writer.close()
    append(tmp_path / "bad" / "actmax", "conv1", 1, [b"{}"])
    assert main(["info", str(tmp_path)]) == 1
    assert "damaged: conv1, epoch 1" in capsys.readouterr().out


def test_info_without_a_log(tmp_path, capsys):
    assert main(["info", str(tmp_path)]) == 1
    assert "no log" in capsys.readouterr().err


def test_info_needs_no_tensorflow(tmp_path):
    write_log(tmp_path, {"conv1": 2})
    code = (
        "import sys; sys.modules['tensorflow'] = None;"
        "sys.modules['keras'] = None;"
        "from tb_actmax.cli.main import main; sys.exit(main(sys.argv[1:]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, "info", str(tmp_path)],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert "conv1: 4 epochs" in done.stdout
