"""Describes the objectives of an ascent and the images that it changes."""

import dataclasses
from collections.abc import Callable, Sequence

import tensorflow as tf

from tb_actmax.maximizer.ascent.scene import Scene, find_scene
from tb_actmax.maximizer.image.canvas import Canvas
from tb_actmax.network.image_model import ImageModel
from tb_actmax.network.target import Target
from tb_actmax.objectives.terms import Readout

# Takes images (n, height, width, channels) and returns such images.
Transform = Callable[[tf.Tensor], tf.Tensor]


def check_transforms(
    transforms: Sequence[Transform] | None,
) -> tuple[Transform, ...]:
    """Returns transforms as a tuple, which is empty for `None`.

    Raises:
        ValueError: If they are not a list of functions.
    """
    if transforms is None:
        return ()
    listed = isinstance(transforms, Sequence)
    if not listed or not all(map(callable, transforms)):
        raise ValueError(
            "transforms must be a list of functions of images, for instance "
            f"[keras.layers.RandomFlip()], not {transforms!r:.60}."
        )
    return tuple(transforms)


@dataclasses.dataclass(frozen=True)
class Problem:
    """The kind of objectives of an ascent, the layers and the images.

    Attributes:
        model: The model; its weights are read at each call.
        targets: The layers, in the order in which the model runs them. Several
            are run at once: the first images are those of the first layer.
        readouts: How each term of the objectives is read out of the layer's
            map.
        diverse: Whether the images of one run should differ from each other.
        canvas: Turns coefficients into images.
        input_size: Size of one input of the model, (rows, columns) or (slices,
            rows, columns).
        moved: Whether images are moved before the network sees them.
        wide: Whether movements show more than the image.
        transforms: The user's transforms, applied after the movements.
        crops: Whether the network may run on a part of an input.
        views: Number of views of an image in each step.
        pulled: Whether images are pulled towards features of exemplars.
        leak: Share of the gradient that closed ReLUs pass in all steps, at
            most; less if there are many.
    """

    model: ImageModel
    targets: tuple[Target, ...]
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
    leak: float = 0.0

    @property
    def target(self) -> Target:
        """The deepest layer."""
        return self.targets[-1]

    def scenes(self) -> list[Scene]:
        """Returns the part of an input that each layer needs.

        The network runs on that part. It is the same for all layers; their
        units have other positions.
        """
        return [
            find_scene(
                target,
                self.readouts,
                self.canvas.size,
                self.input_size,
                self.crops,
            )
            for target in self.targets
        ]
