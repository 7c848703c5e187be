"""Continues a layer from its last event in the log."""

import logging
from collections.abc import Sequence

import numpy as np

from tb_actmax.errors import describe
from tb_actmax.records import event
from tb_actmax.records.images import decode_image
from tb_actmax.training.layer_tracker import LayerTracker

_log = logging.getLogger("tb_actmax")


def resume(tracker: LayerTracker, blobs: Sequence[bytes]) -> None:
    """Continues a layer from an event.

    A filter starts from scratch if it is missing in the event or the canvas
    differs, and all filters do if the event cannot be read.

    Args:
        tracker: The layer.
        blobs: Its newest event.
    """
    try:
        _resume(tracker, event.decode(blobs))
    except Exception as error:  # the layer's own errors recur at its update
        _log.info(
            "Layer %r starts from scratch: %s",
            tracker.target.path,
            describe(error),
        )


def _resume(tracker: LayerTracker, last: event.Event) -> None:
    canvas, header = tracker.maximizer.canvas, last.header
    low, high = header["value_range"]
    depth = [header["depth"]] if len(canvas.size) == 3 else []
    size = (*depth, header["height"], header["width"])
    if not (
        np.allclose((low, high), canvas.statistics.value_range)
        and header["channels"] == canvas.channels
        and size == canvas.size
    ):
        return
    objectives = {o.label: o for o in tracker.objectives}
    for entry, key, data in zip(
        last.filters, last.keys, last.images, strict=True
    ):
        objective = objectives.get(key)
        image = decode_image(data, (low, high), canvas.channels)
        shape = (*size, canvas.channels)
        if objective is None or image.size != np.prod(shape):
            continue
        exemplars = entry.get("exemplars")
        tracker.resume(
            objective,
            image.reshape(shape),
            exemplars["inputs"] if exemplars else [],
            entry.get("settled") == 1,
        )
