"""Hostile requests: path traversals, invalid numbers, odd encodings."""

import urllib.parse

import pytest

PREFIX = "/data/plugin/actmax/"
ROUTES = (
    "epochs",
    "images",
    "series",
    "overview",
    "match",
    "alike",
    "relations",
    "classes",
    "thumbnails",
)
POLICY = "Content-Security-Policy"
NOSNIFF = "X-Content-Type-Options"


@pytest.mark.parametrize(
    "query",
    [
        "images?run=names/actmax&tag=conv1&step=1e3",
        "images?run=names/actmax&tag=conv1&step=1_000",
        "images?run=names/actmax&tag=conv1&step=+1",
        "images?run=names/actmax&tag=conv1&step=%D9%A3",  # a digit of Arabic
        "images?run=names/actmax&tag=conv1&step=9007199254740992",
        "images?run=names/actmax&tag=conv1&step=" + "9" * 5000,
        "images?run=names/actmax&tag=conv1" + "&step=1" * 1001,
        "images?run=names/actmax&tag[]=conv1&step=1",
        "images?run=names/actmax&tag=conv1&tag=conv1&step=1",
        "images?run=../names/actmax&tag=conv1&step=1",
        "images?run=%2e%2e%2fnames&tag=conv1&step=1",
        "images?run=names/actmax%00&tag=conv1&step=1",
        "images?run=%ff%fe&tag=%ed%a0%80&step=1",
        "images?run=" + "x" * 50_000 + "&tag=conv1&step=1",
        "images?%00=%00",
        "series?run=names&tag=conv1",
        "series?run=/etc/passwd&tag=/etc/passwd",
        "series?tag=conv1",
        "series?run=&tag=",
        "epochs?run=names/actmax",
        "match?run=names/actmax&tag=conv1&step=1",
        "match?run=names/actmax&tag=conv1&step=-1&other_run=names/actmax"
        "&other_tag=conv1&other_step=1",
        "alike?run=names/actmax&tag=conv1&other_run=x&other_tag=y",
        "relations?run=names/actmax&tag=conv1",
        "relations?run=names/actmax&tag=conv1&step=1&step=2",
        "classes?run=names/actmax&tag=x&step=1",
        "overview?cell=[]",
        'overview?cell=["../x","%00",1]&images=-1',
        "thumbnails",
        "thumbnails?run=names/actmax&run=names/actmax",
        "static",
        "static/",
        "static/..",
        "static/./index.js",
        "static/%2e/index.js",
        "static/../static/index.js",
        "static/..%2f..%2fplugin.py",
        "static/..%252f..%252fplugin.py",
        "static/....//....//plugin.py",
        "static/index.js%00.html",
        "static/..\\plugin.py",
        "static//index.js",
        "static/%2fetc%2fpasswd",
        "static/C:/windows/win.ini",
        "static/file:///etc/passwd",
        "../actmax/plugin.py",
        "..%2findex",
        "index/..",
        "INDEX",
        "",
    ],
)
def test_bad_requests_get_a_plain_4xx(hostile, query):
    response = hostile.get(PREFIX + query)
    assert 400 <= response.status_code < 500
    assert response.headers[NOSNIFF] == "nosniff"
    assert response.content_type.startswith("text/plain")
    if query.split("?")[0] in ROUTES:  # else TensorBoard's own answer
        assert response.headers[POLICY] == "default-src 'none'"
    assert b"Traceback" not in response.data
    assert b"import " not in response.data and b"root:" not in response.data
    asked = urllib.parse.unquote(query)
    assert len(response.data) < 1000 + len(asked)


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "X"])
@pytest.mark.parametrize("route", ["index", *ROUTES, "static/index.js"])
def test_methods_that_change_something_are_rejected(hostile, route, method):
    response = hostile.open(PREFIX + route, method=method)
    assert response.status_code == 405
    assert response.headers["Allow"] == "GET, HEAD"
    assert response.headers[POLICY] == "default-src 'none'"
    assert response.headers[NOSNIFF] == "nosniff"


@pytest.mark.parametrize("route", ["index", "static/index.js"])
def test_head_answers_without_a_body(hostile, route):
    response = hostile.head(PREFIX + route)
    assert (response.status_code, response.data) == (200, b"")
