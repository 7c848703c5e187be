"""TensorBoard's data provider and multiplexer, over events in memory."""

import dataclasses
from collections.abc import Sequence
from typing import Any

from tensorboard import errors
from tensorboard.backend.event_processing import plugin_event_accumulator
from tensorboard.compat.proto import tensor_pb2, types_pb2
from tensorboard.data import provider


@dataclasses.dataclass
class Datum:
    """One event."""

    run: str
    tag: str
    step: int
    wall_time: float
    blobs: Sequence[Any]
    content: bytes = b"{}"


class MemoryProvider(provider.DataProvider):
    """Lists and reads events as TensorBoard's own providers do."""

    def __init__(self) -> None:
        self.data: list[Datum] = []

    def list_runs(self, ctx=None, *, experiment_id):
        """Lists nothing: the plugin lists blobs only."""
        return []

    def list_scalars(self, ctx=None, *, experiment_id, plugin_name, **_):
        """Lists nothing."""
        return {}

    read_scalars = list_scalars
    read_last_scalars = list_scalars

    def list_blob_sequences(
        self, ctx=None, *, experiment_id, plugin_name, run_tag_filter=None
    ):
        """Lists the runs and tags of the events."""
        found = {}
        for run, tag in {(one.run, one.tag) for one in self.data}:
            own = [d for d in self.data if (d.run, d.tag) == (run, tag)]
            found.setdefault(run, {})[tag] = provider.BlobSequenceTimeSeries(
                max_step=max(one.step for one in own),
                max_wall_time=max(one.wall_time for one in own),
                max_length=max(len(one.blobs) for one in own),
                plugin_content=own[0].content,
                description="",
                display_name="",
            )
        return found

    def read_blob_sequences(
        self,
        ctx=None,
        *,
        experiment_id,
        plugin_name,
        downsample=None,
        run_tag_filter=None,
    ):
        """Returns the keys of blobs."""
        found = {}
        for index, one in enumerate(self.data):
            if one.run not in run_tag_filter.runs:
                continue
            if one.tag not in run_tag_filter.tags:
                continue
            series = found.setdefault(one.run, {}).setdefault(one.tag, [])
            if any(datum.step == one.step for datum in series):
                continue
            series.append(
                provider.BlobSequenceDatum(
                    step=one.step,
                    wall_time=one.wall_time,
                    values=tuple(
                        provider.BlobReference(f"{index}.{blob}")
                        for blob in range(len(one.blobs))
                    ),
                )
            )
        for tags in found.values():
            for series in tags.values():
                series.sort(key=lambda datum: datum.step)
                del series[: max(len(series) - downsample, 0)]
        return found

    def read_blob(self, ctx=None, *, blob_key):
        """Returns a blob; raises it if it is an error."""
        event, index = map(int, blob_key.split("."))
        if event >= len(self.data) or index >= len(self.data[event].blobs):
            raise errors.NotFoundError(blob_key)
        found = self.data[event].blobs[index]
        if isinstance(found, Exception):
            raise found
        return found


class MemoryMultiplexer:
    """The same events, as TensorBoard's Python loader holds them."""

    def __init__(self, data: Sequence[Datum]) -> None:
        self._data = data

    def Tensors(self, run: str, tag: str) -> list[Any]:  # noqa: N802
        """Returns the events of a layer in the order they were read."""
        found = [
            plugin_event_accumulator.TensorEvent(
                one.wall_time, one.step, _tensor(one.blobs)
            )
            for one in self._data
            if (one.run, one.tag) == (run, tag)
        ]
        if not found:
            raise KeyError(tag)
        return found


def _tensor(blobs: Sequence[Any]) -> tensor_pb2.TensorProto:
    """Returns a list of strings, or else an empty tensor of numbers."""
    if not all(isinstance(blob, bytes) for blob in blobs):
        return tensor_pb2.TensorProto(dtype=types_pb2.DT_FLOAT)
    return tensor_pb2.TensorProto(dtype=types_pb2.DT_STRING, string_val=blobs)
