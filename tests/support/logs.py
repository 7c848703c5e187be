"""Writes real event files without a training."""

import numpy as np

from tb_actmax.records.images import encode_image
from tb_actmax.records.writer import EventWriter


def picture(layer, key, epoch, size=16):
    """Returns a grating that turns with the filter and sharpens by epoch."""
    rows, columns = np.mgrid[:size, :size]
    angle = key / 5 + layer
    wave = np.sin((columns * np.cos(angle) + rows * np.sin(angle)) * 1.2)
    return (0.5 + wave[..., None] * min(0.1 + epoch / 8, 0.5)).astype("float32")


def header(tag, epoch, filters, size=16, **more):
    """Returns a valid header."""
    return {
        "version": 1,
        "layer": tag,
        "epoch": epoch,
        "value_range": [0.0, 1.0],
        "mime": "image/png",
        "height": size,
        "width": size,
        "channels": 1,
        "layer_filters": filters,
        "receptive_field": [size, size],
        "settings": {"steps": 32, "seed": 0},
        "filters": [
            {
                "filter": index,
                "score": 1.0 + index + epoch / 10,
                "data_max": 1.0 + index,
                "status": "dead" if index == 1 else "ok",
            }
            for index in range(filters)
        ],
        **more,
    }


def write_log(directory, layers=None, epochs=range(4)):
    """Writes a log of `layers` (filters by tag) into `directory`/actmax."""
    layers = layers or {"conv1": 4, "conv2": 6}
    writer = EventWriter(str(directory / "actmax"))
    for epoch in epochs:
        for position, (tag, filters) in enumerate(layers.items()):
            writer.write(
                tag,
                epoch,
                header(tag, epoch, filters),
                [
                    encode_image(picture(position, index, epoch), (0, 1))
                    for index in range(filters)
                ],
                layer_index=position,
                layer_type="Conv2D",
            )
    writer.close()
