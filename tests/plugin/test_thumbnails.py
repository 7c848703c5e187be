"""Thumbnails of the probe, through both loaders."""

import json
import struct

import numpy as np
import pytest
from support.event_files import record, strings, write
from support.hostile_events import bomb, good
from support.logs import write_log

from tb_actmax.measures.thumbnails import encode_thumbnails
from tb_actmax.records.thumbnails import encode_thumbnails_record

RUN = "actmax"


def ask(client):
    response = client.get(
        "/data/plugin/actmax/thumbnails", query_string={"run": RUN}
    )
    assert response.status_code == 200
    assert response.headers["Content-Security-Policy"] == "default-src 'none'"
    (length,) = struct.unpack("<I", response.data[:4])
    answer = json.loads(response.data[4 : 4 + length])
    return answer["header"], answer["error"], response.data[4 + length :]


def written():
    images = np.random.default_rng(0).random((9, 8, 8, 1), np.float32)
    return encode_thumbnails(images, (0.0, 1.0))


def write_blobs(directory, blobs, tensor=None):
    layer = record("conv1", 1, strings(good(1)))
    probe = record("/probe", 0, tensor or strings(blobs), plugin="actmax_probe")
    write(directory / RUN, [layer, probe])


def test_thumbnails_are_sent_and_are_no_layer(serve, tmp_path):
    header, image = written()
    write_blobs(tmp_path, encode_thumbnails_record(header, image))
    client = serve(tmp_path)
    assert ask(client) == (header, None, image)
    listed = json.loads(client.get("/data/plugin/actmax/index").data)
    (run,) = listed["runs"]
    assert [layer["tag"] for layer in run["layers"]] == ["conv1"]


def test_a_log_without_thumbnails_has_none(serve, tmp_path):
    write_log(tmp_path, epochs=[0])
    assert ask(serve(tmp_path)) == (None, None, b"")


@pytest.mark.parametrize(
    "change",
    [
        {"columns": 0},
        {"columns": True},
        {"width": 10**9},
        {"size": "8x8"},
        {"version": 2},
        {"count": None},
    ],
    ids=str,
)
def test_a_header_that_does_not_fit_is_an_error(serve, tmp_path, change):
    header, image = written()
    write_blobs(tmp_path, encode_thumbnails_record(header | change, image))
    found, error, body = ask(serve(tmp_path))
    assert found is None
    assert error
    assert body == b""


def test_damaged_records_are_errors(serve, tmp_path):
    header, image = written()
    record_ = encode_thumbnails_record(header, image)
    for number, blobs in enumerate(
        [
            record_[:1],
            [b"\xff", image],
            [b"[" * 5000, image],
            [record_[0], bomb()],
            [record_[0], b"<script>"],
            [*record_, image],
        ]
    ):
        write_blobs(tmp_path / str(number), blobs)
        found, error, body = ask(serve(tmp_path / str(number)))
        assert (found, body) == (None, b"")
        assert error
