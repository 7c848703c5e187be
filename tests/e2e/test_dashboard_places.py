"""The dashboard behind proxies, in notebooks, and with storage blocked."""

import contextlib
import http.server
import threading
import urllib.error
import urllib.request

import pytest
from playwright.sync_api import expect
from support.dashboard_page import open_tab
from support.logs import write_log
from support.tensorboard_server import tensorboard

_PREFIX = "/proxy/6006"


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    directory = tmp_path_factory.mktemp("places")
    write_log(directory / "drawn", {"conv1": 5}, range(3))
    with tensorboard(directory) as found:
        yield found


class _Server(http.server.ThreadingHTTPServer):
    request_queue_size = 64  # a page opens many connections at once


@contextlib.contextmanager
def _serving(page, handler):
    """Serves on this machine until the page has left; gives the address."""
    server = _Server(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        page.goto("about:blank")  # else it polls a stopped server
        server.shutdown()
        server.server_close()
        thread.join()


def _stripping(target):
    """Returns a proxy that adds a path prefix unknown to TensorBoard."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def _pass(self, body=None):
            if not self.path.startswith(_PREFIX + "/"):
                self.send_error(404)
                return
            request = urllib.request.Request(
                target + self.path.removeprefix(_PREFIX), data=body
            )
            for name in ("Content-Type", "Accept"):
                if self.headers[name]:
                    request.add_header(name, self.headers[name])
            try:
                answer = urllib.request.urlopen(request, timeout=20)
            except urllib.error.HTTPError as error:
                answer = error
            with answer:
                data = answer.read()
                self.send_response(answer.status)
                for name, value in answer.headers.items():
                    if name.lower() not in ("connection", "transfer-encoding"):
                        self.send_header(name, value)
                self.end_headers()
                self.wfile.write(data)

        def do_GET(self):
            self._pass()

        def do_POST(self):
            self._pass(self.rfile.read(int(self.headers["Content-Length"])))

        def log_message(self, *args):
            pass

    return Handler


def _notebook(target):
    """Returns a page of another origin with TensorBoard in a frame."""
    page = (
        "<!doctype html><title>A notebook</title>"
        f'<iframe id="tb" width="1100" height="700" src="{target}"></iframe>'
    ).encode()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(page)

        def log_message(self, *args):
            pass

    return Handler


def test_behind_a_proxy_that_strips_a_prefix(page, address):
    with _serving(page, _stripping(address)) as outside:
        frame = open_tab(page, outside + _PREFIX, view="grid")
        expect(frame.get_by_test_id("tile")).to_have_count(5)
        expect(frame.locator("[data-shows]")).to_have_count(5)
        frame.get_by_test_id("view-time").click()
        assert f"{_PREFIX}/" in page.url and "view=time" in page.url


@pytest.mark.parametrize("storage", ["allowed", "blocked"])
def test_in_a_notebooks_frame(page, address, storage):
    # Another port is another origin, another name is a third party.
    inside = f"{address}/#actmax"
    if storage == "blocked":
        inside = inside.replace("127.0.0.1", "localhost")
        # As browsers do, some only if configured.
        page.add_init_script(
            "if (location.hostname === 'localhost') for (const name of "
            "['localStorage', 'sessionStorage', 'indexedDB', 'caches'])"
            " Object.defineProperty(window, name, {get() {"
            " throw new DOMException('blocked', 'SecurityError') }});"
        )
    with _serving(page, _notebook(inside)) as outside:
        page.goto(outside)
        board = page.frame_locator("#tb")
        frame = board.frame_locator("iframe").first
        if storage == "blocked":
            # TensorBoard's own page does not start without storage. The
            # dashboard does, loaded as TensorBoard loads it.
            inner = address.replace("127.0.0.1", "localhost")
            entry = f"{inner}/data/plugin_entry.html?name=actmax"
            page.evaluate(
                "src => { document.getElementById('tb').src = src }", entry
            )
            frame = board
        expect(frame.get_by_test_id("tile")).to_have_count(5, timeout=60_000)
        expect(frame.locator("[data-shows]")).to_have_count(5)
        frame.get_by_test_id("view-time").click()
        expect(frame.get_by_role("grid")).to_be_visible()
        frame.get_by_test_id("tile").first.click()
        expect(frame.get_by_test_id("inspector")).to_contain_text("filter 0")


def test_a_link_to_a_missing_filter_or_slot_says_so(page, address):
    frame = open_tab(page, address, filter="99")
    message = frame.get_by_test_id("message")
    expect(message).to_contain_text("conv1 has no filter 99")
    frame.get_by_role("button", name="Show what is logged").click()
    expect(message).to_have_count(0)
    place = ["vanished/actmax", "conv1", 2, "1"]
    frame = open_tab(page, address, view="compare", a=place)
    message = frame.get_by_test_id("message")
    expect(message).to_contain_text("“vanished/actmax” is not in these logs")


def test_an_epoch_that_is_not_logged_is_reported(page, tmp_path):
    write_log(tmp_path / "run", {"conv1": 3}, [0, 2, 4])
    with tensorboard(tmp_path) as address:
        frame = open_tab(page, address, epoch=3)
        expect(frame.get_by_test_id("message")).to_contain_text(
            "not logged at epoch 3"
        )
        expect(frame.get_by_test_id("kept")).to_have_text("3 of 5 epochs")
