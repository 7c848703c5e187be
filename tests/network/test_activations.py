"""The maps of a layer as they are read."""

import keras
import numpy as np
import tensorflow as tf

from tb_actmax.data.fitting import fit
from tb_actmax.network import activations
from tb_actmax.network.layers import find_targets


def test_recurrent_convolutions_are_read_after_their_normalization():
    """Their activation is part of each step and cannot be left out."""
    keras.utils.set_random_seed(0)
    videos = np.random.default_rng(0).random((6, 3, 8, 8, 1), "float32")
    model = keras.Sequential(
        [
            keras.Input((3, 8, 8, 1)),
            keras.layers.ConvLSTM2D(
                4, 3, activation="relu", return_sequences=True, name="recurrent"
            ),
            keras.layers.BatchNormalization(),
        ]
    )
    variance = np.array([0.1, 0.2, 0.3, 0.4])
    model.layers[1].set_weights([2 * variance, variance, variance, variance])
    fitted = fit(model, videos)
    target = find_targets(fitted.model, fitted.shape)["recurrent"]
    assert target.normalization is model.layers[1]
    found = tf.function(lambda x: activations.maps(fitted.model, target, x))(
        tf.constant(videos)
    )
    np.testing.assert_allclose(
        found, model.predict_on_batch(videos), rtol=1e-3, atol=1e-5
    )
