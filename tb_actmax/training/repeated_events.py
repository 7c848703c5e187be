"""Adds images to events of layers that have not changed.

During a training such an event holds no images, and its header names the event
that does. At the end, the newest event of each layer gets the images too, for
readers that see only the newest event, and for servers that keep only some
events.
"""

from collections.abc import Sequence
from typing import NamedTuple

from tb_actmax.network.target import Target
from tb_actmax.records import event
from tb_actmax.records.reader import read_some
from tb_actmax.records.writer import EventWriter


class Repeated(NamedTuple):
    """An event without images, of a layer that has not changed.

    Attributes:
        target: The layer.
        step: Step of the event.
        since: Step of the event that has the images.
    """

    target: Target
    step: int
    since: int


def write_images(writer: EventWriter, repeated: Sequence[Repeated]) -> None:
    """Writes events again, with the images that they repeat.

    Args:
        writer: Writes to the log; all of it was flushed.
        repeated: The newest events of some layers.

    Raises:
        OSError: If the log cannot be written.
    """
    steps = [(target.path, step) for target, *both in repeated for step in both]
    found = read_some(writer.directory, steps)
    for target, step, since in repeated:
        path = target.path
        if not {(path, step), (path, since)} <= found.keys():
            continue  # deleted meanwhile
        source = event.decode(found[path, since])
        header = event.decode(found[path, step]).header
        writer.write(
            path,
            step,
            event.repeated(source.header, header),
            source.images,
            source.extra,
            layer_index=target.order,
            layer_type=target.kind,
            again=True,
        )
