"""Describes the layers of runs and their events, without blobs."""

import dataclasses
import math
from typing import NamedTuple

from tensorboard import errors
from tensorboard.context import RequestContext
from tensorboard.data import provider

from tb_actmax.plugin.store.sources import LayerName, Source, StoredEvent
from tb_actmax.records.tag_metadata import TagMetadata, decode_metadata

LARGEST_STEP = (1 << 53) - 1  # the largest integer that is exact in JSON
_INVALID_STEP = f"A step is a number from 0 to {LARGEST_STEP}; this one is not."

# The shape of a tensor can claim any number of blobs, and TensorBoard's Python
# loader creates a key for each.
_MAX_BLOBS = 1 << 17
_TOO_MANY = f"An event claims to hold more than {_MAX_BLOBS} images."

_EVENT_BYTES = 300  # of a StoredEvent without keys
_KEY_BYTES = 60  # of a key without its characters


@dataclasses.dataclass(frozen=True)
class Layer:
    """A layer of a run."""

    tag: str
    metadata: TagMetadata
    last: int | None  # newest epoch, if there is any
    stamp: str  # opaque; it changes when the layer gains data
    fault: str | None = None  # why the layer cannot be shown


def make_layer(tag: str, series: provider.BlobSequenceTimeSeries) -> Layer:
    """Returns the layer of a tag that TensorBoard lists."""
    stamp = (series.max_step, series.max_wall_time, series.max_length)
    fault = None
    if series.max_step < 0:
        fault = _INVALID_STEP
    elif series.max_length > _MAX_BLOBS:
        fault = _TOO_MANY
    return Layer(
        tag,
        decode_metadata(series.plugin_content),
        None if fault else int(series.max_step),
        "-".join(map(str, stamp)),
        fault,
    )


class Fault(NamedTuple):
    """A step that cannot be shown, or `None` for all steps, and the reason."""

    step: int | None
    error: str


@dataclasses.dataclass(frozen=True)
class LayerEvents:
    """The events of a layer."""

    stamp: str  # of the layer when they were listed
    events: dict[int, StoredEvent]  # by step, ascending
    faults: tuple[Fault, ...] = ()  # steps that cannot be shown

    @classmethod
    def broken(cls, stamp: str, error: str) -> "LayerEvents":
        """Returns an empty list, with the reason why a layer cannot be read."""
        return cls(stamp, {}, (Fault(None, error),))

    @property
    def bytes(self) -> int:
        """Estimated size in memory."""
        return sum(
            _EVENT_BYTES + sum(len(key) + _KEY_BYTES for key in event.keys)
            for event in self.events.values()
        )


def list_events(
    source: Source,
    ctx: RequestContext,
    layer: LayerName,
    stamp: str,
    limit: int,
) -> LayerEvents:
    """Lists the events of a layer; `limit` is `EVERY_STEP` or `NEWEST_STEP`."""
    events: dict[int, StoredEvent] = {}
    faults: list[Fault] = []
    try:
        for event in source.events(ctx, layer, limit):
            if not 0 <= event.step <= LARGEST_STEP:
                faults.append(Fault(event.step, _INVALID_STEP))
                continue
            if not math.isfinite(event.wall_time):
                event = dataclasses.replace(event, wall_time=0.0)
            events[event.step] = event
    except errors.PublicError:
        raise
    except Exception as error:  # of TensorBoard, over a malformed event
        name = type(error).__name__
        return LayerEvents.broken(stamp, f"TensorBoard cannot read it: {name}.")
    return LayerEvents(stamp, events, tuple(faults))
