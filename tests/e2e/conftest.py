"""A real Chromium."""

import pytest
from playwright import sync_api
from support.chromium import find_chromium

_FLAGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run"
    " --disable-background-networking --disable-component-update --disable-sync"
).split()


@pytest.fixture(scope="session")
def chromium():
    path = find_chromium()
    if path is None:
        pytest.fail(
            "The browser tests need Chromium: python tests/support/chromium.py"
        )
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=_FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def page(chromium, request):
    """Yields a page on which any error of the dashboard fails the test."""
    live = request.module.__name__.endswith(
        ("test_live_runs", "test_rewritten_runs")
    )
    # Generous, since the machine may be busy.
    sync_api.expect.set_options(timeout=60_000)
    page = chromium.new_page(viewport={"width": 1280, "height": 800})
    complaints = []

    def listen(message):
        address = message.location.get("url", "")
        ours = "actmax" in address or "Content Security Policy" in message.text
        # A stopped server is not an error of the page.
        stopped = any(
            f"net::ERR_{what}" in message.text
            for what in ("CONNECTION", "SOCKET", "EMPTY_RESPONSE")
        )
        # A run may be deleted between its listing and a request for it.
        gone = live and "status of 404" in message.text and "run=" in address
        if message.type == "error" and ours and not (stopped or gone):
            complaints.append(f"{message.text} {address}")

    page.on("console", listen)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    page.close()
    assert not complaints
