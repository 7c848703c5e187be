"""Damaged and hostile events, through both loaders.

Whatever a log holds, no route fails, valid events are shown, errors are
reported, and only images of the size in their header are sent.
"""

import concurrent.futures
import json
import logging
import struct

import pytest
from support import hostile_events, hostile_logs

from tb_actmax.records import event
from tb_actmax.records.images import encode_image

PREFIX = "/data/plugin/actmax/"
POLICY = "Content-Security-Policy"
NOSNIFF = "X-Content-Type-Options"


def refuse_constant(name):
    raise AssertionError(f"{name} is not JSON")


def ask(client, route, **query):
    """Returns JSON and body of an answer; JSON is `None` for a refusal."""
    response = client.get(PREFIX + route, query_string=query)
    assert response.headers[NOSNIFF] == "nosniff"
    assert response.headers[POLICY] == "default-src 'none'"
    if response.status_code != 200:
        assert 400 <= response.status_code < 500, response.data
        assert response.content_type.startswith("text/plain")
        return None, response.data
    if route not in ("images", "overview"):
        assert response.content_type == "application/json"
        return json.loads(response.data, parse_constant=refuse_constant), b""
    assert response.content_type == "application/octet-stream"
    (length,) = struct.unpack("<I", response.data[:4])
    text, body = response.data[4 : 4 + length], response.data[4 + length :]
    return json.loads(text, parse_constant=refuse_constant), body


def layers(client):
    """Returns run and tag of all layers."""
    listed, _ = ask(client, "index")
    return [
        (run["run"], layer["tag"])
        for run in listed["runs"]
        for layer in run["layers"]
    ]


def images_of(client, run, tag, steps):
    """Returns images by step and key, each with the size in its header."""
    found, body = ask(client, "images", run=run, tag=tag, step=steps, extra="1")
    images = {}
    for one in found["events"]:
        for placed in one["images"]:
            place = (one["step"], placed["key"])
            if "offset" not in placed:
                images[place] = placed["error"]
                continue
            end = placed["offset"] + placed["size"]
            images[place] = body[placed["offset"] : end]
            assert len(images[place]) == placed["size"]
            assert event.image_fault(one["header"], images[place]) is None
        for placed in one["extra"]:
            end = placed.get("offset", 0) + placed.get("size", 0)
            if end:
                assert event.extra_fault(body[placed["offset"] : end]) is None
    return images, found["errors"]


def ask_all(client, place):
    """Requests a layer from every route."""
    run, tag = place
    ask(client, "epochs", run=run, tag=tag)
    found, _ = ask(client, "series", run=run, tag=tag)
    if found["epochs"]:
        images_of(client, run, tag, found["epochs"])
    other = {"other_run": run, "other_tag": "conv1"}
    ask(client, "alike", run=run, tag=tag, **other)
    cell = json.dumps([run, tag, 1])
    ask(client, "overview", cell=cell, images=4)
    for route in ("relations", "classes"):
        ask(client, route, run=run, tag=tag, step=1)
    for step in found["epochs"][:1]:
        steps = {"step": step, "other_step": step}
        ask(client, "match", run=run, tag=tag, **steps, **other)


def test_no_route_fails_whatever_is_logged(hostile, caplog):
    places = layers(hostile)
    strange = [place for place in places if place[1] != "conv1"]
    assert len(strange) > 60
    with (
        caplog.at_level(logging.WARNING),
        concurrent.futures.ThreadPoolExecutor(8) as people,
    ):
        for asked in [people.submit(ask_all, hostile, s) for s in strange]:
            asked.result()
    assert [entry.message for entry in caplog.records] == []


def test_valid_layers_are_shown_beside_hostile_ones(hostile):
    listed = dict.fromkeys(run for run, _ in layers(hostile))
    whole = [
        run for run in listed if not run.startswith(("cut", "flip", "tensors"))
    ]
    assert len(whole) > 40
    for run in whole:
        images, errors = images_of(hostile, run, "conv1", hostile_logs.GOOD)
        assert errors == []
        assert images == {
            (step, str(key)): hostile_events.png(step, key)
            for step in hostile_logs.GOOD
            for key in (0, 1)
        }


@pytest.mark.parametrize("name", hostile_events.EVENTS)
def test_errors_of_an_event_are_reported(hostile, name):
    run = f"event {name}/actmax"
    _, words = hostile_events.EVENTS[name]
    images, errors = images_of(hostile, run, "bad", [1, 2])
    assert [error["step"] for error in errors] == [1]
    assert words in errors[0]["error"]
    assert len(errors[0]["error"]) < 300
    assert set(images) == {(2, "0"), (2, "1")}
    series, _ = ask(hostile, "series", run=run, tag="bad")
    assert series["epochs"] == [2]
    assert series["errors"] == errors


@pytest.mark.parametrize("name", hostile_events.IMAGES)
def test_only_images_are_sent(hostile, name):
    images, errors = images_of(hostile, f"image {name}/actmax", "bad", [1])
    assert errors == []
    assert images[1, "0"] == hostile_events.png(1, 0)
    assert isinstance(images[1, "1"], str)


def test_names_are_passed_on_unchanged(hostile):
    tags = {tag for run, tag in layers(hostile) if run == "names/actmax"}
    assert tags == {"conv1", *hostile_logs.NAMES.values()}
    for name in hostile_logs.NAMES.values():
        series, _ = ask(hostile, "series", run="names/actmax", tag=name)
        if not series["keys"]:  # a bug of TensorBoard's data server
            assert name.isspace() or '"' in name
            assert "TensorBoard cannot" in series["errors"][0]["error"]
            continue
        assert series["keys"] == [name, "1"]
        assert series["values"][name] == [[None], [3]]
        assert "lift" not in series["values"]


def test_invalid_steps_are_reported(hostile):
    found, _ = ask(hostile, "epochs", run="steps/actmax", tag="steps")
    assert found["epochs"] == [0]
    assert {error["step"] for error in found["errors"]} == {
        -(2**62),
        -1,
        2**53,
        2**62,
    }


def test_invalid_times_and_changing_sizes(hostile):
    run = "steps/actmax"
    series, _ = ask(hostile, "series", run="times/actmax", tag="times")
    assert series["epochs"][:1] == [0]
    images, errors = images_of(hostile, run, "sizes", [0, 1, 2])
    assert errors == [] and len(images) == 1 + 2 + 3
    images, _ = images_of(hostile, run, "volume", [1])
    assert images[1, "0"] == encode_image(hostile_events.volume(), (0, 1))
    images, _ = images_of(hostile, run, "double", [1])
    assert len(images) == 2


def test_measures_are_numbers(hostile):
    series, _ = ask(hostile, "series", run="measures/actmax", tag="numbers")
    assert len(series["keys"]) == len(set(series["keys"])) == 7
    for rows in series["values"].values():
        for row in rows:
            assert {type(value) for value in row} <= {int, float, type(None)}
    many, _ = ask(hostile, "series", run="measures/actmax", tag="many")
    assert sum(map(len, many["values"].values())) < 1 << 23
    assert many["errors"]


def test_invalid_signatures_are_reported(hostile):
    said = {}
    run = "signatures/actmax"
    for tag in [tag for name, tag in layers(hostile) if name == run]:
        places = {"run": run, "other_run": run, "other_tag": "right"}
        steps = {"step": 1, "other_step": 1}
        found, _ = ask(hostile, "match", tag=tag, **places, **steps)
        said[tag] = found and found["reason"]
    assert said["right"] is None and said["flat"] is None
    del said["right"], said["flat"]
    assert all(said.values()), said
