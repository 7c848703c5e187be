"""Finds the part of an input that an objective reads.

An image lies at its position in an input that is the data's mean elsewhere. The
network runs only on the part that the objective's units see, and they respond
there as in the whole input.
"""

import dataclasses
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from tb_actmax.network.positions import crop
from tb_actmax.network.shown_unit import place_image, shown_unit, smallest_part
from tb_actmax.network.target import Target
from tb_actmax.objectives.terms import CENTRE, Readout

Array = npt.NDArray[np.float32]


@dataclasses.dataclass(frozen=True)
class Scene:
    """A part of an input with an image in it.

    Attributes:
        slices: The part of the image that lies in it, (rows, columns) or
            (slices, rows, columns).
        margins: Pixels of the part before and after the image, per axis.
        readouts: How the objective's terms are read out of the layer's map for
            that part.
    """

    slices: tuple[slice, ...]
    margins: tuple[tuple[int, int], ...]
    readouts: tuple[Readout, ...]


def find_scene(
    target: Target,
    readouts: Sequence[Readout],
    size: tuple[int, ...],
    input_size: tuple[int, ...],
    crops: bool = True,
) -> Scene:
    """Finds the part of an input on which the network runs.

    Args:
        target: The layer.
        readouts: How the objective's terms are read out of the layer's map for
            a whole input.
        size: Rows and columns of the images.
        input_size: Rows and columns of an input, as the target was found with.
        crops: Whether the network may run on a part of an input.
    """
    shown = shown_unit(target, input_size).index
    resolved = [
        shown if readout == CENTRE and shown is not None else readout
        for readout in readouts
    ]
    units = [readout for readout in resolved if isinstance(readout, tuple)]
    seen = [target.field.window(*unit) for unit in units]
    every = (tuple(0 for _ in input_size), input_size)
    if not crops or len(units) < len(resolved):
        seen = [every]
    part = smallest_part(target, input_size, seen)
    slices, margins = [], []
    for at, place in zip(
        part.slices, place_image(target, input_size, size), strict=True
    ):
        first, last = max(at.start, place.start), min(at.stop, place.stop)
        slices.append(slice(first - place.start, last - place.start))
        margins.append((first - at.start, at.stop - last))
    return Scene(
        tuple(slices),
        tuple(margins),
        tuple(
            part.unit(readout) if isinstance(readout, tuple) else readout
            for readout in resolved
        ),
    )


def centred(images: tf.Tensor, size: tuple[int, ...], mean: Array) -> tf.Tensor:
    """Crops images to a size around their centre, or pads them with the mean.

    Args:
        images: (n, height, width, channels), of any size.
        size: (rows, columns), for volumes (slices, rows, columns).
        mean: Mean of each channel of the data, (channels,).
    """
    slices, margins = [], []
    for length, wanted in zip(images.shape[1:-1], size, strict=True):
        first = max(length - wanted, 0) // 2
        slices.append(slice(first, first + min(length, wanted)))
        before = max(wanted - length, 0) // 2
        margins.append((before, max(wanted - length, 0) - before))
    return surrounded(crop(images, slices), margins, mean)


def surrounded(
    images: tf.Tensor, margins: Sequence[tuple[int, int]], mean: Array
) -> tf.Tensor:
    """Pads images with the mean of the data.

    Args:
        images: (n, height, width, channels).
        margins: Pixels before and after them, per axis.
        mean: Mean of each channel of the data, (channels,).
    """
    if not any(map(any, margins)):
        return images
    return tf.pad(images - mean, [(0, 0), *margins, (0, 0)]) + mean
