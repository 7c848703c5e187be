"""Objectives: neurons, channels, directions, functions and their sums.

```python
import keras

from tb_actmax import objectives


def contrast(activations):  # (n, rows, columns, filters) -> (n,)
    return keras.ops.std(activations[..., 3], axis=(1, 2))


filters = [
    7,  # the same as objectives.neuron(7)
    objectives.channel(7),  # everywhere in the map: a texture
    -objectives.neuron(7),  # the opposite
    objectives.neuron(7, row=0, column=3),  # at one position of the map
    objectives.neuron(3) + 0.5 * objectives.neuron(6),
    objectives.direction_neuron([0, 1, 0, 0, 0, 2, 0, -1]),
    objectives.neuron(7).diverse(3),  # three images that differ
    contrast,  # any function of the layer's activations
    objectives.neuron(3) - 0.5 * objectives.custom(contrast),
]
found = tb_actmax.maximize(model, "conv2", filters, probe=x_train[:512])
found.labels  # "7", "7 (whole)", "-7", ..., "contrast", "3 - 0.5*contrast"
```

The names are those of lucid (Olah et al., "Feature Visualization", Distill,
2017). Objectives read activations *before* the layer's activation function, and
after a batch normalization that follows the layer. The centre of a map is the
unit whose receptive field lies in the middle of the image. Objectives that read
more than the centre are maximized on an image of the size of the model's input.
"""

import dataclasses
import functools
import operator
import zlib
from typing import Literal

import numpy as np
import numpy.typing as npt

from tb_actmax.objectives.terms import (
    CENTRE,
    WHOLE,
    ActivationFunction,
    Function,
    Position,
    Readout,
    Term,
)


@dataclasses.dataclass(frozen=True)
class Objective:
    """A sum of terms of one layer that an image maximizes.

    Objectives are added, subtracted, negated and multiplied by numbers.

    Attributes:
        terms: The terms.
        variants: Number of images of the same terms that should differ.
        variant: Which of them this is, from 0.
    """

    terms: tuple[Term, ...]
    variants: int = 1
    variant: int = 0

    def __add__(self, other: "Objective | ActivationFunction") -> "Objective":
        if not isinstance(other, Objective) and not callable(other):
            return NotImplemented
        return Objective(self.terms + _as_objective(other).terms)

    def __radd__(self, other: ActivationFunction | Literal[0]) -> "Objective":
        if other == 0:  # `sum` starts there
            return self
        if not callable(other):
            return NotImplemented
        return custom(other) + self

    def __mul__(self, factor: float) -> "Objective":
        if not isinstance(factor, int | float | np.number):
            return NotImplemented
        scaled = [
            dataclasses.replace(
                term,
                weights=tuple((i, w * float(factor)) for i, w in term.weights),
            )
            for term in self.terms
        ]
        return dataclasses.replace(self, terms=tuple(scaled))

    __rmul__ = __mul__

    def __neg__(self) -> "Objective":
        return self.__mul__(-1)

    def __sub__(self, other: "Objective | ActivationFunction") -> "Objective":
        if not isinstance(other, Objective) and not callable(other):
            return NotImplemented
        return self + -_as_objective(other)

    def diverse(self, count: int) -> "Objective":
        """Returns an objective for several images, as different as possible.

        Args:
            count: Number of images, at least 2.

        Raises:
            ValueError: If `count` is smaller.
        """
        if count < 2:
            raise ValueError(f"diverse takes 2 images or more, not {count}.")
        return dataclasses.replace(self, variants=operator.index(count))

    @property
    def filter(self) -> int | None:
        """The filter, if there is only one."""
        if any(isinstance(term.readout, Function) for term in self.terms):
            return None
        weights = [pair for term in self.terms for pair in term.weights]
        return weights[0][0] if len(weights) == 1 else None

    @property
    def plain(self) -> bool:
        """Whether it is one filter at the centre, and nothing else."""
        return (
            self.filter is not None
            and self.terms[0].readout == CENTRE
            and self.terms[0].weights[0][1] == 1
            and self.variants == 1
        )

    @property
    def label(self) -> str:
        """A name that is unique in the layer, such as "7" or "3 + 0.5*9"."""
        text = " + ".join(term.label for term in self.terms)
        text = text.replace("+ -", "- ")
        return f"{text} #{self.variant + 1}" if self.variants > 1 else text

    @property
    def stream(self) -> int:
        """Number that identifies its random stream."""
        if self.plain:
            return int(self.terms[0].weights[0][0])
        return zlib.crc32(self.label.encode())

    @property
    def readouts(self) -> tuple[Readout, ...]:
        """How each term is read out of the layer's map."""
        return tuple(term.readout for term in self.terms)

    def vectors(self, filters: int) -> npt.NDArray[np.float32]:
        """Returns the weights of all terms, (terms, filters).

        Args:
            filters: Number of the layer's filters.
        """
        vectors = np.zeros((len(self.terms), filters), np.float32)
        for row, term in zip(vectors, self.terms, strict=True):
            for index, weight in term.weights:
                row[index] += weight
        return vectors


