"""Takes filters up as a log last showed them: images and real patches."""

import logging
from collections.abc import Sequence

import numpy as np

from tb_actmax.errors import described
from tb_actmax.records import event
from tb_actmax.records.images import decode_image
from tb_actmax.training.layer_tracker import LayerTracker

_log = logging.getLogger("tb_actmax")


def resume(view: LayerTracker, blobs: Sequence[bytes]) -> None:
    """Lets a layer's next look go on from an event.

    Filters that were made on another canvas, or of another seed, begin anew;
    so does a layer whose event cannot be read.

    Args:
        view: The layer.
        blobs: Its newest event.
    """
    try:
        _resume(view, event.decode(blobs))
    except Exception as error:  # a layer's own is met again by its look
        _log.info(
            "Layer %r begins anew: %s", view.target.path, described(error)
        )


def _resume(view: LayerTracker, last: event.Event) -> None:
    canvas, header = view.maximizer.canvas, last.header
    low, high = header["value_range"]
    found = canvas.statistics.value_range
    depth = [header["depth"]] if len(canvas.size) == 3 else []
    size = (*depth, header["height"], header["width"])
    if not (
        np.allclose((low, high), found)
        and header["channels"] == canvas.channels
        and view.maximizer.fits(size)
    ):
        return
    objectives = {objective.label: objective for objective in view.filters}
    for entry, key, data in zip(
        last.filters, last.keys, last.images, strict=True
    ):
        objective = objectives.get(key)
        image = decode_image(data, (low, high), canvas.channels)
        shape = (*size, canvas.channels)
        if objective is None or image.size != np.prod(shape):
            continue
        exemplars = entry.get("exemplars")
        inputs = exemplars["inputs"] if exemplars else ()
        view.resume(
            objective,
            image.reshape(shape),
            inputs,
            entry.get("settled") == 1,
        )
