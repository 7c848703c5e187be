"""The fuzz targets; each makes an input from choices and raw bytes."""

import json
import pathlib
import struct

from memory import Datum
from mutations import IMAGES, VALUES, Draw, blobs, header
from properties import Routes, check_event, check_file, check_image
from tensorboard import errors
from tensorboard.compat.proto import event_pb2, summary_pb2, types_pb2
from tensorboard.compat.tensorflow_stub import pywrap_tensorflow

_ROUTES = (
    "index",
    "epochs",
    "images",
    "series",
    "overview",
    "match",
    "alike",
    "relations",
    "classes",
)
_STEPS = (0, 1, 1, 2, 3, 2**53 - 1, 2**53, 2**62, -1, -(2**63))
_TIMES = (1.0, 2.0, 0.0, -1.0, float("nan"), float("inf"))
_NAMES = ("run/actmax", "actmax", "../x", "<b>", "\u202e", "")
_TEXTS = ("", "1", "-1", "1e3", "x", "\x00", "9" * 30, "01", "٣", "../../x")
_ERRORS = (
    errors.NotFoundError("gone"),
    errors.InvalidArgumentError("bad key"),
    ValueError("no tensor"),
    IndexError("no blob"),
)


def try_event(draw: Draw, raw: bytes) -> None:
    """Decodes a mutated event, or a header of raw bytes."""
    if draw(0, 3):
        check_event(blobs(draw, raw))
    else:
        check_event([raw, *IMAGES[: draw(0, 3)]])


def try_image(draw: Draw, raw: bytes) -> None:
    """Decodes an image with some bytes replaced, or raw bytes."""
    data = bytearray(IMAGES[draw(0, len(IMAGES) - 1)])
    for byte in raw[:8]:
        if data:
            data[draw(0, len(data) - 1)] = byte
    check_image(bytes(data) if draw(0, 7) else raw)


def try_file(directory: pathlib.Path, draw: Draw, raw: bytes) -> None:
    """Reads an event file with wrong checksums, lengths and records."""
    parts = []
    for step in range(draw(0, 3)):
        data = _record(step, blobs(draw, raw)) if draw(0, 7) else raw
        length = len(data) if draw(0, 7) else draw(0, 2**64 - 1)
        head = struct.pack("<Q", length)
        parts += [head, _checksum(head), data, _checksum(data)]
        if not draw(0, 7):
            del parts[draw(0, len(parts) - 1)]
    whole = b"".join(parts)
    check_file(directory, whole if draw(0, 7) else whole[: draw(0, 2000)])


def _checksum(data: bytes) -> bytes:
    return struct.pack("<I", pywrap_tensorflow.masked_crc32c(data))


def _record(step: int, values: list[bytes]) -> bytes:
    found = event_pb2.Event(wall_time=1.0, step=step)
    metadata = summary_pb2.SummaryMetadata()
    metadata.plugin_data.plugin_name = "actmax"
    value = found.summary.value.add(tag="conv1", metadata=metadata)
    value.tensor.dtype = types_pb2.DT_STRING
    value.tensor.string_val.extend(values)
    return found.SerializeToString()


def try_routes(routes: Routes, draw: Draw, raw: bytes) -> None:
    """Sends requests to the plugin over a few mutated events."""

    def one(values):
        return values[draw(0, len(values) - 1)]

    data = []
    for _ in range(draw(1, 4)):
        values: list[object] = list(blobs(draw, raw))
        if not draw(0, 7) and values:
            values[draw(0, len(values) - 1)] = one((*_ERRORS, 1.5, "text"))
        run = one(_NAMES[:2]) if draw(0, 7) else one(_NAMES)
        tag = one(("conv1", "conv1", "conv2"))
        content = header(draw) if not draw(0, 7) else b'{"layer_index": 1}'
        step = draw(0, 2) if draw(0, 3) else one(_STEPS)
        data.append(Datum(run, tag, step, one(_TIMES), values, content))
    routes.fill(data, in_process=bool(draw(0, 1)))
    for _ in range(draw(1, 4)):
        query = []
        for name in ("run", "tag", "other_run", "other_tag"):
            known = [getattr(d, name.removeprefix("other_")) for d in data]
            if draw(0, 15):
                query.append((name, one(known) if draw(0, 15) else one(_TEXTS)))
        for name in ("step", "step", "other_step", "key", "extra"):
            if draw(0, 3):
                known = [str(d.step) for d in data]
                value = one(known) if draw(0, 7) else one(_TEXTS)
                query.append((name, "1" if name == "extra" else value))
        for _ in range(draw(0, 3)):
            at = one(data)
            cell = [at.run, at.tag, at.step if draw(0, 7) else one(VALUES)]
            query.append(("cell", json.dumps(cell, default=str)))
        if not draw(0, 15):
            query.append(
                (
                    one(_TEXTS),
                    str(one(VALUES)).encode("utf-8", "replace").decode(),
                )
            )
        routes.ask(one(_ROUTES), query)
