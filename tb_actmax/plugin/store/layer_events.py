"""Lists the events of a layer, without their blobs."""

import dataclasses
import math
from typing import NamedTuple

from tensorboard import errors
from tensorboard.context import RequestContext

from tb_actmax.plugin.store.listing import INVALID_STEP, LARGEST_STEP
from tb_actmax.plugin.store.sources import LayerName, Source, StoredEvent

_EVENT_BYTES = 300  # of a StoredEvent without keys
_KEY_BYTES = 60  # of a key without its characters


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
                faults.append(Fault(event.step, INVALID_STEP))
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
