"""The objectives of an ascent, and the images that it maximizes them on."""

import dataclasses
from collections.abc import Callable

import tensorflow as tf

from tb_actmax.maximizer.ascent.scene import Scene, find_scene
from tb_actmax.maximizer.image.canvas import Canvas
from tb_actmax.network.image_model import ImageModel
from tb_actmax.network.target import Target
from tb_actmax.objectives.terms import Readout

# Takes images (n, height, width, channels) and returns such images.
Transform = Callable[[tf.Tensor], tf.Tensor]


@dataclasses.dataclass(frozen=True)
class Problem:
    """The kind of objectives of an ascent, the layer and the images.

    Attributes:
        model: The model; its weights are read as they are at each call.
        target: The layer.
        readouts: How each term of the objectives is read out of its map.
        diverse: Whether the images of one run are to differ from each other.
        canvas: Makes images of coefficients.
        input_size: Size of one input of the model, (rows, columns) or (slices,
            rows, columns).
        moved: Whether images are moved before the network sees them.
        wide: Whether movements show more than the image.
        transforms: The user's transforms, applied after the movements.
        crops: Whether the network may be run on a part of an input.
        views: Movements of an image in one step.
        pulled: Whether images are pulled towards features of exemplars.
    """

    model: ImageModel
    target: Target
    readouts: tuple[Readout, ...]
    diverse: bool
    canvas: Canvas
    input_size: tuple[int, ...]
    moved: bool
    wide: bool
    transforms: tuple[Transform, ...] = ()
    crops: bool = True
    views: int = 1
    pulled: bool = False

    def scene(self) -> Scene:
        """Returns what the network is run on."""
        return find_scene(
            self.target,
            self.readouts,
            self.canvas.size,
            self.input_size,
            self.crops,
        )
