"""Gives coefficients the energy of the data in each ring and colour.

Without this, an ascent puts most of an image's energy into whatever excites a
unit most easily: fine grain and saturated colours, which are rare in real
inputs.
"""

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from tb_actmax.data.energy import Energy
from tb_actmax.data.spectrum import multiplicities

# Missing energy is raised in part: an image need not have all that the data
# have.
_LIFTED = 0.8


def balanced(
    coefficients: tf.Tensor, energy: Energy, kept: tf.Tensor | None = None
) -> tf.Tensor:
    """Scales coefficients by ring and colour towards the energy of the data.

    Energy above the data's share is reduced, and energy below it is raised in
    part. The scales are part of the image: gradients pass through them. The
    coefficients (n, channels, *frequencies, 2) are in the directions of colour
    of `energy`; `kept` are the factors of a cutoff that they were multiplied
    by, (*frequencies).
    """
    channels, rings = energy.shares.shape
    belongs = np.eye(rings, dtype=np.float32)[energy.rings.ravel()]
    counts = multiplicities(energy.size).ravel().astype(np.float32)
    flat = tf.reshape(coefficients, (-1, channels, len(counts), 2))
    found = tf.matmul(
        tf.reduce_sum(tf.square(flat), axis=-1) * counts, belongs
    )  # (n, channels, rings)
    found /= tf.reduce_sum(found, axis=(1, 2), keepdims=True) + 1e-20
    wanted = tf.constant(energy.shares)
    if kept is not None:
        left = tf.matmul(tf.reshape(tf.square(kept), (1, -1)) * counts, belongs)
        wanted *= left / np.maximum(counts @ belongs, 1)
        wanted /= tf.reduce_sum(wanted)
    ratio = tf.math.log(wanted / (found + 1e-12) + 1e-12)
    ratio = tf.where(ratio > 0, _LIFTED * ratio, ratio)
    gain = tf.matmul(tf.exp(ratio / 2), belongs, transpose_b=True)
    return tf.reshape(flat * gain[..., None], tf.shape(coefficients))


def muted(signal: tf.Tensor, most: npt.NDArray[np.float32]) -> tf.Tensor:
    """Weakens colours that are stronger over the whole image than in the data.

    Real inputs have strong colours in few places. With the same energy, evenly
    coloured images look more colourful.

    Args:
        signal: (n, channels, pixels), in the directions of colour of an
            `Energy`.
        most: Largest mean magnitude along each direction but the first, which
            is brightness, relative to the root mean square of the signal,
            (channels - 1,).
    """
    brightness, tints = signal[:, :1], signal[:, 1:]
    power = tf.reduce_mean(tf.square(signal), axis=(1, 2), keepdims=True)
    found = tf.reduce_mean(tf.abs(tints), axis=2, keepdims=True)
    found *= tf.math.rsqrt(power + 1e-20)
    tints *= tf.minimum(1.0, most[:, None] / (found + 1e-9))
    return tf.concat([brightness, tints], axis=1)
