"""Makes images of a single pixel, the window of a 1 x 1 convolution.

They have no shape, only the values of their channels. Their distance from the
data's mean is fixed, a little more than that of the farthest pixels in the
data, so that the ascent changes only their direction: the weights of the
channels.
"""

import tensorflow as tf

from tb_actmax.data.statistics import Statistics
from tb_actmax.maximizer.image.clipping import clipped

_BEYOND = 1.1  # how far a pixel goes beyond the data's farthest
_SMALL = 1.0  # squared coefficients beside which a direction is not full yet


def pixels(
    signal: tf.Tensor,
    contrast: tf.Tensor,
    distance: float,
    statistics: Statistics,
    leak: tf.Tensor | float,
) -> tf.Tensor:
    """Makes pixels (n, channels) in the network's input range.

    `signal` are directions from the data's mean, (n, channels, 1). `distance`
    is the root mean square distance from that mean over all channels; a single
    channel is as far from it as the brightest and darkest pixels of an input.
    `contrast` is a share of the distance, and `leak` of the gradient of clipped
    values.
    """
    power = tf.reduce_mean(tf.square(signal), axis=1, keepdims=True)
    # Smooth at zero, where the value of a single channel changes its sign.
    direction = (signal * tf.math.rsqrt(power + _SMALL))[:, :, 0]
    low, high = statistics.low, statistics.high
    reach: tf.Tensor | float = _BEYOND * distance
    if len(statistics.mean) == 1:
        low, high = statistics.extremes()
        ends = high - statistics.mean, statistics.mean - low
        reach = tf.where(direction > 0, *ends)
    return clipped(
        contrast * reach * direction + statistics.mean, low, high, leak
    )
