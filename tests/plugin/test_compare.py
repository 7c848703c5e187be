"""Comparisons of layers are shared, and bounded for hostile logs."""

import concurrent.futures
import sys
import threading
import time

import numpy as np
import pytest
from support.logs import header, picture, write_log

from tb_actmax.matching import pairing
from tb_actmax.matching.signature import Signatures, encode_signatures
from tb_actmax.plugin.routes import match as match_route
from tb_actmax.plugin.routes.gate import BusyError
from tb_actmax.records.event import encode
from tb_actmax.records.images import encode_image
from tb_actmax.records.messages import layer_message
from tb_actmax.records.writer import EventWriter

PREFIX = "/data/plugin/actmax/"
QUERY = "run=run/actmax&tag=conv1&other_run=run/actmax&other_tag=conv1"
MATCH = f"{PREFIX}match?{QUERY}&step=0&other_step=1"
RELATIONS = f"{PREFIX}relations?run=run/actmax&tag=conv1&step=0"
ALIKE = f"{PREFIX}alike?{QUERY}"


def write_signatures(directory, values, scale=None):
    """Writes one layer at two epochs, each filter with its signature."""
    import tensorflow as tf

    filters = list(range(len(values)))
    about, table = encode_signatures(Signatures(filters, values, 4, "probe"))
    if scale is not None:
        about["scales"] = [scale * (1 + number) for number in filters]
    png = encode_image(picture(0, 0, 0), (0, 1))
    path = str(directory / "run/actmax")
    with tf.summary.create_file_writer(path).as_default():
        for step in range(2):
            whole = {**header("conv1", step, 1), "signature": about, "extra": 1}
            blobs = encode(whole, [png], [table])
            message = layer_message("conv1", step, blobs, whole, 0, "Conv2D")
            metadata = message.summary.value[0].metadata
            tf.summary.write(
                "conv1", tf.constant(blobs, tf.string), step, metadata
            )


def ordinary(filters):
    return np.random.default_rng(0).normal(size=(filters, 16))


def test_concurrent_requests_share_one_comparison(serve, tmp_path, monkeypatch):
    calls = []

    def slow(first, second):
        calls.append(1)
        time.sleep(0.3)
        return pairing.pair_filters(first, second)

    monkeypatch.setattr(match_route, "pair_filters", slow)
    write_signatures(tmp_path, ordinary(8))
    client = serve(tmp_path)
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(client.get, [MATCH] * 8))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.data for answer in answers}) == 1
    assert client.get(MATCH).json["cka"] == pytest.approx(1)
    assert len(calls) == 1
    assert client.get(ALIKE).json["epochs"] == [0, 1]
    assert client.get(ALIKE).json["r"] == pytest.approx([1, 1])
    assert len(calls) == 3


def test_the_filters_of_a_layer_are_related(serve, tmp_path):
    values = ordinary(8)
    values[5] = values[2]
    write_signatures(tmp_path, values)
    found = serve(tmp_path).get(RELATIONS).json
    assert found["reason"] is None
    assert found["groups"] == [["2", "5"]]
    assert found["nearest"][2] == "5" and found["r"][2] > 0.99
    assert len(found["x"]) == len(found["y"]) == len(found["keys"]) == 8


def test_without_signatures_the_answer_gives_the_reason(serve, tmp_path):
    write_log(tmp_path / "run", {"conv1": 3}, [0])
    found = serve(tmp_path).get(RELATIONS).json
    assert found["keys"] == []
    assert "give the training a probe" in found["reason"]


def test_the_classes_of_exemplars_are_listed(serve, tmp_path):
    writer = EventWriter(str(tmp_path / "run" / "actmax"))
    about = header("conv1", 0, 3)
    about["filters"][0]["exemplars"] = {
        "inputs": [4, 5],
        "values": [2.0, 1.0],
        "cells": [0, 1],
        "classes": [7, 7],
    }
    about["filters"][1]["exemplars"] = {"classes": ["a"]}
    about["class_names"] = {"7": "pelican"}
    images = [encode_image(picture(0, key, 0), (0, 1)) for key in range(3)]
    writer.write("conv1", 0, about, images, layer_index=0, layer_type="Conv2D")
    writer.close()
    found = serve(tmp_path).get(RELATIONS.replace("relations", "classes")).json
    assert found["classes"] == [[7, 7], [], []]
    assert found["names"] == {"7": "pelican"}


