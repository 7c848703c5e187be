"""Measures of filters over epochs, as one answer."""

from tb_actmax.plugin.routes import series
from tb_actmax.plugin.routes.series import _Series


def members(*epochs):
    """Returns the members of an answer over the entries of these epochs."""
    made = _Series()
    for entries in epochs:
        assert made.add(entries)
    return made.members()


def test_rows_are_filters_and_columns_are_epochs():
    first = [
        {"filter": 2, "score": 1.5, "status": "ok"},
        {"filter": 0, "score": 3},
    ]
    second = [
        {"filter": 0, "score": 0.1, "lift": -2e-7, "status": "dead"},
        {"filter": 10, "score": None},
    ]
    found = members(first, second)
    assert found["keys"] == ["0", "2", "10"]
    assert found["filters"] == [0, 2, 10]
    assert found["values"] == {
        "score": [[3, 0.1], [1.5, None], [None, None]],
        "lift": [[None, -2e-7], [None, None], [None, None]],
    }
    assert found["status"] == [[None, "dead"], ["ok", None], [None, None]]


def test_only_numbers_are_measures():
    entry = {"filter": 1, "seen": True, "name": "x", "list": [1], "r": 2**53}
    assert members([entry])["values"] == {"r": [[2**53]]}


def test_a_layer_without_epochs_or_filters():
    empty = {"keys": [], "filters": [], "values": {}, "status": []}
    assert members() == empty
    assert members([], []) == empty


def test_epochs_that_do_not_fit_are_left_out(monkeypatch):
    monkeypatch.setattr(series, "MAX_NUMBERS", 8)
    made = _Series()
    assert made.add([{"filter": 0, "a": 1, "b": 2}, {"filter": 1, "a": 1}])
    wide = [{"filter": 0, "a": 1, "b": 1, "c": 1}, {"filter": 1}]
    assert not made.add(wide)
    assert made.add([{"filter": 1, "a": 5}])
    assert made.members()["values"] == {
        "a": [[1, None], [1, 5]],
        "b": [[2, None], [None, None]],
    }
