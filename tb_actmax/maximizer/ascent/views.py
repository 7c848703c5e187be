"""Places images in an input and moves them, for the network to see."""

from collections.abc import Sequence

import tensorflow as tf

from tb_actmax.maximizer.ascent.problem import Problem, Transform
from tb_actmax.maximizer.ascent.scene import centred, surrounded
from tb_actmax.maximizer.image import warp
from tb_actmax.maximizer.image.canvas import Canvas
from tb_actmax.network.positions import crop
from tb_actmax.objectives.terms import WHOLE, Function, Readout


def as_seen(
    problem: Problem, images: tf.Tensor, moves: tf.Tensor
) -> tuple[tf.Tensor, list[tuple[Readout, ...]]]:
    """Returns the network's inputs, and how to read each layer's map.

    Args:
        problem: The problem.
        images: (n, *drawn, channels).
        moves: The movement of each.
    """
    scenes, mean = problem.scenes(), problem.canvas.statistics.mean
    scene, readouts = scenes[0], [scene.readouts for scene in scenes]
    around = mean if problem.wide else None
    shown = drawn_part(problem.canvas, scene.slices)
    if problem.transforms:
        seen = (
            warp.apply(images, moves, None, around) if problem.moved else images
        )
        for transform in problem.transforms:
            seen = _transformed(transform, seen)
        if all(r == WHOLE or isinstance(r, Function) for r in scene.readouts):
            return seen, readouts  # of any size
        seen = crop(centred(seen, problem.canvas.drawn, mean), shown)
    elif problem.moved:
        seen = warp.apply(images, moves, shown, around)
    else:
        return standing(problem, images), readouts
    return surrounded(seen, scene.margins, mean), readouts


def standing(problem: Problem, images: tf.Tensor) -> tf.Tensor:
    """Returns the network's inputs for images that are not moved.

    Args:
        problem: The problem.
        images: (n, *drawn, channels).
    """
    scene, mean = problem.scenes()[0], problem.canvas.statistics.mean
    seen = crop(images, drawn_part(problem.canvas, scene.slices))
    return surrounded(seen, scene.margins, mean)


def drawn_part(canvas: Canvas, slices: Sequence[slice]) -> tuple[slice, ...]:
    """Converts slices of the image to slices of the drawn image."""
    return tuple(
        slice(part.start + more, part.stop + more)
        for part, more in zip(slices, canvas.margin, strict=True)
    )


def _transformed(transform: Transform, images: tf.Tensor) -> tf.Tensor:
    found = tf.convert_to_tensor(transform(images))
    name = getattr(transform, "__name__", type(transform).__name__)
    if (
        found.shape.rank != images.shape.rank
        or found.shape[-1] != images.shape[-1]
        or not found.shape[1:].is_fully_defined()
    ):
        raise ValueError(
            f"The transform {name!r} turns images {images.shape} into "
            f"{found.shape}. It must keep the number of axes and the "
            "channels, and return a size that is known when it is traced."
        )
    return found
