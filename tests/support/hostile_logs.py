"""Hostile logs: runs of hostile events, names and files.

Each run also holds a valid layer, which the tab must show.
"""

import json

import numpy as np
from tensorboard.compat.proto import (
    summary_pb2,
    tensor_pb2,
    types_pb2,
)

from support.event_files import framed, record, strings, write
from support.hostile_events import (
    EVENTS,
    IMAGE,
    IMAGES,
    SCRIPT,
    TABLE,
    UNDECODABLE,
    bomb,
    good,
    png,
    signed,
    volume,
)
from support.logs import header
from tb_actmax.records.images import encode_image

UP = "../../../../etc/passwd"
TURNED = "\u202egnp.\u2066exe\u200f"
LONG = "x" * 10_000
GOOD = [0, 1, 2]  # epochs of the valid layer of each run

NAMES = {"script": SCRIPT, "image": IMAGE, "up": UP, "turned": TURNED}
NAMES |= {"long": LONG, "quotes": "\"'`&lt;${1}", "space": " \t\n"}


def _conv1():
    return [record("conv1", step, strings(good(step))) for step in GOOD]


def make(directory):
    """Writes one run of each kind; returns the number of runs."""
    for name, (blobs, _) in EVENTS.items():
        bad = record("bad", 1, strings(blobs))
        after = record("bad", 2, strings(good(2)))
        write(directory / f"event {name}" / "actmax", [*_conv1(), bad, after])
    for name, data in (IMAGES | UNDECODABLE).items():
        events = [record("bad", 1, strings([*good(1)[:2], data]))]
        write(directory / f"image {name}" / "actmax", [*_conv1(), *events])
    names = _conv1()
    for name in NAMES.values():
        entries = [{"filter": None, "label": name}, {"filter": 1}]
        entries[1] |= {"status": name, name: 3, "lift": name}
        settings = {name: name}
        blobs = good(1, filters=entries, settings=settings, layer=name)
        about = json.dumps({"layer_type": name, "layer_index": 2**62})
        names.append(record(name, 1, strings(blobs), about.encode()))
    write(directory / "names" / "actmax", names)
    for name in (IMAGE.replace("/", ""), TURNED, "x" * 200):
        write(directory / name / "actmax", _conv1())
    write(directory / "steps" / "actmax", [*_conv1(), *_steps()])
    write(directory / "times" / "actmax", [*_conv1(), *_times()])
    write(directory / "tensors" / "actmax", [*_conv1(), *_tensors()])
    write(directory / "measures" / "actmax", [*_conv1(), *_measures()])
    write(directory / "signatures" / "actmax", [*_conv1(), *_signatures()])
    for offset in range(0, 400, 57):
        _damage(directory / f"cut {offset}" / "actmax", -offset - 1, None)
        _damage(directory / f"flip {offset}" / "actmax", -offset - 1, 0xFF)
    return sum(1 for path in directory.iterdir() if path.is_dir())


def _steps():
    """Yields negative, huge and duplicate steps, and changing sizes."""
    for step in (-(2**62), -1, 0, 2**53, 2**62):
        yield record("steps", step, strings(good(0)))
    for key in (0, 1):
        yield record("double", 1, strings(good(1, seconds=key)))
    # A layer whose size and filters change between epochs.
    for step, size in enumerate((16, 4, 40)):
        head = header("sizes", step, step + 1, size)
        images = [png(step, key, size) for key in range(step + 1)]
        blobs = [json.dumps(head).encode(), *images]
        yield record("sizes", step, strings(blobs))
    head = header("volume", 1, 1) | {"depth": 3}
    blobs = [json.dumps(head).encode(), encode_image(volume(), (0, 1))]
    yield record("volume", 1, strings(blobs))


def _times():
    """Yields invalid times. The data server stops at NaN."""
    for step, wall_time in enumerate((-1e300, float("inf"), float("nan"))):
        yield record("times", step, strings(good(step)), wall_time=wall_time)


