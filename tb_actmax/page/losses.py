"""Reads the loss of each training from the scalars that Keras logs."""

import json
import math
import pathlib
from collections.abc import Collection, Iterator, Sequence

from tb_actmax.records.event_files import whole_records

TAG = "epoch_loss"
_MOST = 1000  # points of a curve


def loss_answers(
    files: dict[str, list[pathlib.Path]], runs: Collection[str]
) -> list[tuple[str, list[tuple[str, str]], bytes]]:
    """Returns TensorBoard's answers about the loss in siblings of some runs.

    Each is a route, its parameters and the body.
    """
    beside = sorted({one for run in runs for one in _beside(run, files)})
    curves = {run: _read(files[run]) for run in beside}
    found = {run: curve for run, curve in curves.items() if curve}
    tags = {run: {TAG: {"displayName": "", "description": ""}} for run in found}
    curves_of = [
        ("scalars/scalars", [("run", run), ("tag", TAG)], _json(curve))
        for run, curve in found.items()
    ]
    return [("scalars/tags", [], _json(tags)), *curves_of]


def _json(value: object) -> bytes:
    return json.dumps(value).encode()


def _beside(run: str, files: Collection[str]) -> Iterator[str]:
    """Yields the other runs in a run's folder: "train", "validation"."""
    folder = run[: run.rfind("/") + 1]
    for other in files:
        inner = other.removeprefix(folder)
        if other.startswith(folder) and "/" not in inner and other != run:
            yield other


def _read(files: Sequence[pathlib.Path]) -> list[tuple[float, int, float]]:
    """Reads a curve: wall time, step and value of each point, ascending."""
    from tensorboard.compat.proto import event_pb2

    points: dict[int, tuple[float, int, float]] = {}
    for file in files:
        for record in whole_records(file):
            try:
                event = event_pb2.Event.FromString(record)
            except Exception:  # its class depends on protobuf
                continue
            for value in event.summary.value:
                number = _number(value) if value.tag == TAG else None
                if number is not None and math.isfinite(number):
                    points[event.step] = (event.wall_time, event.step, number)
    ordered = [points[step] for step in sorted(points)]
    return ordered[:: -(-len(ordered) // _MOST)] if ordered else []


def _number(value: object) -> float | None:
    """Returns the number of a summary's value; `None` if it holds none."""
    from tensorboard.compat.proto import summary_pb2
    from tensorboard.util import tensor_util

    assert isinstance(value, summary_pb2.Summary.Value)
    if value.HasField("simple_value"):
        return float(value.simple_value)
    try:
        array = tensor_util.make_ndarray(value.tensor)
        return float(array.item())
    except (TypeError, ValueError, KeyError):
        return None