def neuron(
    index: int,
    row: int | None = None,
    column: int | None = None,
    depth: int | None = None,
) -> Objective:
    """Returns the objective of one unit of a filter.

    Args:
        index: The filter; negative ones count from the end.
        row: Row of the map that the whole input gives; 0 for signals and
            tokens. Defaults to `None`: the centre of the image.
        column: Column of the map; given with `row`.
        depth: Slice of the map, for volumes.

    Raises:
        ValueError: If only one of `row` and `column` is given.
    """
    position = _position(row, column, depth)
    return Objective((Term(position, ((operator.index(index), 1.0),)),))


def channel(index: int) -> Objective:
    """Returns the objective of a filter everywhere: the mean of its map.

    Its image is a texture or a tiling, of the size of the model's input.

    Args:
        index: The filter; negative ones count from the end.
    """
    return Objective((Term(WHOLE, ((operator.index(index), 1.0),)),))


def direction(vector: npt.ArrayLike) -> Objective:
    """Returns the objective of a direction in a layer's space of filters.

    Its value is the mean over the map, as with `channel`.

    Args:
        vector: A weight for each filter of the layer, (filters,), finite.

    Raises:
        ValueError: If the vector has another shape, is not finite, or is 0.
    """
    return _direction(vector, WHOLE)


def direction_neuron(
    vector: npt.ArrayLike,
    row: int | None = None,
    column: int | None = None,
    depth: int | None = None,
) -> Objective:
    """Returns the objective of a direction at one position of the map.

    Args:
        vector: A weight for each filter of the layer, (filters,), finite.
        row: See `neuron`, also for `column` and `depth`.
        column: Column of the map; given with `row`.
        depth: Slice of the map, for volumes.

    Raises:
        ValueError: If the vector has another shape, is not finite, or is 0, or
            only one of `row` and `column` is given.
    """
    return _direction(vector, _position(row, column, depth))


def class_logit(index: int) -> Objective:
    """Returns the objective of a class, before softmax.

    Args:
        index: The class: a unit of the model's last dense layer.
    """
    return neuron(index)


def custom(function: ActivationFunction, name: str | None = None) -> Objective:
    """Returns the objective that a function of the activations computes.

    A function can stand in a list of filters as it is; `custom` is needed to
    scale a function or to name it.

    Args:
        function: Takes a layer's activations, float32: (n, rows, columns,
            filters); (n, slices, rows, columns, filters) for volumes; (n, 1,
            length, filters) for signals and tokens; (n, units) for a dense
            layer. Returns a differentiable number for each image, (n,). It is
            traced: compute with `keras.ops` or `tf`.
        name: Its label. Defaults to `None`: the function's `__name__`.
    """
    readout = Function(name or _name(function), function)
    return Objective((Term(readout, ((0, 1.0),)),))


def _as_objective(value: Objective | ActivationFunction) -> Objective:
    return value if isinstance(value, Objective) else custom(value)


def _name(function: ActivationFunction) -> str:
    if isinstance(function, functools.partial):
        return _name(function.func)
    name = getattr(function, "__name__", type(function).__name__)
    return str(name).strip("<>")  # <lambda>


def _position(
    row: int | None, column: int | None, depth: int | None
) -> Position:
    if row is None and column is None and depth is None:
        return CENTRE
    if row is None or column is None:
        raise ValueError("Give both row and column, or neither.")
    position = (operator.index(row), operator.index(column))
    return position if depth is None else (operator.index(depth), *position)


def _direction(vector: npt.ArrayLike, position: Position) -> Objective:
    weights = np.asarray(vector, np.float64)
    if weights.ndim != 1 or not np.isfinite(weights).all() or not weights.any():
        raise ValueError(
            "A direction is a vector of finite weights, one for each filter, "
            "not all 0."
        )
    pairs = tuple((int(i), float(w)) for i, w in enumerate(weights))
    return Objective((Term(position, pairs, len(weights)),))
