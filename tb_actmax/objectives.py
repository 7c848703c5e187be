"""What is maximized: filters, neurons, directions, and sums of them.

```python
from tb_actmax import objectives

filters = [
    7,  # the same as filter(7)
    objectives.filter(7, whole=True),  # everywhere at once
    -objectives.filter(7),  # what it dislikes most
    objectives.neuron(7, row=0, column=3),  # at one position
    objectives.filter(3) + 0.5 * objectives.filter(6),
    objectives.direction([0, 1, 0, 0, 0, 2, 0, -1]),  # one weight a filter
    objectives.filter(7).diverse(3),  # three images that differ
]
found = tb_actmax.maximize(model, "conv2", filters, probe=x_train[:512])

of_a_volume = objectives.neuron(7, row=0, column=3, depth=2)
```

Units of a dense layer are its filters, so `class_unit(3)` of the last layer is
the class 3 before softmax. The vocabulary is that of Olah et al., "Feature
Visualization", Distill, 2017.
"""

import dataclasses
import zlib
from typing import Literal

import numpy as np
import numpy.typing as npt

# Where in a layer's map: at its centre, the mean of it all, or a position.
Place = Literal["centre", "whole"] | tuple[int, ...]
CENTRE: Literal["centre"] = "centre"
WHOLE: Literal["whole"] = "whole"


@dataclasses.dataclass(frozen=True)
class Term:
    """A weighted sum of a layer's filters at one place.

    Attributes:
        place: "centre", "whole" (the mean of the map), (row, column) or, in
            volumes, (slice, row, column).
        weights: Pairs of a filter and its weight.
        size: Filters that the layer must have, or `None` for any number.
    """

    place: Place
    weights: tuple[tuple[int, float], ...]
    size: int | None = None

    @property
    def label(self) -> str:
        """What it sums and where: "3 + 0.5*9", "7 (whole)", "7 (0, 3)"."""
        if self.size is not None:
            words = np.asarray(self.weights, np.float64).tobytes()
            text = f"direction {zlib.crc32(words):08x}"
        else:
            text = " + ".join(
                ("" if weight == 1 else "-" if weight == -1 else f"{weight:g}*")
                + str(index)
                for index, weight in self.weights
            )
        if isinstance(self.place, tuple):
            return f"{text} {self.place}"
        return text if self.place == CENTRE else f"{text} (whole)"


@dataclasses.dataclass(frozen=True)
class Objective:
    """What one image maximizes: the sum of its terms, all of one layer.

    Attributes:
        terms: What is summed.
        variants: Images that differ from each other, of the same terms.
        variant: Which of them this is, from 0.
    """

    terms: tuple[Term, ...]
    variants: int = 1
    variant: int = 0

    def __add__(self, other: "Objective") -> "Objective":
        if not isinstance(other, Objective):
            return NotImplemented
        return Objective(self.terms + other.terms)

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

    def __rmul__(self, factor: float) -> "Objective":
        return self.__mul__(factor)

    def __neg__(self) -> "Objective":
        return self.__mul__(-1)

    def __sub__(self, other: "Objective") -> "Objective":
        if not isinstance(other, Objective):
            return NotImplemented
        return self + other.__mul__(-1)

    def diverse(self, count: int) -> "Objective":
        """Several images, each as unlike the others as it can be.

        Args:
            count: Images, at least 2.
        """
        if count < 2:
            raise ValueError(f"Diversity takes 2 images or more, not {count}.")
        return dataclasses.replace(self, variants=int(count))

    @property
    def filter(self) -> int | None:
        """The filter, where there is but one."""
        weights = [pair for term in self.terms for pair in term.weights]
        return weights[0][0] if len(weights) == 1 else None

    @property
    def plain(self) -> bool:
        """Whether it is a filter at the centre, and nothing else."""
        return (
            self.filter is not None
            and self.terms[0].place == CENTRE
            and self.terms[0].weights[0][1] == 1
            and self.variants == 1
        )

    @property
    def label(self) -> str:
        """A name that no other objective of the layer has: "7", "3 + 0.5*9"."""
        text = " + ".join(term.label for term in self.terms)
        text = text.replace("+ -", "- ")
        return f"{text} #{self.variant + 1}" if self.variants > 1 else text

    @property
    def stream(self) -> int:
        """Number of its random stream."""
        if self.plain:
            return int(self.terms[0].weights[0][0])
        return zlib.crc32(self.label.encode())

    @property
    def places(self) -> tuple[Place, ...]:
        """Where its terms are, in order."""
        return tuple(term.place for term in self.terms)

    def vectors(self, filters: int) -> npt.NDArray[np.float32]:
        """Weights, (terms, filters)."""
        vectors = np.zeros((len(self.terms), filters), np.float32)
        for row, term in zip(vectors, self.terms, strict=True):
            for index, weight in term.weights:
                row[index] += weight
        return vectors


def filter(index: int, whole: bool = False) -> Objective:
    """A filter: its unit at the centre of the image, or all of its map.

    Args:
        index: The filter; negative ones count from the end.
        whole: Whether the mean of the map is maximized, which gives textures
            and tilings on a canvas as large as the input.
    """
    place: Place = WHOLE if whole else CENTRE
    return Objective((Term(place, ((int(index), 1.0),)),))


def neuron(
    index: int, row: int, column: int, depth: int | None = None
) -> Objective:
    """A filter at one position of the map that the whole input gives.

    Args:
        index: The filter; negative ones count from the end.
        row: Row of the map; 0 for signals and tokens.
        column: Column of the map.
        depth: Slice of the map, for volumes.
    """
    place: Place = (int(row), int(column))
    if depth is not None:
        place = (int(depth), *place)
    return Objective((Term(place, ((int(index), 1.0),)),))


def direction(vector: npt.ArrayLike) -> Objective:
    """A direction in the space of a layer's filters, at the centre.

    Args:
        vector: A weight for each filter of the layer, (filters,), finite.
    """
    weights = np.asarray(vector, np.float64)
    if weights.ndim != 1 or not np.isfinite(weights).all() or not weights.any():
        raise ValueError(
            "A direction is a vector of finite weights, one for each filter, "
            "not all 0."
        )
    pairs = tuple((int(i), float(w)) for i, w in enumerate(weights))
    return Objective((Term(CENTRE, pairs, len(weights)),))


def class_unit(index: int) -> Objective:
    """A unit of a dense layer, before its softmax: a class."""
    return filter(index)
