"""Runs that are deleted and written again while the tab is open.

Whatever the tab fetched before, it must then show what a fresh page shows.
"""

import io
import shutil
import time

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import expect
from support.dashboard_page import open_tab, pixels
from support.logs import header
from support.tensorboard_server import tensorboard

from tb_actmax.records.images import encode_bytes, encode_image
from tb_actmax.records.writer import EventWriter

# Seconds, for reloads of TensorBoard, polls of the tab and slow machines.
_PATIENCE = 120
_FILTERS = 3
_CELLS = 4  # exemplars of each filter
_EPOCHS = range(2)
_BANDS = 5


@pytest.fixture(scope="module", params=["true", "false"])
def served(request, tmp_path_factory):
    """Yields a log directory and the address of its TensorBoard."""
    directory = tmp_path_factory.mktemp("rewritten")
    with tensorboard(directory, f"--load_fast={request.param}") as address:
        yield directory, address


def _image(key, epoch, version):
    """Returns an image, (8, 8, 5).

    At epoch 1 both versions are equal, but not their palettes, which are taken
    from epoch 0.
    """
    rows, columns = np.mgrid[:8, :8] / 8
    image = np.full((8, 8, _BANDS), 0.5, "float32")
    changed = version == 1 and epoch == 0
    image[..., int(changed)] = 1 - columns if changed else columns
    image[..., 4] = 0.5 + (rows - 0.5) * (0.2 + 0.1 * key)
    return image


def _sprite(version):
    """Returns a sprite: red cells in one version, green in the other."""
    cells = np.zeros((8, 8 * _FILTERS * _CELLS, 3), "uint8")
    cells[..., version] = np.repeat(np.arange(60, 252, 16), 8)
    file = io.BytesIO()
    Image.fromarray(cells).save(file, "WEBP", lossless=True)
    return file.getvalue()


def _signatures(order, noise):
    """Returns signatures of the same filters in some order, with noise."""
    random = np.random.default_rng(0)
    table = random.integers(28, 228, (_FILTERS, 64))[order]
    table = table + random.integers(-noise, noise + 1, table.shape)
    return encode_bytes(table.clip(0, 255).astype("uint8"))


def _write(directory, version, order):
    """Writes a run; everything in it depends on the version."""
    writer = EventWriter(str(directory / "actmax"))
    for epoch in _EPOCHS:
        about = header(
            "bands",
            epoch,
            _FILTERS,
            size=8,
            channels=_BANDS,
            extra=2,
            signature={
                "extra": 0,
                "filters": list(range(_FILTERS)),
                "probe": "probe",
                "exact": 0,
            },
            exemplars={
                "extra": 1,
                "columns": _FILTERS * _CELLS,
                "count": _FILTERS * _CELLS,
                "height": 8,
                "width": 8,
            },
        )
        for entry in about["filters"]:
            first = entry["filter"] * _CELLS
            entry["status"] = "weak" if entry["filter"] == version else "ok"
            entry["lift"] = 0.5 + version / 4 + epoch / 8
            entry["exemplars"] = {
                "inputs": list(range(_CELLS)),
                "values": [1.0 + version] * _CELLS,
                "cells": list(range(first, first + _CELLS)),
            }
        writer.write(
            "bands",
            epoch,
            about,
            [
                encode_image(_image(key, epoch, version), (0, 1))
                for key in range(_FILTERS)
            ],
            [_signatures(order, 40 * version), _sprite(version)],
            layer_index=0,
            layer_type="Conv2D",
        )
    writer.close()


def _write_both(directory, version):
    for run, order in {
        "own": [0, 1, 2],
        "other": [1, 2, 0] if version else [2, 0, 1],
    }.items():
        shutil.rmtree(directory / run, ignore_errors=True)
        _write(directory / run, version, order)


def _drawn(canvases):
    """Returns what is drawn on some canvases."""
    expect(canvases.first).to_be_visible()
    return canvases.evaluate_all("all => all.map(one => one.toDataURL())")


def _shown(frame):
    """Returns all that the tab shows of the runs, by what it depends on."""
    frame.get_by_test_id("view-grid").click()
    slider = frame.get_by_test_id("epoch")
    found = {}
    for epoch, part in ((1, "palette"), (0, "images")):
        slider.fill(str(epoch))
        found[part] = [pixels(frame, key, epoch) for key in range(_FILTERS)]
    inspector = frame.get_by_test_id("inspector")
    found["exemplars"] = _drawn(
        inspector.locator("[data-testid=exemplars] canvas")
    )
    found["exemplars over tiles"] = _drawn(frame.locator(".exemplar-overlay"))
    found["measures"] = [
        frame.get_by_test_id("summary").inner_text(),
        inspector.locator(".measures").inner_text(),
        *frame.locator("main .tile").evaluate_all(
            "all => all.map(one => one.getAttribute('aria-label'))"
        ),
    ]
    frame.get_by_test_id("view-time").click()
    found["over time"] = [pixels(frame, 2, epoch) for epoch in _EPOCHS]
    frame.get_by_test_id("view-runs").click()
    frame.get_by_test_id("page-across").click()
    row = frame.get_by_test_id("match").filter(has_text="other")
    expect(row).to_contain_text(", r ")
    found["match"] = row.inner_text()
    chart = frame.get_by_test_id("chart")
    expect(chart).to_be_visible()
    found["similarity"] = chart.locator("svg").get_attribute("aria-label")
    return found


def _open(page, address):
    return open_tab(
        page,
        address,
        run="own/actmax",
        layer="bands",
        filter="0",
        exemplars="1",
    )


def _differing(one, other):
    return [part for part in one if one[part] != other[part]]


def test_the_tab_shows_what_a_fresh_page_shows(page, chromium, served):
    directory, address = served
    _write_both(directory, 0)
    fresh = chromium.new_page(viewport={"width": 1280, "height": 800})
    frame = _open(page, address)
    give_up = time.monotonic() + _PATIENCE
    while True:
        # TensorBoard may have read only a part of the runs at the first look.
        before = _shown(_open(fresh, address))
        differing = _differing(_shown(frame), before)
        if not differing:
            break
        assert time.monotonic() < give_up, differing

    _write_both(directory, 1)
    give_up = time.monotonic() + _PATIENCE
    while True:
        now = _shown(_open(fresh, address))
        stale = _differing(_shown(frame), now)
        old = [part for part in now if now[part] == before[part]]
        if not stale and not old:
            break
        assert time.monotonic() < give_up, (
            f"Old on the fresh page: {old}; unlike it in the tab: {stale}"
        )
    fresh.close()
