"""Writes event files byte by byte, so that they can hold anything."""

import struct

from tensorboard.compat.proto import (
    event_pb2,
    summary_pb2,
    tensor_pb2,
    tensor_shape_pb2,
    types_pb2,
)
from tensorboard.compat.tensorflow_stub import pywrap_tensorflow

_BLOBS = summary_pb2.DATA_CLASS_BLOB_SEQUENCE


def checksum(data):
    """Returns the checksum of a record or of its length."""
    return struct.pack("<I", pywrap_tensorflow.masked_crc32c(data))


def framed(data):
    """Returns a record with its length and valid checksums."""
    length = struct.pack("<Q", len(data))
    return length + checksum(length) + data + checksum(data)


def strings(blobs, shape=None):
    """Returns a tensor of strings; its shape may be false."""
    tensor = tensor_pb2.TensorProto(
        dtype=types_pb2.DT_STRING, string_val=list(blobs)
    )
    for size in [len(blobs)] if shape is None else shape:
        tensor.tensor_shape.dim.append(
            tensor_shape_pb2.TensorShapeProto.Dim(size=size)
        )
    return tensor


def record(
    tag,
    step,
    tensor,
    content=b"{}",
    plugin="actmax",
    data_class=_BLOBS,
    wall_time=1.7e9,
):
    """Returns an event of one value."""
    metadata = summary_pb2.SummaryMetadata(data_class=data_class)
    metadata.plugin_data.plugin_name = plugin
    metadata.plugin_data.content = content
    event = event_pb2.Event(wall_time=wall_time, step=step)
    event.summary.value.add(tag=tag, metadata=metadata, tensor=tensor)
    return event.SerializeToString()


def write(directory, records, name="events.out.tfevents.1700000000.host.1.1"):
    """Writes records as an event file; returns its path."""
    directory.mkdir(parents=True, exist_ok=True)
    version = event_pb2.Event(wall_time=1.7e9, file_version="brain.Event:2")
    file = directory / name
    file.write_bytes(
        b"".join(map(framed, [version.SerializeToString(), *records]))
    )
    return file
