"""A layer whose filters can be maximized."""

import dataclasses
import math
from collections.abc import Iterable, Sequence

import keras

from tb_actmax.network.receptive_field.field import Field
from tb_actmax.network.sources import Source


@dataclasses.dataclass(frozen=True)
class Target:
    """A layer whose filters can be maximized."""

    path: str  # names from the model to the layer, joined by "/"
    layer: keras.layers.Layer
    call: int  # index among the layer's calls
    order: int  # in which the model runs its layers
    filters: int  # channels of the output, or units
    channels_first: bool  # of the output
    # Size of the map for an input of the declared size, (rows, columns) or
    # (slices, rows, columns).
    positions: tuple[int, ...] | None
    # Follows directly, and sets the sign and offset of each filter.
    normalization: keras.layers.BatchNormalization | None
    field: Field  # on the image of the declared size
    input_field: Field | None = None  # of the layer's input, if a single tensor
    convolution: bool = False  # from Keras or written by the user
    hidden: bool = False  # whether it is a dense layer with an activation
    rectified: bool = False  # whether a ReLU sets negative responses to 0
    # Whether no layer with weights follows, so that its units may be the
    # classes.
    last: bool = False
    source: Source | None = None  # whose filters the layer reads
    work: float = 0.0  # about the multiplications from an image to it
    pictures: bool = True  # whether rows and columns of an input form one
    # Whether the layer sees each frame of a video by itself; its images and
    # fields are those of a frame.
    framed: bool = False

    def is_class_layer(self, class_names: Sequence[str] | None) -> bool:
        """Returns whether the filters are the classes with these names."""
        return self.last and len(class_names or ()) == self.filters

    @property
    def spatial(self) -> bool:
        """Whether the output has positions."""
        return self.positions is not None

    @property
    def kind(self) -> str:
        """The layer's class, "Conv2D" for instance."""
        return type(self.layer).__name__


def positions_of(sizes: Iterable[int], axes: int) -> tuple[int, ...] | None:
    """Returns the size of a layer's map, with as many axes as the image has.

    Tokens and signals form one row. If the output has more axes than the image,
    the last ones are merged. `sizes` are those of the output without batch and
    filters.
    """
    sizes = list(sizes)
    if not sizes:
        return None
    sizes = [1] * (axes - len(sizes)) + sizes
    return (*sizes[: axes - 1], math.prod(sizes[axes - 1 :]))
