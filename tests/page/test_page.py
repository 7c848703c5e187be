"""The dashboard as one page: its answers, its size, and hostile logs."""

import base64
import gzip
import json
import re
import subprocess
import sys

import numpy as np
import pytest
from support import hostile_logs
from support.event_files import write
from support.logs import write_log
from support.plugin_client import client_of
from tensorboard.compat.proto import event_pb2
from tensorboard.util import tensor_util

from tb_actmax.cli.main import main
from tb_actmax.page.answers import request_name
from tb_actmax.page.export import make_page
from tb_actmax.page.log_contents import LoggedEvent, fitting

PREFIX = "/data/plugin/actmax/"
LAYERS = {"conv1": 4, "block/conv2": 6}


@pytest.fixture(scope="module")
def logs(tmp_path_factory):
    """Returns two runs of two layers and four epochs."""
    directory = tmp_path_factory.mktemp("logs")
    for name in ("first", "second"):
        write_log(directory / name, LAYERS)
    return directory


def answers(page):
    """Returns the body of each answer in a page, by request."""
    (packed,) = re.findall(r'id="actmax-answers">([^<]*)</script>', page)
    data = gzip.decompress(base64.b64decode(packed))
    length = int.from_bytes(data[:4], "little")
    start = 4 + length
    return {
        name: data[start + offset : start + offset + size]
        for name, (offset, size) in json.loads(data[4:start]).items()
    }


def test_the_answers_are_those_of_the_routes(logs):
    found = answers(make_page(logs).html)
    client = client_of("python", logs)
    for name, body in found.items():
        route, *query = json.loads(name)
        if route.startswith("scalars"):
            continue
        answer = client.get(PREFIX + route, query_string=query)
        assert answer.status_code == 200, name
        if route != "index":  # its stamps are those of TensorBoard's reading
            assert answer.data == body, name
    side = [("run", "first/actmax"), ("tag", "block/conv2")]
    wanted = [*side, ("step", "3"), ("extra", "1")]
    assert request_name("images", wanted) in found
    assert request_name("series", side) in found


def test_of_an_event_that_was_written_again_the_later_one_counts(tmp_path):
    write_log(tmp_path / "run", {"conv1": 1}, [0, 1])
    write_log(tmp_path / "again", {"conv1": 2}, [1])
    (later,) = (tmp_path / "again" / "actmax").iterdir()
    later.rename(
        tmp_path / "run" / "actmax" / f"events.out.tfevents.{10**10}.z"
    )
    found = answers(make_page(tmp_path, runs=["run"]).html)
    side = [("run", "run/actmax"), ("tag", "conv1")]
    series = json.loads(found[request_name("series", side)])
    assert series["epochs"] == [0, 1]
    assert [row[0] for row in series["status"]] == ["ok", None]
    assert None not in [row[1] for row in series["status"]]


def test_matches_are_reckoned_beforehand_in_one_direction(logs):
    found = [json.loads(name) for name in answers(make_page(logs).html)]
    matches = [dict(query) for route, *query in found if route == "match"]
    between = [m for m in matches if m["run"] != m["other_run"]]
    assert {(m["run"], m["other_run"]) for m in between} == {
        ("first/actmax", "second/actmax")
    }
    for tag in LAYERS:
        steps = [
            (m["step"], m["other_step"]) for m in between if m["tag"] == tag
        ]
        assert sorted(steps) == [(step, step) for step in "0123"]
    within = [m for m in matches if m["run"] == m["other_run"]]
    assert ("0", "3") in [(m["step"], m["other_step"]) for m in within]
    related = [dict(query) for route, *query in found if route == "relations"]
    assert len(related) == 2 * len(LAYERS) * 4
    assert {one["step"] for one in related[:4]} == {"3"}  # the newest first
    alike = [query for route, *query in found if route == "alike"]
    assert len(alike) == len(LAYERS)


def test_the_loss_of_a_training_is_in_its_page(tmp_path):
    write_log(tmp_path / "run", LAYERS, epochs=[0])
    write_log(tmp_path / "other", LAYERS, epochs=[0])
    for folder, losses in (("run/train", [3, 2, 1]), ("run/validation", [4])):
        values = []
        for step, loss in enumerate([*losses, float("nan")]):
            event = event_pb2.Event(wall_time=1.5, step=step)
            tensor = tensor_util.make_tensor_proto(np.float32(loss))
            event.summary.value.add(tag="epoch_loss", tensor=tensor)
            event.summary.value.add(tag="epoch_accuracy", simple_value=1)
            values.append(event.SerializeToString())
        write(tmp_path / folder, values)
    found = answers(make_page(tmp_path, runs=["run"]).html)
    tags = json.loads(found[request_name("scalars/tags", [])])
    assert list(tags) == ["run/train", "run/validation"]
    query = [("run", "run/train"), ("tag", "epoch_loss")]
    curve = json.loads(found[request_name("scalars/scalars", query)])
    assert curve == [[1.5, 0, 3], [1.5, 1, 2], [1.5, 2, 1]]
    other = answers(make_page(tmp_path, runs=["other"]).html)
    assert json.loads(other[request_name("scalars/tags", [])]) == {}


