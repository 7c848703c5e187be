"""Builds the messages of an event file, as TensorBoard reads them."""

import time
from collections.abc import Mapping, Sequence

from tensorboard.compat.proto import (
    event_pb2,
    summary_pb2,
    tensor_pb2,
    tensor_shape_pb2,
    types_pb2,
)

from tb_actmax.records.event import PLUGIN_NAME
from tb_actmax.records.header import EventHeader
from tb_actmax.records.tag_metadata import (
    TagMetadata,
    encode_metadata,
    unit_of,
)


def version_message() -> event_pb2.Event:
    """Returns the first message of a file."""
    return event_pb2.Event(wall_time=time.time(), file_version="brain.Event:2")


def start_message(step: int) -> event_pb2.Event:
    """Returns the message that marks the start of a training.

    Without it, TensorBoard's Python loader keeps deleted events if a directory
    is emptied and written again between two reloads. TensorBoard discards
    events of later steps, so `step` is after all others in the log.
    """
    return event_pb2.Event(
        wall_time=time.time(),
        step=step,
        session_log=event_pb2.SessionLog(status=event_pb2.SessionLog.START),
    )


def blobs_message(
    tag: str, step: int, blobs: Sequence[bytes], plugin: str, content: bytes
) -> event_pb2.Event:
    """Returns a message of blobs; `content` is metadata for the plugin."""
    tensor = tensor_pb2.TensorProto(dtype=types_pb2.DT_STRING, string_val=blobs)
    tensor.tensor_shape.dim.append(
        tensor_shape_pb2.TensorShapeProto.Dim(size=len(blobs))
    )
    metadata = summary_pb2.SummaryMetadata(
        data_class=summary_pb2.DATA_CLASS_BLOB_SEQUENCE
    )
    metadata.plugin_data.plugin_name = plugin
    metadata.plugin_data.content = content
    message = event_pb2.Event(wall_time=time.time(), step=step)
    message.summary.value.add(tag=tag, tensor=tensor, metadata=metadata)
    return message


def layer_message(
    tag: str,
    step: int,
    blobs: Sequence[bytes],
    header: EventHeader,
    layer_index: int,
    layer_type: str,
) -> event_pb2.Event:
    """Returns the message of a layer's event."""
    content = encode_metadata(
        TagMetadata(
            layer_index,
            header.get("layer_filters"),
            layer_type,
            unit_of(header),
        )
    )
    return blobs_message(tag, step, blobs, PLUGIN_NAME, content)


def scalars_message(step: int, values: Mapping[str, float]) -> event_pb2.Event:
    """Returns a message of scalars, by tag."""
    from tensorboard.plugins.scalar import metadata

    about = metadata.create_summary_metadata(None, None)
    about.data_class = summary_pb2.DATA_CLASS_SCALAR
    message = event_pb2.Event(wall_time=time.time(), step=step)
    for tag, value in values.items():
        number = tensor_pb2.TensorProto(
            dtype=types_pb2.DT_FLOAT, float_val=[value]
        )
        message.summary.value.add(tag=tag, tensor=number, metadata=about)
    return message
