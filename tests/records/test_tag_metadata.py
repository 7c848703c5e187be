import json

import pytest

from tb_actmax.records.tag_metadata import (
    TagMetadata,
    decode_metadata,
    encode_metadata,
)


@pytest.mark.parametrize(
    "metadata",
    [
        TagMetadata(3, 64, "Conv2D"),
        TagMetadata(0, 8, "Dense", "batch"),
        TagMetadata(),
    ],
)
def test_metadata_survives_encoding(metadata):
    assert decode_metadata(encode_metadata(metadata)) == metadata


def test_the_stored_word_for_batches_stays():
    content = json.loads(encode_metadata(TagMetadata(0, 8, "Dense", "batch")))
    assert content["unit"] == "steps"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff",
        b"[1]",
        b"[" * 100_000,
        b'{"layer_index": "1", "layer_filters": 1e9, "layer_type": 5}',
        b'{"layer_index": true, "layer_filters": 4294967296}',
        b'{"layer_type": "' + b"x" * 201 + b'"}',
    ],
)
def test_damaged_metadata_is_unknown(data):
    assert decode_metadata(data) == TagMetadata()
