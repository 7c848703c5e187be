import json

import pytest
from logs import header

from tb_actmax.records import event

IMAGE = b"\x89PNG\r\n\x1a\n..."


def test_what_is_encoded_is_decoded():
    blobs = event.encode(header("conv1", 3, 2), [IMAGE, IMAGE], [b"more"])
    decoded = event.decode(blobs)
    assert decoded.header["layer"] == "conv1"
    assert decoded.keys == ["0", "1"]
    assert decoded.images == [IMAGE, IMAGE]
    assert decoded.extra == [b"more"]


def test_numbers_that_json_cannot_hold_become_null():
    head = header("conv1", 0, 1)
    head["filters"][0]["score"] = float("nan")
    head["filters"][0]["lift"] = float("inf")
    entry = event.decode(event.encode(head, [IMAGE])).filters[0]
    assert entry["score"] is None
    assert entry["lift"] is None


def test_several_images_of_one_filter_have_keys_of_their_own():
    entries = [{"filter": 7}, {"filter": 7}, {"filter": None, "label": "mix"}]
    assert event.image_keys(entries) == ["7", "7.2", "mix"]


def test_too_few_images_are_refused():
    with pytest.raises(
        event.EventError, match="2 blobs; its header describes 3"
    ):
        event.encode(header("conv1", 0, 2), [IMAGE])


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
        ([b"{}"], "no version"),
        (with_header(version=2), "version 2; this tb_actmax reads up to 1"),
        (with_header(version="1"), "no version"),
        (with_header(height=0), "height is not a size"),
        (with_header(width=2**62), "width is not a size"),
        (with_header(channels="1"), "channels is not a size"),
        (with_header(mime="image/svg+xml"), "svg.xml' are not read"),
        (with_header(value_range=[0]), "not two numbers"),
        (with_header(extra=-1), "not a number of images"),
        (with_header(filters={}), "not a list"),
        (with_header(filters=[3]), "no object"),
        (with_header(filters=[{}]), "names no filter"),
        (with_header(filters=[{"filter": 1, "score": "x"}]), "no number"),
        (with_header(filters=[{"filter": 1, "status": 3}]), "no string"),
        (
            with_header(filters=[{"filter": 1}]),
            "1 blobs; its header describes 2",
        ),
    ],
)
def test_what_is_not_an_event_is_refused_with_the_reason(blobs, complaint):
    with pytest.raises(event.EventError, match=complaint):
        event.decode(blobs)


def test_only_known_images_have_a_type():
    assert event.image_type(IMAGE) == "image/png"
    assert event.image_type(b"RIFF1234WEBPVP8L") == "image/webp"
    assert event.image_type(b"<svg onload=alert(1)>") is None
    assert event.image_type(b"") is None
