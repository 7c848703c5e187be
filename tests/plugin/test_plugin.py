"""The routes over real event files, through both of TensorBoard's loaders."""

import concurrent.futures
import json
import struct
import subprocess
import sys
import time

import pytest
from support.logs import header, picture, write_log
from support.tensorboard_flags import Flags
from tensorboard.backend import application
from tensorboard.plugins import base_plugin
from werkzeug import test as werkzeug_test

from tb_actmax.plugin.loader import ActivationMaxLoader
from tb_actmax.plugin.routes import images as image_route
from tb_actmax.plugin.routes import series as series_route
from tb_actmax.records.images import encode_image

PREFIX = "/data/plugin/actmax/"
LONG = {"conv1": 4, "block/conv2": 6}


def unpack(response):
    assert response.status_code == 200, response.data
    (length,) = struct.unpack("<I", response.data[:4])
    return json.loads(response.data[4 : 4 + length]), response.data[
        4 + length :
    ]


def test_the_index_lists_runs_and_layers_in_the_networks_order(serve, tmp_path):
    write_log(tmp_path / "b", {"z": 2, "a": 3}, epochs=range(25))
    write_log(tmp_path / "a", {"conv1": 2}, epochs=[0])
    answer = serve(tmp_path).get(PREFIX + "index").json
    assert [(r["run"], r["label"]) for r in answer["runs"]] == [
        ("a/actmax", "a"),
        ("b/actmax", "b"),
    ]
    layers = answer["runs"][1]["layers"]
    assert [layer["tag"] for layer in layers] == ["z", "a"]
    assert layers[0]["last"] == 24
    assert layers[0]["layer_filters"] == 2
    assert layers[0]["layer_type"] == "Conv2D"


def test_one_answer_carries_all_images_of_a_layer(serve, tmp_path):
    write_log(tmp_path / "run", LONG)
    client = serve(tmp_path)
    answer, body = unpack(
        client.get(
            PREFIX + "images?run=run/actmax&tag=block/conv2&step=2&step=9"
        )
    )
    (event,) = answer["events"]
    assert answer["missing"] == [9]
    assert event["step"] == 2
    assert [f["key"] for f in event["header"]["filters"]] == list("012345")
    for index, placed in enumerate(event["images"]):
        start = placed["offset"]
        image = body[start : start + placed["size"]]
        assert image == encode_image(picture(1, index, 2), (0, 1))


def test_some_filters_at_several_epochs(serve, tmp_path):
    write_log(tmp_path / "run", LONG)
    answer, _ = unpack(
        serve(tmp_path).get(
            PREFIX + "images?run=run/actmax&tag=conv1&step=0&step=3&key=2&key=x"
        )
    )
    assert [e["step"] for e in answer["events"]] == [0, 3]
    for event in answer["events"]:
        assert [image["key"] for image in event["images"]] == ["2"]
        assert [f["filter"] for f in event["header"]["filters"]] == [2]


def test_the_epochs_of_a_layer(serve, tmp_path):
    write_log(tmp_path / "run", LONG, epochs=[0, 2, 5])
    found = serve(tmp_path).get(PREFIX + "epochs?run=run/actmax&tag=conv1").json
    assert found["epochs"] == [0, 2, 5]
    assert sorted(found["wall_times"]) == found["wall_times"]


def test_series_of_some_epochs(serve, tmp_path):
    write_log(tmp_path / "run", LONG)
    answer = (
        serve(tmp_path)
        .get(PREFIX + "series?run=run/actmax&tag=conv1&step=3&step=1&step=7")
        .json
    )
    assert answer["epochs"] == [1, 3]
    assert (answer["missing"], answer["left"]) == ([7], [])
    assert answer["values"]["score"][2] == pytest.approx([3.1, 3.3])


def test_steps_that_would_take_too_long_are_left(serve, tmp_path, monkeypatch):
    for route in (image_route, series_route):
        monkeypatch.setattr(route, "MAX_SECONDS", -1)
    write_log(tmp_path / "run", {"conv1": 2}, epochs=range(10))
    client = serve(tmp_path)
    steps = "".join(f"&step={step}" for step in range(4))
    answer, _ = unpack(
        client.get(PREFIX + "images?run=run/actmax&tag=conv1" + steps)
    )
    assert [event["step"] for event in answer["events"]] == [0]
    assert answer["left"] == [1, 2, 3]
    series = client.get(PREFIX + "series?run=run/actmax&tag=conv1").json
    assert (series["epochs"], series["left"]) == ([0], [*range(1, 10)])


def test_concurrent_requests_get_the_same_answers_as_single_ones(
    serve, tmp_path
):
    write_log(tmp_path / "run", {"conv1": 3, "conv2": 5}, range(6))
    client = serve(tmp_path)
    paths = [
        f"{PREFIX}{route}?run=run/actmax&tag={tag}&step={step}"
        for route in ("images", "series", "epochs")
        for tag in ("conv1", "conv2")
        for step in range(6)
    ]
    single = [client.get(path).data for path in paths]
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(client.get, paths * 3))
    assert {answer.status_code for answer in answers} == {200}
    assert [answer.data for answer in answers] == single * 3


