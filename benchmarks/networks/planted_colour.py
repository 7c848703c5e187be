"""A colour network with planted filters.

Layer 1 holds Gabors in lightness, red against green and blue against yellow;
layer 2 holds matched filters of lines in three colours, on grey.
"""

import numpy as np

from benchmarks.networks import planted_grey
from benchmarks.networks.trained import Case

_AXES = np.array([[1, 1, 1], [1, -1, 0], [-0.5, -0.5, 1]])
_AXES = _AXES / np.linalg.norm(_AXES, axis=1, keepdims=True)
_INK = np.array([[0.45] * 3, [0.35, -0.3, -0.05], [-0.2, -0.15, 0.4]])
_GROUND = 0.5
_SHAPES = (0, 3, 4, 7, 8, 9, 10, 14)  # among the grey drawings


def gabors():
    """Returns kernels (16, 9, 9, 3), orientations (16,), colours (16, 3)."""
    kinds = [(angle, 0, 5.0) for angle in planted_grey.ORIENTATIONS]
    kinds += [
        (angle, axis, 6.0)
        for axis in (1, 2)
        for angle in planted_grey.ORIENTATIONS[::2]
    ]
    kernels = [
        planted_grey.gabor(angle, wave)[..., None] * _AXES[axis]
        for angle, axis, wave in kinds
    ]
    angles = np.array([angle for angle, _, _ in kinds])
    return np.stack(kernels), angles, _AXES[[axis for _, axis, _ in kinds]]


def drawings():
    """Returns lines in three colours on grey, (24, 22, 22, 3) in [0, 1]."""
    shapes = planted_grey.drawings()[list(_SHAPES)]
    return np.concatenate(
        [_GROUND + shapes[..., None] * ink for ink in _INK]
    ).astype(np.float32)


def cases():
    """Returns both layers with their templates."""
    kernels, angles, colours = gabors()
    shapes = drawings()
    model = planted_grey.network(kernels, shapes)
    random = np.random.default_rng(0)
    # Each drawing appears lighter than the ground and darker.
    signed = np.concatenate([shapes, 2 * _GROUND - shapes])
    probe = np.full(
        (256, planted_grey.SIZE, planted_grey.SIZE, 3), _GROUND, np.float32
    )
    probe = planted_grey.place(probe, np.clip(signed, 0, 1), random)
    probe += random.normal(scale=0.02, size=probe.shape)
    probe = np.clip(probe, 0, 1).astype(np.float32)
    return [
        Case(
            "planted RGB 1",
            model,
            "conv1",
            planted_grey.KERNEL,
            probe,
            kernels,
            orientations=angles,
            colours=colours,
        ),
        Case(
            "planted RGB 2", model, "conv2", planted_grey.FIELD, probe, shapes
        ),
    ]
