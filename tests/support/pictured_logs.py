"""Writes logs of signals, volumes and images of many channels."""

import numpy as np

from support.logs import header
from tb_actmax.records.images import encode_image
from tb_actmax.records.writer import EventWriter

SIGNAL_LENGTH = 32
DEPTH = 4
BANDS = 5


def signal(key, epoch):
    """Returns two curves, (1, 32, 2), whose amplitude grows by epoch."""
    time = np.arange(SIGNAL_LENGTH) / SIGNAL_LENGTH * 2 * np.pi
    size = 0.2 + 0.2 * epoch
    curves = [size * np.sin((key + 1) * time), size * np.cos(time)]
    return np.stack(curves, -1)[None].astype("float32")


def volume(key, epoch):
    """Returns slices (4, 8, 8, 1) of different brightness."""
    slices = np.linspace(0.1, 0.7, DEPTH) + 0.02 * key + 0.05 * epoch
    return np.broadcast_to(slices[:, None, None, None], (DEPTH, 8, 8, 1))


def bands(key, epoch):
    """Returns gradients (8, 8, 5), from left to right and top to bottom."""
    rows, columns = np.mgrid[:8, :8] / 8
    image = np.full((8, 8, BANDS), 0.5)
    image[..., 0] = columns
    image[..., -1] = 0.5 + (rows - 0.5) * (0.2 + 0.1 * key)
    return image.astype("float32")


def write_pictured(directory, epochs=range(3)):
    """Writes three layers: `signal`, `volume` and `bands`."""
    writer = EventWriter(str(directory / "actmax"))
    for epoch in epochs:
        for position, (tag, make, shape, low) in enumerate(
            [
                ("signal", signal, (1, SIGNAL_LENGTH, 2, None), -1),
                ("volume", volume, (8, 8, 1, DEPTH), 0),
                ("bands", bands, (8, 8, BANDS, None), 0),
            ]
        ):
            height, width, channels, depth = shape
            more = {} if depth is None else {"depth": depth}
            images = [np.asarray(make(key, epoch)) for key in range(3)]
            if depth is not None:
                images = [
                    image.reshape(depth * height, width, channels)
                    for image in images
                ]
            writer.write(
                tag,
                epoch,
                header(tag, epoch, 3, value_range=[low, 1])
                | {"height": height, "width": width, "channels": channels}
                | more,
                [encode_image(image, (low, 1)) for image in images],
                layer_index=position,
                layer_type="Conv1D" if tag == "signal" else "Conv2D",
            )
    writer.close()