def test_a_part_of_a_log_can_be_chosen(logs):
    page = make_page(logs, runs=["second"], layers=["conv2"], epochs=[1, 3])
    assert page.events == [
        LoggedEvent("second/actmax", "block/conv2", step) for step in (1, 3)
    ]
    index = json.loads(answers(page.html)[request_name("index", [])])
    ((run, (layer,)),) = [(r["run"], r["layers"]) for r in index["runs"]]
    assert (run, layer["tag"]) == ("second/actmax", "block/conv2")
    assert layer["last"] == 3


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"runs": ["third"]}, "no run third.* first, .*second"),
        ({"layers": ["conv9"]}, "no layer conv9.* conv1"),
        ({"epochs": [9]}, "no epoch 9.* 0, 1, 2, 3"),
        ({"max_megabytes": 0.1}, "Not even one layer fits into 0.1 MB"),
        ({"max_megabytes": float("nan")}, "a number of megabytes above 0"),
        ({"max_megabytes": float("inf")}, "a number of megabytes above 0"),
    ],
    ids=["run", "layer", "epoch", "size", "nan", "infinity"],
)
def test_unknown_names_are_an_error(logs, change, said):
    with pytest.raises(ValueError, match=said):
        make_page(logs, **change)


def test_epochs_are_thinned_out_and_then_large_layers():
    sizes = {LoggedEvent("a", "small", step): 10 for step in range(9)}
    sizes |= {LoggedEvent("a", "large", step): 100 for step in range(9)}
    kept, left = fitting(sizes, 10_000)
    assert (len(kept), left) == (18, [])
    kept, left = fitting(sizes, 340)
    assert [p.step for p in kept if p.tag == "large"] == [0, 4, 8]
    assert [p.step for p in kept if p.tag == "small"] == [0, 4, 8]
    assert len(kept) + len(left) == 18
    kept, _ = fitting(sizes, 60)
    assert {p.tag for p in kept} == {"small"}
    assert {0, 8} <= {p.step for p in kept}
    assert fitting(sizes, 5)[0] == []


def test_the_size_is_printed_and_kept(logs, tmp_path, capsys):
    file = tmp_path / "page.html"
    assert main(["export", str(logs), "--html", str(file)]) == 0
    said = capsys.readouterr().out
    size = file.stat().st_size / 1e6
    assert f"{size:.1f} MB, 2 runs, 4 layers, 16 events." in said
    assert "Left out" not in said
    small = str(size - 0.005)
    command = ["export", str(logs), "--html", str(file), "--max-mb", small]
    assert main(command) == 0
    said = capsys.readouterr().out
    assert re.search(r"Left out .*\d+ events? of earlier epochs", said)
    assert "--max-mb" in said
    assert file.stat().st_size / 1e6 <= float(small)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--html", "page.txt"], "should end in .html"),
        (["--html", "page.html", "--gif"], "--gif: not for a page"),
        (["--html", "no/where/page.html"], "no folder"),
        (["--layer", "conv1", "-o", "a.png", "--runs", "x"], "--runs: only"),
        (["-o", "a.png"], "needs --layer and --output"),
    ],
    ids=["name", "gif", "folder", "runs", "layer"],
)
def test_options_that_contradict_each_other_are_named(
    logs, options, said, tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    assert main(["export", str(logs), *options]) == 1
    assert said in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_the_same_log_gives_the_same_page(logs):
    assert make_page(logs).html == make_page(logs).html


def test_nothing_of_a_hostile_log_is_markup(tmp_path):
    hostile_logs.make(tmp_path)
    page = make_page(tmp_path).html
    assert "onerror" not in re.sub(r"<script type=.*", "", page)
    assert len(re.findall("<script", page)) == 2
    assert len(re.findall("</script", page)) == 2
    assert page.count("<!--") == 1


def test_a_folder_without_images_is_an_error(tmp_path):
    with pytest.raises(FileNotFoundError, match="no event files"):
        make_page(tmp_path)


def test_a_page_needs_no_tensorflow(logs):
    code = (
        "import sys; from tb_actmax.page.export import make_page; "
        f"make_page({str(logs)!r}); assert 'tensorflow' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
