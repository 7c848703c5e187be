"""TensorBoard's data provider and multiplexer, over events in memory."""

import dataclasses
from collections.abc import Sequence
from typing import Any

from tensorboard.backend.event_processing import plugin_event_accumulator
from tensorboard.compat.proto import tensor_pb2, types_pb2

from tb_actmax.page.log_provider import LogProvider
from tb_actmax.records.event import PLUGIN_NAME
from tb_actmax.records.event_files import LoggedValue


@dataclasses.dataclass
class Datum:
    """One event."""

    run: str
    tag: str
    step: int
    wall_time: float
    blobs: Sequence[Any]
    content: bytes = b"{}"


class MemoryProvider(LogProvider):
    """Lists and reads events as TensorBoard's own providers do.

    A blob that is an error is raised.
    """

    def __init__(self, data: Sequence[Datum] = ()) -> None:
        super().__init__(
            (
                one.run,
                LoggedValue(
                    one.tag,
                    one.step,
                    one.wall_time,
                    PLUGIN_NAME,
                    one.content,
                    list(one.blobs),
                ),
            )
            for one in data
        )

    def read_blob(self, ctx=None, *, blob_key):
        """Returns a blob, or raises it."""
        found = super().read_blob(ctx, blob_key=blob_key)
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
