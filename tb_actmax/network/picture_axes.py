"""Determines whether rows and columns of an input form a picture.

A picture that is rotated or scaled a little is still a picture. A recording of
electrodes by time is not, because each row is another electrode.
"""

from collections.abc import Sequence

import keras

from tb_actmax.compatibility import flatten_layers

_LONGEST = 4  # times that a picture is as long as wide, at most


def are_pictures(model: keras.Model, size: tuple[int, ...]) -> bool:
    """Returns whether inputs are pictures, judged by size and kernels.

    They are not if one side is more than four times as long as the other, if no
    kernel covers more than one row and one column, or if a kernel covers one
    axis fully and the other partly.
    """
    size = size[-2:]
    if len(size) < 2:
        return False
    if not has_sides_of_a_picture(size):
        return False
    kernels = [
        kernel[-2:]
        for layer in flatten_layers(model)
        for kernel in _kernels(layer)
    ]
    mixing = [kernel for kernel in kernels if max(kernel) > 1]
    if mixing and all(min(kernel) == 1 for kernel in mixing):
        return False
    return not any(_spans_one_axis(kernel, size) for kernel in mixing)


def has_sides_of_a_picture(size: Sequence[int]) -> bool:
    """Returns whether the longer side is at most four times the other."""
    height, width = size[:2]
    return max(height, width) <= _LONGEST * min(height, width)


def _kernels(layer: keras.layers.Layer) -> list[tuple[int, ...]]:
    """Returns the kernel size of a convolution over two or more axes.

    In a user's own layer, `kernel_size` may mean anything.
    """
    size = getattr(layer, "kernel_size", None)
    if not isinstance(size, tuple | list) or len(size) < 2:
        return []
    return [tuple(size)] if all(isinstance(taps, int) for taps in size) else []


def _spans_one_axis(kernel: tuple[int, ...], size: tuple[int, ...]) -> bool:
    whole = [taps == length for taps, length in zip(kernel, size, strict=True)]
    return any(whole) and not all(whole)