def _tensors():
    """Yields tensors that are not a list of blobs."""
    for tag, shape in {
        "claims more": [2**17],
        "claims far more": [2**60],
        "claims less": [1],
        "negative": [-3],
        "square": [3, 1],
        "scalar": [],
        "product": [2**31, 2**31, 2**31],
    }.items():
        yield record(tag, 1, strings(good(1), shape))
    floats = tensor_pb2.TensorProto(dtype=types_pb2.DT_FLOAT)
    floats.float_val.extend([1.0, 2.0])
    floats.tensor_shape.dim.add(size=2)
    yield record("floats", 1, floats)
    yield record("no type", 1, tensor_pb2.TensorProto())
    packed = tensor_pb2.TensorProto(
        dtype=types_pb2.DT_INT64, tensor_content=b"\x01\x02\x03"
    )
    packed.tensor_shape.dim.add(size=2**40)
    yield record("content", 1, packed)
    for kind in ("SCALAR", "TENSOR", "UNKNOWN"):
        data_class = getattr(summary_pb2, f"DATA_CLASS_{kind}")
        tensor = strings(good(1))
        yield record(f"class {kind}", 1, tensor, data_class=data_class)
    for name, about in {
        "no json": b"\xff",
        "list": b"[]",
        "deep": b"[" * 10_000,
        "types": b'{"layer_index": "0", "layer_filters": 1e999}',
    }.items():
        yield record(f"content {name}", 1, strings(good(1)), about)


def _measures():
    """Yields invalid measures, and far too many."""
    entries = [
        {"filter": 0, "score": 10**400, "lift": "high", "rank": True},
        {"filter": 2**62, "label": "huge", "lift": [], "data_max": {}},
        {"filter": -5, "lift": None, "share": -(10**30), "exemplars": {}},
        {"filter": 7, "exemplars": {"cells": ["a", None, -1, 10**9]}},
        {"filter": 7, "label": "7.2"},
        {"filter": 7},
        {"filter": 7},
    ]
    text = json.dumps(header("conv1", 1, 7) | {"filters": entries})
    text = text.replace('"lift": null', '"lift": NaN, "drift": -Infinity')
    blobs = [text.encode(), *[png(1, key) for key in range(7)]]
    yield record("numbers", 1, strings(blobs))
    # As many different measures as keys.
    for step in range(3):
        many = [{"filter": n, f"m{n}": 1} for n in range(3000)]
        head = json.dumps(header("many", step, 0) | {"filters": many})
        blobs = [head.encode(), *[b""] * 3000]
        yield record("many", step, strings(blobs))
    yield record(
        "names of classes",
        1,
        strings(good(1, class_names={SCRIPT: 3}, class_layer="yes")),
    )
    about = {"layer": SCRIPT, "extra": 7, "count": -1, "size": [2**40]}
    wrong = [{"row": 0, "filters": [1], "weights": [1, 2]}, {"row": []}, 7]
    entries = [{"filter": n, "inputs": one} for n, one in enumerate(wrong)]
    head = header("inputs", 1, 3) | {"filters": entries, "inputs": about}
    blobs = [json.dumps(head).encode(), *[png(1, key) for key in range(3)]]
    yield record("inputs", 1, strings(blobs))
    sprite = {"extra": 0, "columns": 0, "count": 9}
    yield record(
        "sprite", 1, strings([*good(1, exemplars=sprite, extra=1), bomb()])
    )


def _signatures():
    ones = np.ones((2, 256), np.uint8)
    for tag, blobs in {
        "right": signed(1, TABLE),
        "flat": signed(1, ones),
        "narrow": signed(1, TABLE[:, :1]),
        "two": signed(1, TABLE[:, :3]),
        "wide": signed(1, np.zeros((2, 5000), np.uint8)),
        "tall": signed(1, np.zeros((3000, 4), np.uint8)),
        "other probe": signed(1, TABLE, probe=SCRIPT),
        "other filters": signed(1, TABLE, filters=[1, 2, 3]),
        "same filters": signed(1, TABLE, filters=[1, 1]),
        "true": signed(1, TABLE, extra=True),
        "elsewhere": signed(1, TABLE, extra=5),
        "negative": signed(1, TABLE, extra=-1),
        "bomb": [*signed(1, TABLE)[:3], bomb(70_000, 2)],
        "no table": [*signed(1, TABLE)[:3], SCRIPT.encode()],
    }.items():
        yield record(tag, 1, strings(blobs))


def _damage(directory, offset, mask):
    """Writes a valid file, cut or with one byte flipped near its end."""
    file = write(directory, _conv1())
    data = bytearray(file.read_bytes())
    if mask is None:
        file.write_bytes(data[:offset])
    else:
        data[offset] ^= mask
        file.write_bytes(data + framed(_conv1()[0]))