def test_series_hold_the_measures_of_all_filters(serve, tmp_path):
    write_log(tmp_path / "run", LONG)
    answer = (
        serve(tmp_path).get(PREFIX + "series?run=run/actmax&tag=conv1").json
    )
    assert answer["epochs"] == [0, 1, 2, 3]
    assert answer["keys"] == ["0", "1", "2", "3"]
    assert answer["values"]["score"][2] == pytest.approx([3, 3.1, 3.2, 3.3])
    assert answer["status"][1] == ["dead"] * 4
    assert answer["layer"][0]["receptive_field"] == [16, 16]


@pytest.mark.parametrize(
    "query",
    [
        "images",
        "images?run=run/actmax&tag=conv1",
        "images?run=run/actmax&tag=conv1&step=x",
        "images?run=run/actmax&tag=conv1&step=-1",
        "images?run=run/actmax&tag=conv1&step=99999999999999999999999",
        "images?run=nothing&tag=conv1&step=0",
        "images?run=run/actmax&tag=../conv1&step=0",
        "images?run=run/actmax&run=b&tag=conv1&step=0",
        "series?run=run/actmax",
        "series?run=run/actmax&tag=conv1&step=x",
        "epochs?run=run/actmax",
        "epochs?run=nothing&tag=conv1",
        "series?run=run/actmax&tag=%00",
        "static/../plugin.py",
        "static/%2e%2e/plugin.py",
        "static//etc/passwd",
        "static/..%5cplugin.py",
        "nothing",
    ],
)
def test_bad_requests_get_a_plain_4xx(serve, tmp_path, query):
    write_log(tmp_path / "run", {"conv1": 1}, epochs=[0])
    response = serve(tmp_path).get(PREFIX + query)
    assert 400 <= response.status_code < 500
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert b"Traceback" not in response.data


def test_damaged_events_are_named_and_the_others_shown(serve, tmp_path):
    import tensorflow as tf

    from tb_actmax.records.messages import layer_message

    write_log(tmp_path / "run", {"conv1": 2}, epochs=[0])
    time.sleep(1.1)  # so that the next file is read after the first one
    about = header("conv1", 0, 2)
    message = layer_message("conv1", 0, [], about, 0, "Conv2D")
    metadata = message.summary.value[0].metadata
    png = encode_image(picture(0, 0, 0), (0, 1))
    good = json.dumps(header("conv1", 4, 2)).encode()
    with tf.summary.create_file_writer(
        str(tmp_path / "run/actmax")
    ).as_default():
        for step, blobs in (
            (1, [b"not json", png, png]),
            (2, []),
            (3, [good, png]),
            (4, [good, png, b"<svg onload=alert(1)>"]),
        ):
            tf.summary.write(
                "conv1", tf.constant(blobs, tf.string), step, metadata
            )
    client = serve(tmp_path)
    answer, body = unpack(
        client.get(
            PREFIX
            + "images?run=run/actmax&tag=conv1"
            + "".join(f"&step={step}" for step in range(5))
        )
    )
    assert [event["step"] for event in answer["events"]] == [0, 4]
    assert [e["step"] for e in answer["errors"]] == [1, 2, 3]
    assert "not JSON" in answer["errors"][0]["error"]
    assert "PNG" in answer["events"][1]["images"][1]["error"]
    assert b"svg" not in body
    series = client.get(PREFIX + "series?run=run/actmax&tag=conv1").json
    assert series["epochs"] == [0, 4]


@pytest.mark.parametrize("in_process", [True, False])
def test_new_epochs_appear(python_loader, tmp_path, in_process):
    write_log(tmp_path / "run", {"conv1": 1}, epochs=[0])
    provider, multiplexer = python_loader(tmp_path)
    context = base_plugin.TBContext(
        data_provider=provider,
        flags=Flags(),
        multiplexer=multiplexer if in_process else None,
    )
    plugin = ActivationMaxLoader().load(context)
    client = werkzeug_test.Client(
        application.TensorBoardWSGI([plugin], data_provider=provider)
    )

    def stamp_and_epochs():
        (run,) = client.get(PREFIX + "index").json["runs"]
        (layer,) = run["layers"]
        found = client.get(PREFIX + "epochs?run=run/actmax&tag=conv1").json
        return layer["stamp"], layer["last"], found["epochs"]

    first = stamp_and_epochs()
    write_log(tmp_path / "run", {"conv1": 1}, epochs=[1])
    multiplexer.Reload()
    second = stamp_and_epochs()
    assert first[1:] == (0, [0])
    assert second[1:] == (1, [0, 1])
    assert first[0] != second[0]


def test_tensorboard_keeps_every_epoch_unless_the_user_asks_otherwise():
    flags = Flags()
    ActivationMaxLoader().fix_flags(flags)
    assert flags.samples_per_plugin == {"actmax": 0}
    flags.samples_per_plugin = {"actmax": 5}
    ActivationMaxLoader().fix_flags(flags)
    assert flags.samples_per_plugin == {"actmax": 5}
    ActivationMaxLoader().fix_flags(object())  # must not raise


def test_loading_the_plugin_imports_no_tensorflow():
    code = (
        "import sys; from tb_actmax.plugin.loader import ActivationMaxLoader;"
        "import tb_actmax.plugin.plugin;"
        "print([m for m in ('tensorflow', 'keras', 'PIL', 'scipy') if m in sys.modules])"
    )
    found = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert found.stdout.strip() == "[]"
