"""The results of a layer's update, and the event that stores them."""

import dataclasses
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from tb_actmax.objectives import Objective
from tb_actmax.records.header import EventHeader


class Shown(NamedTuple):
    """The image of an objective.

    Attributes:
        image: The image, (*size, channels).
        score: Its pre-activation.
        status: See `Maximized.status`.
    """

    image: npt.NDArray[np.float32]
    score: float
    status: str


@dataclasses.dataclass(frozen=True)
class LayerEvent:
    """The event of a layer at one update.

    Attributes:
        header: The header.
        images: Encoded images, in the order of the header's filters.
        extra: Encoded images that the header refers to.
        changes: Change of each image since the last update: 0 for none, 1
            where the images do not correlate.
    """

    header: EventHeader
    images: list[bytes]
    extra: list[bytes]
    changes: dict[Objective, float]
