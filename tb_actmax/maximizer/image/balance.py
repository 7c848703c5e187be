"""Gives coefficients the energy of the data, ring by ring, colour by colour.

Left alone, an ascent puts most of an image into what excites a unit most
easily: fine grain and saturated colours, of which real inputs have little.
"""

import numpy as np
import tensorflow as tf

from tb_actmax.data.energy import Energy
from tb_actmax.data.spectrum import multiplicities

# What lacks is lifted in part: an image need not have all that the data have.
_LIFTED = 0.8


def balanced(
    coefficients: tf.Tensor, energy: Energy, kept: tf.Tensor | None = None
) -> tf.Tensor:
    """Scales coefficients by ring and colour towards the energy of the data.

    Where there is more than the data's share, it is taken back; where there
    is less, it is lifted in part. The scales are part of the image: gradients
    go through them.

    Args:
        coefficients: (n, channels, *frequencies, 2), of the colours that the
            energy is given for.
        energy: The energy of the data.
        kept: Share of the amplitude that a cutoff leaves of each frequency,
            (*frequencies), which the coefficients have been multiplied by;
            `None` for all of it.
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
