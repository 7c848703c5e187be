"""Properties that hold for any input; violations raise AssertionError."""

import json
import pathlib
import struct
from typing import Any

from memory import Datum, MemoryMultiplexer, MemoryProvider
from tensorboard.plugins import base_plugin
from werkzeug import test as werkzeug_test

from tb_actmax.plugin.loader import ActivationMaxLoader
from tb_actmax.records import event, images
from tb_actmax.records.event_files import FRAME
from tb_actmax.records.reader import read_blobs

_CHANNELS = (1, 2, 3, 5)


def check_event(blobs: list[bytes]) -> None:
    """Checks that an event is decoded or refused, and can be encoded again."""
    try:
        found = event.decode(blobs)
    except event.EventError as error:
        assert str(error) and len(str(error)) < 400
        return
    json.dumps(found.header, allow_nan=False).encode("ascii")
    json.dumps(found.header, ensure_ascii=False).encode()
    assert len(found.images) == len(found.filters) == len(found.keys)
    assert len(set(found.keys)) == len(found.keys)
    for key, data in zip(found.keys, found.images, strict=True):
        key.encode()
        fault = event.image_fault(found.header, data)
        assert fault is None or fault
    for data in found.extra:
        event.extra_fault(data)
    again = event.encode(found.header, found.images, found.extra)
    assert event.decode(again).header == found.header


def check_image(data: bytes) -> None:
    """Checks that an image is decoded or raises a ValueError."""
    for channels in _CHANNELS:
        try:
            found = images.decode_image(data, (0, 1), channels)
        except ValueError:
            continue
        assert found.ndim == 3 and found.shape[2] == channels
    try:
        assert images.decode_bytes(data).ndim == 2
    except ValueError:
        pass


def check_file(path: pathlib.Path, data: bytes) -> None:
    """Checks that a file is read up to its damage."""
    (path / "events.out.tfevents.1.host").write_bytes(data)
    faults: list[str] = []
    for _, _, blobs in read_blobs(path, faults):
        check_event(blobs)
    assert len(faults) <= 1 + len(data) // FRAME


class Routes:
    """The plugin over events in memory."""

    def fill(self, data: list[Datum], in_process: bool = False) -> None:
        """Starts the plugin over other events.

        Args:
            data: The events.
            in_process: Whether to serve them as TensorBoard's Python loader.
        """
        context = base_plugin.TBContext(
            data_provider=MemoryProvider(data),
            multiplexer=MemoryMultiplexer(data) if in_process else None,
        )
        plugin = ActivationMaxLoader().load(context)
        if not in_process:
            plugin._store._map = map  # threads for each input are slow
        self._apps = plugin.get_plugin_apps()

    def ask(self, route: str, query: list[tuple[str, str]]) -> Any:
        """Returns the JSON of an answer, or `None` for a refusal."""
        environ = werkzeug_test.EnvironBuilder(
            path=f"/{route}", query_string=dict_of(query)
        ).get_environ()
        response = werkzeug_test.run_wsgi_app(self._apps[f"/{route}"], environ)
        body = b"".join(response[0])
        status, headers = response[1], response[2]
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Content-Security-Policy"] == "default-src 'none'"
        if not status.startswith("200"):
            assert status.startswith("4"), (status, body)
            assert headers["Content-Type"].startswith("text/plain")
            return None
        if route not in ("images", "overview"):
            return json.loads(body, parse_constant=_refuse_constant)
        (length,) = struct.unpack("<I", body[:4])
        answer = json.loads(
            body[4 : 4 + length], parse_constant=_refuse_constant
        )
        sent = body[4 + length :]
        events = answer.get("events")
        if events is None:
            events = [c["event"] for c in answer["cells"] if "event" in c]
        for one in events:
            assert len(one["images"]) == len(one["header"]["filters"])
            for placed in one["images"]:
                if "error" not in placed:
                    data = sent[placed["offset"] :][: placed["size"]]
                    assert event.image_fault(one["header"], data) is None
            for placed in one["extra"]:
                if "error" not in placed:
                    data = sent[placed["offset"] :][: placed["size"]]
                    assert event.extra_fault(data) is None
        return answer


def dict_of(query: list[tuple[str, str]]) -> dict[str, list[str]]:
    """Returns a query as werkzeug takes it."""
    found: dict[str, list[str]] = {}
    for name, value in query:
        found.setdefault(name, []).append(value)
    return found


def _refuse_constant(name: str) -> None:
    raise AssertionError(f"{name} is not JSON")
