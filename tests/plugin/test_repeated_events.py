"""Events that repeat the images of others, and events written again."""

import pytest
from plugin.test_plugin import PREFIX, unpack
from support.logs import header, picture

from tb_actmax.records.images import encode_image
from tb_actmax.records.writer import EventWriter


def write(writer, step, shown=None, again=False, since=None):
    """Writes an event of two filters that look as at the epoch `shown`."""
    filters = 2 if shown is not None else 0
    more = {} if since is None else {"unchanged_since": since}
    writer.write(
        "conv",
        step,
        header("conv", step, filters, **more),
        [encode_image(picture(0, i, shown), (0, 1)) for i in range(filters)],
        layer_index=0,
        layer_type="Conv2D",
        again=again,
    )


def images(client, *steps):
    asked = "".join(f"&step={step}" for step in steps)
    return unpack(client.get(f"{PREFIX}images?run=run/actmax&tag=conv{asked}"))


def bytes_of(body, event):
    return [
        body[one["offset"] : one["offset"] + one["size"]]
        for one in event["images"]
    ]


def test_an_unchanged_layer_shows_its_earlier_images(serve, tmp_path):
    writer = EventWriter(str(tmp_path / "run" / "actmax"))
    write(writer, 0, shown=0)
    write(writer, 1, since=0)
    write(writer, 2, shown=2)
    write(writer, 3, since=0)
    writer.close()
    client = serve(tmp_path)
    answer, body = images(client, 0, 1, 2, 3)
    assert answer["errors"] == []
    first, second, third, fourth = answer["events"]
    assert [e["step"] for e in answer["events"]] == [0, 1, 2, 3]
    assert bytes_of(body, second) == bytes_of(body, first)
    assert bytes_of(body, fourth) == bytes_of(body, first)
    assert bytes_of(body, third) != bytes_of(body, first)
    assert second["header"]["unchanged_since"] == 0
    assert second["header"]["epoch"] == 1
    series = client.get(f"{PREFIX}series?run=run/actmax&tag=conv").json
    assert series["epochs"] == [0, 1, 2, 3]
    scores = series["values"]["score"][0]
    assert scores[0] == scores[1] == scores[3] != scores[2]


@pytest.mark.parametrize("since", [1, 2, 7])
def test_an_event_that_repeats_nothing_is_named(serve, tmp_path, since):
    """An event may name one without images, itself, or a deleted one."""
    writer = EventWriter(str(tmp_path / "run" / "actmax"))
    write(writer, 0, shown=0)
    write(writer, 1, since=0)
    write(writer, 2, since=since)
    writer.close()
    answer, _ = images(serve(tmp_path), 0, 1, 2)
    assert [event["step"] for event in answer["events"]] == [0, 1]
    (error,) = answer["errors"]
    assert error["step"] == 2
    assert str(since) in error["error"]


def test_an_event_that_was_written_again_replaces_the_last(serve, tmp_path):
    writer = EventWriter(str(tmp_path / "run" / "actmax"))
    write(writer, 0, shown=0)
    write(writer, 1, shown=5)
    write(writer, 1, shown=8, again=True)
    write(writer, 2, shown=3)
    write(writer, 2, since=0, again=True)
    writer.close()
    answer, body = images(serve(tmp_path), 0, 1, 2)
    first, second, third = answer["events"]
    expected = [encode_image(picture(0, i, 8), (0, 1)) for i in range(2)]
    assert bytes_of(body, second) == expected
    assert bytes_of(body, third) == bytes_of(body, first)
    assert third["header"]["unchanged_since"] == 0
