"""The terms of objectives: which part of a layer's map they read, and how."""

import dataclasses
import zlib
from collections.abc import Callable
from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    import tensorflow as tf

# Activations (n, ..., filters) of a layer to a number for each image, (n,).
ActivationFunction = Callable[["tf.Tensor"], "tf.Tensor"]

# A position in a layer's map: its centre, the mean of all, (row, column) or, in
# volumes, (slice, row, column).
Position = Literal["centre", "whole"] | tuple[int, ...]
CENTRE: Literal["centre"] = "centre"
WHOLE: Literal["whole"] = "whole"


@dataclasses.dataclass(frozen=True)
class Function:
    """A user's function of a layer's activations.

    Functions of the same name are equal: in the processes of a cluster each has
    a copy of its own.
    """

    name: str  # in labels; unique in a layer
    call: ActivationFunction = dataclasses.field(compare=False)


# How a term reads a number out of a layer's map.
Readout = Position | Function


@dataclasses.dataclass(frozen=True)
class Term:
    """A weighted sum of a layer's filters at one position, or a function."""

    readout: Readout
    # Pairs of a filter and its weight; for a function (0, its factor).
    weights: tuple[tuple[int, float], ...]
    size: int | None = None  # filters that the layer must have

    @property
    def label(self) -> str:
        """A short name: "3 + 0.5*9", "7 (whole)", "7 (0, 3)", "contrast"."""
        if isinstance(self.readout, Function):
            return _factor(self.weights[0][1]) + self.readout.name
        if self.size is not None:
            digest = np.asarray(self.weights, np.float64).tobytes()
            text = f"direction {zlib.crc32(digest):08x}"
        else:
            text = " + ".join(
                f"{_factor(weight)}{index}" for index, weight in self.weights
            )
        if isinstance(self.readout, tuple):
            return f"{text} {self.readout}"
        return text if self.readout == CENTRE else f"{text} (whole)"


def _factor(weight: float) -> str:
    """Returns a weight as the prefix of a label: "", "-" or "0.5*"."""
    return {1.0: "", -1.0: "-"}.get(weight, f"{weight:g}*")
