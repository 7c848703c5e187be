"""The route `overview`, through both of TensorBoard's loaders."""

import json

import pytest
from plugin.test_plugin import PREFIX, unpack
from plugin.test_repeated_events import write
from support.logs import header, picture, write_log

from tb_actmax.plugin.routes import overview
from tb_actmax.records.images import encode_image
from tb_actmax.records.writer import EventWriter

TWO = [("run/actmax", "conv1", 3), ("run/actmax", "block/conv2", 3)]


def ask(client, cells, images=0):
    """Returns the JSON and the images of an answer."""
    query = [("cell", json.dumps(cell)) for cell in cells]
    query.append(("images", str(images)))
    return unpack(client.get(PREFIX + "overview", query_string=query))


def images_of(cell, body):
    return [
        body[one["offset"] : one["offset"] + one["size"]]
        for one in cell["event"]["images"]
    ]


def write_one(directory, entries):
    """Writes an event whose header has some entries."""
    writer = EventWriter(str(directory / "run" / "actmax"))
    about = header("conv", 0, len(entries))
    for entry, own in zip(about["filters"], entries, strict=True):
        entry.pop("data_max", None)
        entry.update(own)
    pictures = [
        encode_image(picture(0, index, 0), (0, 1))
        for index in range(len(entries))
    ]
    writer.write("conv", 0, about, pictures, layer_index=0, layer_type="Conv2D")
    writer.close()


def test_one_answer_holds_the_best_images_of_many_layers(serve, tmp_path):
    write_log(tmp_path / "run", {"conv1": 4, "block/conv2": 6})
    client = serve(tmp_path)
    for _ in range(2):  # the second time from the cache
        answer, body = ask(client, TWO, images=2)
        assert answer["left"] == 0
        assert [one["tag"] for one in answer["cells"]] == [
            "conv1",
            "block/conv2",
        ]
        for layer, cell in enumerate(answer["cells"]):
            keys = [one["key"] for one in cell["best"]]
            shown = [one["key"] for one in cell["event"]["images"]]
            assert shown == keys[:2]
            entries = cell["event"]["header"]["filters"]
            assert [entry["key"] for entry in entries] == shown
            assert images_of(cell, body) == [
                encode_image(picture(layer, int(key), 3), (0, 1))
                for key in shown
            ]


def test_filters_that_the_data_excites_most_come_first(serve, tmp_path):
    write_one(
        tmp_path,
        [
            {"data_max": 1.0, "score": 9.0, "status": "ok", "settled": 1},
            {"data_max": 3.0, "score": 1.0, "status": "ok", "settled": 0},
            {"data_max": 8.0, "score": 1.0, "status": "weak", "settled": 1},
            {"data_max": None, "status": "dead", "settled": 1},
            {"data_max": 2.0, "status": "ok", "settled": None},
            {"data_max": 0.5, "status": "weak", "settled": 0},
            {"data_max": 0.1, "status": "plain", "settled": 0},
        ],
    )
    answer, _ = ask(serve(tmp_path), [("run/actmax", "conv", 0)])
    (cell,) = answer["cells"]
    assert [one["key"] for one in cell["best"]] == list("1402563")
    assert cell["best"][3]["status"] == "weak"
    assert cell["event"]["images"] == []
    assert cell["counts"] == {
        "logged": 7,
        "dead": 1,
        "weak": 2,
        "flat": 0,
        "plain": 1,
        "settled": 1,
        "changing": 1,
    }


def test_without_a_probe_scores_decide(serve, tmp_path):
    scores = [{"score": one, "status": "ok"} for one in (1.0, 3.0, 2.0)]
    write_one(tmp_path, scores)
    answer, _ = ask(serve(tmp_path), [("run/actmax", "conv", 0)])
    (cell,) = answer["cells"]
    assert [one["key"] for one in cell["best"]] == list("120")


def test_what_is_not_logged_says_so(serve, tmp_path):
    write_log(tmp_path / "run", {"conv1": 2})
    at = [
        ("run/actmax", "conv1", 77),
        ("run/actmax", "x", 0),
        ("gone", "conv1", 0),
        ("run/actmax", "conv1", 0),
    ]
    answer, _ = ask(serve(tmp_path), at, images=1)
    errors = [cell["error"] for cell in answer["cells"]]
    assert errors == ["The layer is not logged at this step."] * 3 + [None]


def test_cells_that_would_take_too_long_are_left(serve, tmp_path, monkeypatch):
    monkeypatch.setattr(overview, "MAX_SECONDS", -1)
    write_log(tmp_path / "run", {"conv1": 2})
    at = [("run/actmax", "conv1", step % 3) for step in range(20)]
    answer, _ = ask(serve(tmp_path), at, images=1)
    assert len(answer["cells"]) == 8
    assert answer["left"] == 12


def test_an_unchanged_layer_shows_its_earlier_images(serve, tmp_path):
    writer = EventWriter(str(tmp_path / "run" / "actmax"))
    write(writer, 0, shown=0)
    write(writer, 1, since=0)
    writer.close()
    client = serve(tmp_path)
    at = [("run/actmax", "conv", 0), ("run/actmax", "conv", 1)]
    for _ in range(2):
        answer, body = ask(client, at, images=2)
        first, second = answer["cells"]
        assert images_of(first, body) == images_of(second, body)
        assert second["event"]["header"]["unchanged_since"] == 0


@pytest.mark.parametrize(
    "query",
    [
        "",
        "cell=",
        "cell=run",
        "cell=[1,2,3]",
        'cell=["run/actmax","conv1"]',
        'cell=["run/actmax","conv1",-1]',
        'cell=["run/actmax","conv1",1.5]',
        'cell=["run/actmax","conv1",true]',
        'cell=["run/actmax","conv1",1e400]',
        'cell=["run/actmax","conv1",0]&images=21',
        'cell=["run/actmax","conv1",0]&images=x',
        "cell=" + "[" * 5000,
        "&".join(['cell=["run/actmax","conv1",0]'] * 65),
    ],
)
def test_bad_requests_are_refused(serve, tmp_path, query):
    write_log(tmp_path / "run", {"conv1": 2}, epochs=[0])
    answer = serve(tmp_path).get(f"{PREFIX}overview?{query}")
    assert answer.status_code == 400
    assert answer.content_type.startswith("text/plain")
