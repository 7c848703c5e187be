"""Measures the statistics and colours of a sample once."""

import hashlib
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from tb_actmax.data.colours import ChannelOrder, find_colours
from tb_actmax.data.statistics import Statistics, measure_statistics
from tb_actmax.records.colours import Colours

MeasuredSample: TypeAlias = tuple[Statistics, Colours | None]


def measure_once(
    images: npt.NDArray[np.float32],
    pictures: bool,
    order: ChannelOrder | None,
    measured: dict[bytes, MeasuredSample],
) -> MeasuredSample:
    """Measures a sample, unless an equal one was measured.

    Args:
        images: The sample, (n, height, width, channels).
        pictures: Whether rows and columns form a picture.
        order: See `find_colours`.
        measured: Earlier measurements; those of this sample are added.
    """
    key = hashlib.blake2b(repr((images.shape, pictures, order)).encode())
    key.update(images.tobytes())
    if key.digest() not in measured:
        statistics = measure_statistics(images, pictures)
        measured[key.digest()] = statistics, find_colours(images, order)
    return measured[key.digest()]
