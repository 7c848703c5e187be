"""Measures of filters over epochs, as one table."""

import json

from tb_actmax.plugin.routes import series_table
from tb_actmax.plugin.routes.series_table import SeriesTable


def table(*epochs):
    """What the table of these epochs' entries says."""
    made = SeriesTable()
    for filters in epochs:
        assert made.add(filters)
    return json.loads(f"{{{made.text()}}}")


def test_a_row_for_each_filter_and_a_place_for_each_epoch():
    first = [
        {"filter": 2, "score": 1.5, "status": "ok"},
        {"filter": 0, "score": 3},
    ]
    second = [
        {"filter": 0, "score": 0.1, "lift": -2e-7, "status": "dead"},
        {"filter": 10, "score": None},
    ]
    found = table(first, second)
    assert found["keys"] == ["0", "2", "10"]
    assert found["filters"] == [0, 2, 10]
    assert found["values"] == {
        "score": [[3, 0.1], [1.5, None], [None, None]],
        "lift": [[None, -2e-7], [None, None], [None, None]],
    }
    assert found["status"] == [[None, "dead"], ["ok", None], [None, None]]


def test_only_numbers_are_measures():
    entry = {"filter": 1, "seen": True, "name": "x", "list": [1], "r": 2**53}
    assert table([entry])["values"] == {"r": [[2**53]]}


def test_nothing_is_a_table_too():
    empty = {"keys": [], "filters": [], "values": {}, "status": []}
    assert table() == empty
    assert table([], []) == empty


def test_what_has_no_room_is_left_out(monkeypatch):
    monkeypatch.setattr(series_table, "MOST_CELLS", 8)
    made = SeriesTable()
    assert made.add([{"filter": 0, "a": 1, "b": 2}, {"filter": 1, "a": 1}])
    wide = [{"filter": 0, "a": 1, "b": 1, "c": 1}, {"filter": 1}]
    assert not made.add(wide)
    assert made.add([{"filter": 1, "a": 5}])
    found = json.loads(f"{{{made.text()}}}")
    assert found["values"] == {
        "a": [[1, None], [1, 5]],
        "b": [[2, None], [None, None]],
    }
