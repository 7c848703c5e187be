import json

import numpy as np
import pytest
from support.logs import header

from tb_actmax.records import event
from tb_actmax.records.image_header import image_type
from tb_actmax.records.images import encode_image

IMAGE = b"\x89PNG\r\n\x1a\n..."


def test_an_event_survives_encoding():
    blobs = event.encode(header("conv1", 3, 2), [IMAGE, IMAGE], [b"more"])
    decoded = event.decode(blobs)
    assert decoded.header["layer"] == "conv1"
    assert decoded.keys == ["0", "1"]
    assert decoded.images == [IMAGE, IMAGE]
    assert decoded.extra == [b"more"]


def test_numbers_beyond_json_become_null():
    head = header("conv1", 0, 1)
    head["filters"][0]["score"] = float("nan")
    head["filters"][0]["lift"] = float("inf")
    entry = event.decode(event.encode(head, [IMAGE])).filters[0]
    assert entry["score"] is None
    assert entry["lift"] is None


def test_images_of_the_same_filter_have_different_keys():
    entries = [{"filter": 7}, {"filter": 7}, {"filter": None, "label": "mix"}]
    assert event.image_keys(entries) == ["7", "7.2", "mix"]


def test_too_few_images_are_rejected():
    with pytest.raises(
        event.EventError, match="2 blobs; its header describes 3"
    ):
        event.encode(header("conv1", 0, 2), [IMAGE])


def test_keys_are_unique_whatever_the_labels():
    entries = [{"filter": 7}, {"label": "7.2"}, {"filter": 7}, {"label": "7.2"}]
    assert event.image_keys(entries) == ["7", "7.2", "7.3", "7.2.2"]


def test_unsafe_numbers_and_strings_are_replaced():
    (data,) = with_header(
        layer_filters=2**62,
        filters=[{"filter": 10**300, "label": "half \ud800 of a pair"}],
    )
    header = event.decode_header(data)
    assert header["layer_filters"] is None
    assert header["filters"] == [{"filter": None, "label": "half ? of a pair"}]


def test_measures_and_exemplars_of_a_wrong_type_become_null():
    exemplars = {"inputs": [3], "values": [0.5], "cells": [0]}
    entries = [
        {"filter": 0, "lift": "high", "rank": True, "exemplars": exemplars},
        {"filter": 1, "lift": 0.5, "exemplars": exemplars | {"cells": "a"}},
    ]
    (data,) = with_header(filters=entries, ncc_floor="x", batches=None)
    header = event.decode_header(data)
    first, second = header["filters"]
    assert (first["lift"], first["rank"]) == (None, None)
    assert first["exemplars"] == exemplars
    assert (second["lift"], second["exemplars"]) == (0.5, None)
    assert "ncc_floor" not in header and "batches" not in header


def test_an_image_must_have_the_size_in_the_header():
    head = header("conv1", 0, 1)  # 16 x 16
    right = encode_image(np.zeros((16, 16, 1)), (0, 1))
    assert event.image_fault(head, right) is None
    large = encode_image(np.zeros((900, 2000, 1)), (0, 1), "image/webp")
    assert "2000 x 900 pixels; the header" in event.image_fault(head, large)
    deep = encode_image(np.zeros((16, 16, 5)), (0, 1))
    assert event.image_fault({**head, "channels": 5}, deep) is None
    assert "not a PNG" in event.image_fault(head, b"<svg onload=alert(1)>")
    assert "image/png image is damaged" in event.image_fault(head, right[:20])


def nested(depth):
    value = {}
    for _ in range(depth):
        value = {"a": value}
    return value


def with_header(**changes):
    head = header("conv1", 0, 0)
    head.update(changes)
    return [json.dumps(head).encode()]


@pytest.mark.parametrize(
    ("blobs", "complaint"),
    [
        ([], "empty"),
        ([b""], "not JSON"),
        ([b"\xff\xfe"], "not JSON"),
        ([b"[" * 100_000], "not JSON"),
        ([b"[]"], "not a JSON object"),
        ([b"[" * 500 + b"]" * 500], "not a JSON object"),
        (with_header(settings=nested(300)), "nested too deep"),
        ([b" " * (17 << 20)], "has 17825792 bytes"),
        ([b"{}"], "no version"),
        (with_header(version=2), "version 2; this tb_actmax reads up to 1"),
        (with_header(version="1"), "no version"),
        (with_header(version=True), "no version"),
        (with_header(version=-1), "no version"),
        (with_header(version=10**400), r"1000\d+\.\.\.; this tb_actmax"),
        (with_header(height=0), "height is not a size"),
        (with_header(width=2**62), "width is not a size"),
        (with_header(channels="1"), "channels is not a size"),
        (with_header(mime="image/svg+xml"), "svg.xml' are not read"),
        (with_header(value_range=[0]), "not two numbers"),
        (with_header(value_range=[0, 10**400]), "not two numbers"),
        (with_header(height=2**16, width=2**16), "4294967296 values"),
        (with_header(extra=-1), "not a number of images"),
        (with_header(extra=None), "not a number of images"),
        (
            with_header(receptive_field=5),
            "receptive_field is not two or three sizes",
        ),
        (with_header(settings=["steps"]), "settings is not an object"),
        (with_header(exemplars={"extra": "0"}), "not a sprite"),
        (with_header(signature={"extra": 0}), "not a signature"),
        (with_header(layer_filters="many"), "not a number of filters"),
        (with_header(filters={}), "not a list"),
        (with_header(filters=[3]), "not an object"),
        (with_header(filters=[{}]), "names no filter"),
        (with_header(filters=[{"label": ""}]), "names no filter"),
        (with_header(filters=[{"filter": [], "label": "a"}]), "no filter"),
        (with_header(filters=[{"filter": 1, "label": 2}]), "not a string"),
        (with_header(filters=[{"filter": 1, "exemplars": 2}]), "not an object"),
        (with_header(filters=[{"filter": 1, "score": "x"}]), "not a number"),
        (with_header(filters=[{"filter": 1, "status": 3}]), "not a string"),
        (
            with_header(filters=[{"filter": 1}]),
            "1 blobs; its header describes 2",
        ),
    ],
)
def test_invalid_events_are_rejected_with_the_reason(blobs, complaint):
    with pytest.raises(event.EventError, match=complaint):
        event.decode(blobs)


def test_only_png_and_webp_have_a_type():
    assert image_type(IMAGE) == "image/png"
    assert image_type(b"RIFF1234WEBPVP8L") == "image/webp"
    assert image_type(b"<svg onload=alert(1)>") is None
    assert image_type(b"") is None
