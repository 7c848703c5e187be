"""A layer whose filters can be maximized."""

import dataclasses
import math
from collections.abc import Iterable, Sequence

import keras

from tb_actmax.network.receptive_field.field import Field
from tb_actmax.network.sources import Source


@dataclasses.dataclass(frozen=True)
class Target:
    """A layer whose filters can be maximized.

    Attributes:
        path: Names from the model to the layer, joined by "/".
        layer: The layer.
        call: Index of the layer's call, 0 for the first.
        order: Position in the order in which the model runs its layers.
        filters: Number of filters (channels of the output, or units).
        channels_first: Whether the layer's output has its channels first.
        positions: Size of the map for an input of the declared size, (rows,
            columns) or (slices, rows, columns); `None` for an output without
            positions.
        normalization: The batch normalization that follows directly and sets
            the sign and offset of each filter, or `None`.
        field: The receptive field on the image of the declared size.
        input_field: The receptive field of the layer's input, if it is a single
            tensor.
        convolution: Whether the layer is a convolution, from Keras or written
            by the user.
        hidden: Whether the layer is a dense layer with an activation.
        rectified: Whether a ReLU follows, which sets negative responses to
            zero.
        last: Whether no layer with weights follows, so that its units may be
            the classes.
        source: The convolution whose filters the layer reads, if there is
            one.
        work: Approximate number of multiplications from an image to the layer.
        pictures: Whether rows and columns of an input form a picture.
        framed: Whether the layer sees each frame of a video by itself; its
            images and fields are those of a frame.
    """

    path: str
    layer: keras.layers.Layer
    call: int
    order: int
    filters: int
    channels_first: bool
    positions: tuple[int, ...] | None
    normalization: keras.layers.BatchNormalization | None
    field: Field
    input_field: Field | None = None
    convolution: bool = False
    hidden: bool = False
    rectified: bool = False
    last: bool = False
    source: Source | None = None
    work: float = 0.0
    pictures: bool = True
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
    the last ones are merged.

    Args:
        sizes: Sizes of the axes of the layer's output, without batch and
            filters.
        axes: Number of spatial axes of the image.
    """
    sizes = list(sizes)
    if not sizes:
        return None
    sizes = [1] * (axes - len(sizes)) + sizes
    return (*sizes[: axes - 1], math.prod(sizes[axes - 1 :]))