@pytest.mark.parametrize("route", [MATCH, ALIKE])
def test_too_many_comparisons_get_a_503(serve, tmp_path, monkeypatch, route):
    def busy(*_):
        raise BusyError

    write_signatures(tmp_path, ordinary(8))
    client = serve(tmp_path)
    monkeypatch.setattr(match_route.Gate, "run", busy)
    answer = client.get(route)
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "10"
    assert b"try again" in answer.data


@pytest.mark.parametrize("route", [MATCH, ALIKE])
def test_a_missing_scipy_is_named(serve, tmp_path, monkeypatch, route):
    write_signatures(tmp_path, ordinary(8))
    monkeypatch.setitem(sys.modules, "scipy", None)
    answer = serve(tmp_path).get(route)
    assert answer.status_code == 200
    assert "pip install scipy" in answer.json["reason"]


@pytest.mark.parametrize("version, compared", [("1.11.4", 0), ("1.12.0", 8)])
def test_a_scipy_that_stops_other_threads_gets_small_layers_only(
    serve, tmp_path, monkeypatch, version, compared
):
    write_signatures(tmp_path, ordinary(8))
    client = serve(tmp_path)
    monkeypatch.setattr(
        match_route.importlib.metadata, "version", lambda name: version
    )
    assert len(client.get(MATCH).json["pairs"]) == 8
    monkeypatch.setattr(match_route, "MOST_STEPS", 8**3 - 1)
    answer = serve(tmp_path).get(MATCH).json
    assert len(answer["pairs"]) == compared
    assert compared or "scipy>=1.12" in answer["reason"]


@pytest.mark.parametrize("scale", [1e-300, 1e-14, 1e298])
def test_pairs_do_not_depend_on_the_scale_of_a_filter(serve, tmp_path, scale):
    write_signatures(tmp_path, ordinary(20), scale)
    answer = serve(tmp_path).get(MATCH).json
    assert answer["reason"] is None
    assert all(pair["key"] == pair["other"] for pair in answer["pairs"])
    assert min(pair["r"] for pair in answer["pairs"]) > 0.999


@pytest.mark.parametrize("scale", [1e301, 10**400])
def test_infinite_scales_are_rejected(serve, tmp_path, scale):
    write_signatures(tmp_path, ordinary(2), scale)
    answer = serve(tmp_path).get(MATCH)
    assert answer.status_code == 200
    assert answer.json["pairs"] == []


def test_other_routes_answer_while_a_hostile_layer_is_compared(serve, tmp_path):
    random = np.random.default_rng(0)
    values = np.zeros((700, 16))
    # Products of a number of the row and one of the column: the worst case.
    values[:, 0] = random.uniform(size=700)
    values[:, 1] = np.sqrt(1 - values[:, 0] ** 2)
    write_signatures(tmp_path, values)
    client = serve(tmp_path)
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        asked = [pool.submit(client.get, MATCH) for _ in range(4)]
        while not all(one.done() for one in asked):
            began = time.monotonic()
            assert client.get(PREFIX + "index").status_code == 200
            assert time.monotonic() - began < 1
    assert {one.result().status_code for one in asked} == {200}


def test_no_other_route_waits_for_a_match(serve, tmp_path, monkeypatch):
    begun, release = threading.Event(), threading.Event()
    pair = match_route.pair_filters

    def slow(*layers):
        begun.set()
        release.wait(60)
        return pair(*layers)

    write_signatures(tmp_path, ordinary(8))
    client = serve(tmp_path)
    monkeypatch.setattr(match_route, "pair_filters", slow)
    layer = "run=run/actmax&tag=conv1"
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        matched = pool.submit(client.get, MATCH)
        assert begun.wait(60)
        for route in (
            "index",
            f"epochs?{layer}",
            f"images?{layer}&step=1&extra=1",
            f"series?{layer}",
            f"relations?{layer}&step=1",
            f"classes?{layer}&step=1",
            "thumbnails?run=run/actmax",
        ):
            assert client.get(PREFIX + route).status_code == 200
        assert not matched.done()
        release.set()
        assert matched.result().status_code == 200
