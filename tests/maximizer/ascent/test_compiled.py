"""Where XLA may compile the network, images stay and what fails is plain."""

import keras
import numpy as np
import pytest

from tb_actmax.data.fitting import fit
from tb_actmax.maximizer.ascent import compiled
from tb_actmax.maximizer.layer_maximizer import LayerMaximizer
from tb_actmax.network import layers
from tb_actmax.network.selection import choose_objectives


@pytest.fixture
def on_gpu(monkeypatch):
    """As on a machine with a GPU; gives whether compiled steps were taken."""
    taken, choose = [], compiled.faster

    def faster(plain, trace, inputs):
        step = choose(plain, trace, inputs)
        taken.append(step is not plain)
        return step

    # The compiled one wins the race: what is tested is that it is right.
    times = iter([1.0, 2.0])
    monkeypatch.setattr(compiled, "worth_trying", lambda: True)
    monkeypatch.setattr(compiled, "faster", faster)
    monkeypatch.setattr(
        compiled, "_seconds", lambda step, some: (step(*some), next(times))[1]
    )
    return taken


def images_of(model, digits, layer):
    fitted = fit(model, digits)
    target = layers.find_targets(fitted.model, fitted.shape)[layer]
    chosen = choose_objectives(target, 4)
    return LayerMaximizer(fitted, target, chosen).cold(4).images


def test_a_compiled_network_gives_the_same_images(
    network, digits, on_gpu, monkeypatch
):
    found = images_of(network(), digits, "conv2")
    assert on_gpu == [True]
    on_gpu.clear()
    monkeypatch.setattr(compiled, "worth_trying", lambda: False)
    plain = images_of(network(), digits, "conv2")
    assert on_gpu == []
    np.testing.assert_allclose(found, plain, atol=1e-3)


def test_what_cannot_be_compiled_stays_plain(digits, on_gpu):
    class Outside(keras.layers.Layer):
        """Rotates colours by code that XLA does not know."""

        def call(self, inputs):
            import tensorflow as tf

            flat = tf.raw_ops.ImageProjectiveTransformV3(
                images=inputs,
                transforms=[[1.0, 0, 1, 0, 1, 0, 0, 0]],
                output_shape=tf.shape(inputs)[1:3],
                fill_value=0.0,
                interpolation="BILINEAR",
            )
            return tf.ensure_shape(flat, inputs.shape)

    keras.utils.set_random_seed(0)
    model = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            Outside(),
            keras.layers.Conv2D(4, 5, name="conv"),
        ]
    )
    assert np.isfinite(images_of(model, digits, "conv")).all()
    assert on_gpu == [False]
