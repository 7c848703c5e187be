"""Finds how to draw inputs of three channels in colour."""

from typing import Literal, TypeAlias

import numpy as np
import numpy.typing as npt

from tb_actmax.records.colours import Colours

Array = npt.NDArray[np.float32]
ChannelOrder: TypeAlias = Literal["rgb", "bgr"]

# The values that `preprocess_input` of keras.applications subtracts, and
# divides by.
_CAFFE = np.array([103.939, 116.779, 123.68])  # of blue, green and red
_TORCH = np.array([0.485, 0.456, 0.406]), np.array([0.229, 0.224, 0.225])
_EXACT = 0.004  # of the range: how near to black the darkest pixel must be
_CENTRED = 0.1  # of the deviation: how near to 0 the mean of a channel must be


def find_colours(
    images: Array, order: ChannelOrder | None = None
) -> Colours | None:
    """Finds how to draw inputs (n, ..., channels) in colour.

    In inputs prepared by the `preprocess_input` of VGG or ResNet, the darkest
    pixel lies at minus the mean of ImageNet. Other inputs that are centred in
    each channel are drawn from the smallest to the largest value of that
    channel.

    Without an `order` of the channels, BGR inputs made by `preprocess_input`
    are recognized, and others assumed to be RGB. Returns `None` for RGB with
    the same range in all channels, or if there are not three channels.
    """
    if images.shape[-1] != 3:
        return None
    flat = images.reshape(-1, 3)
    low, high = flat.min(axis=0), flat.max(axis=0)
    mean, scale = _TORCH
    if _begins_at(low, -_CAFFE, 255.0) or (
        order == "bgr" and _lies_in(low, high, -_CAFFE, 255 - _CAFFE)
    ):
        black, white = -_CAFFE, 255 - _CAFFE
        order = order or "bgr"
    elif _begins_at(low, -mean / scale, 1 / scale):
        black, white = -mean / scale, (1 - mean) / scale
    elif _is_centred(flat) and (low < high).all():
        black, white = low, high
    elif order == "bgr":
        black = np.full(3, low.min())
        white = np.full(3, high.max())
    else:
        return None
    ends = tuple(map(float, black)), tuple(map(float, white))
    if order != "bgr" and all(len(set(end)) == 1 for end in ends):
        return None
    return Colours(order or "rgb", *ends)


def _begins_at(
    low: Array, black: npt.NDArray[np.float64], span: npt.ArrayLike
) -> bool:
    return bool(np.all(np.abs(low - black) <= _EXACT * np.asarray(span)))


def _lies_in(
    low: Array,
    high: Array,
    black: npt.NDArray[np.float64],
    white: npt.NDArray[np.float64],
) -> bool:
    """Returns whether values fill much of a range and do not leave it."""
    inside = np.all(low >= black - 1) and np.all(high <= white + 1)
    return bool(inside and np.all(high - low > (white - black) / 4))


def _is_centred(flat: Array) -> bool:
    mean, deviation = flat.mean(axis=0), flat.std(axis=0)
    return bool(np.all(np.abs(mean) <= _CENTRED * deviation))
