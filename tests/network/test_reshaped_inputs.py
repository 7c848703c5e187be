"""Models that reshape their inputs: images enter the first convolution.

The score of an image is compared with that of a plain model of the same
weights, which takes what the first convolution sees.
"""

import keras
import numpy as np
import pytest
import tensorflow as tf
from support.watched import callback, events, lines

import tb_actmax

L, ops = keras.layers, keras.ops
random = np.random.default_rng(0)


def check(model, plain, probe, turned, shape, scale=lambda x: x, layer="conv"):
    """Compares a model with a plain one.

    Args:
        model: The model that reshapes.
        plain: A model of the same layers without the reshape.
        probe: Inputs of the first.
        turned: The same as inputs of the second, before `scale`.
        shape: Shape of an image.
        scale: What the first does to its inputs.
    """
    found = tb_actmax.maximize(model, layer, 2, probe=probe, steps=8)
    assert found.images.shape == (2, *shape)
    assert turned.min() - 0.1 < found.images.min()
    assert found.images.max() < turned.max() + 0.1
    plain.set_weights(model.get_weights()[-len(plain.get_weights()) :])
    images = scale(found.images)
    whole = np.empty((2, *plain.input_shape[1:]), "float32")
    if whole.ndim == 3:
        images = images[:, 0]
    if images.shape == whole.shape:
        values = plain(images).numpy()
    else:
        inner = keras.Model(plain.inputs[0], plain.get_layer(layer).output)
        whole[:] = scale(turned.mean(axis=tuple(range(turned.ndim - 1))))
        middle = tuple(
            slice((n - m) // 2, (n - m) // 2 + m)
            for n, m in zip(whole.shape[1:-1], images.shape[1:-1], strict=True)
        )
        whole[(slice(None), *middle)] = images
        values = inner(whole).numpy()
        unit = tuple(part.start for part in middle)
        values = values[(slice(None), *unit)]
    values = values[np.arange(2), found.filters]
    np.testing.assert_allclose(values, found.scores, rtol=1e-3, atol=1e-4)


def behind():
    return [
        L.Conv2D(4, 5, name="conv"),
        L.GlobalMaxPooling2D(),
        L.Dense(3, name="classes"),
    ]


def plain():
    return keras.Sequential([keras.Input((20, 20, 1)), *behind()])


def sequential(shape, *front):
    keras.utils.set_random_seed(0)
    return keras.Sequential([keras.Input(shape), *front, *behind()])


def pictures(*shape):
    return random.random((32, *shape), "float32")


@pytest.mark.parametrize("layer, shape", [("conv", 5), ("classes", 20)])
@pytest.mark.parametrize("size", [(20, 20), (400,)])
def test_a_reshape(size, layer, shape):
    probe = pictures(*size)
    check(
        sequential(size, L.Reshape((20, 20, 1))),
        plain(),
        probe,
        probe.reshape(-1, 20, 20, 1),
        (shape, shape, 1),
        layer=layer,
    )


@pytest.mark.parametrize(
    "front, factor",
    [
        ([L.Rescaling(1 / 255), L.Reshape((20, 20, 1))], 255),
        ([L.Reshape((20, 20, 1)), L.Rescaling(1 / 255)], 255),
        ([L.Lambda(lambda x: ops.expand_dims(x, -1) / 2 - 1)], 1),
        ([L.Normalization(None, 0.5, 4), L.Reshape((20, 20, 1))], 1),
    ],
    ids=["scaled", "scaled behind", "in a layer", "normalized"],
)
def test_scaling_is_applied_to_images(front, factor):
    probe = factor * pictures(20, 20)
    model = sequential((20, 20), *front)

    def scale(images):
        if isinstance(front[0], L.Normalization):
            return (images - 0.5) / 2
        return images / 2 - 1 if factor == 1 else images / factor

    check(model, plain(), probe, probe[..., None], (5, 5, 1), scale)


def test_a_reshape_in_the_call_of_a_subclassed_model():
    class Net(keras.Model):
        def __init__(self):
            super().__init__()
            self.parts = behind()

        def call(self, inputs):
            maps = tf.reshape(inputs, (-1, 20, 20, 1))
            for part in self.parts:
                maps = part(maps)
            return maps

    probe = pictures(400)
    model = Net()
    model(probe[:1])
    turned = probe.reshape(-1, 20, 20, 1)
    check(model, plain(), probe, turned, (5, 5, 1))


@pytest.mark.parametrize("raw", [(300,), (3, 100)])
def test_signals(raw):
    """Raw audio has no channel axis; other signals have channels first."""
    shape = (300, 1) if len(raw) == 1 else (100, 3)
    front = L.Reshape(shape) if len(raw) == 1 else L.Permute((2, 1))

    def behind():
        return [L.Conv1D(4, 9, name="conv"), L.GlobalMaxPooling1D(), L.Dense(2)]

    model = keras.Sequential([keras.Input(raw), front, *behind()])
    plain = keras.Sequential([keras.Input(shape), *behind()])
    probe = pictures(*raw)
    turned = np.asarray(front(probe))
    check(model, plain, probe, turned, (1, 9, shape[1]))


def test_electrodes_and_volumes():
    def flat():
        return [L.Conv2D(4, (1, 9), name="conv"), L.GlobalMaxPooling2D()]

    model = keras.Sequential(
        [
            keras.Input((60, 8)),
            L.Permute((2, 1)),
            L.Reshape((8, 60, 1)),
            *flat(),
        ]
    )
    probe = pictures(60, 8)
    turned = probe.transpose(0, 2, 1)[..., None]
    plain = keras.Sequential([keras.Input((8, 60, 1)), *flat()])
    check(model, plain, probe, turned, (1, 9, 1))

    def solid():
        return [L.Conv3D(4, 3, name="conv"), L.GlobalMaxPooling3D()]

    model = keras.Sequential(
        [keras.Input((9, 9, 9)), L.Reshape((9, 9, 9, 1)), *solid()]
    )
    plain = keras.Sequential([keras.Input((9, 9, 9, 1)), *solid()])
    probe = pictures(9, 9, 9)
    check(model, plain, probe, probe[..., None], (3, 3, 3, 1))


def test_without_a_probe():
    found = tb_actmax.maximize(
        sequential((400,), L.Reshape((20, 20, 1))), "conv", 2, steps=2
    )
    assert found.images.shape == (2, 5, 5, 1)


def test_a_training_on_rows_of_numbers(tmp_path, caplog):
    probe = pictures(400)
    model = sequential((400,), L.Reshape((20, 20, 1)))
    model.compile("sgd", "mse")
    own = callback(tmp_path, probe, layers=["conv", "classes"])
    model.fit(probe, np.zeros((32, 3)), verbose=0, callbacks=[own])
    assert not lines(caplog)
    header = events(tmp_path)["conv", 1].header
    assert (header["height"], header["width"]) == (5, 5)
    assert all("exemplars" in entry for entry in header["filters"])


def test_rows_of_numbers_that_are_no_image():
    model = keras.Sequential([keras.Input((7,)), L.Dense(3, name="d")])
    with pytest.raises(ValueError, match=r"\(None, 7\)"):
        tb_actmax.maximize(model, "d", 1)


@pytest.mark.parametrize("built", [True, False])
def test_pictures_without_channels_that_are_flattened(built):
    """The units of a perceptron see pictures, not 20 curves."""
    probe = pictures(20, 20)
    units = [L.Dense(6, "relu", name="hidden"), L.Dense(3, name="classes")]
    front = (
        L.Flatten() if built else L.Lambda(lambda x: ops.reshape(x, (-1, 400)))
    )
    model = keras.Sequential([front, *units])
    model(probe[:1])
    found = tb_actmax.maximize(model, "hidden", "all", probe=probe, steps=8)
    assert found.images.shape == (6, 20, 20, 1)
    kernel, bias = units[0].get_weights()
    values = found.images.reshape(6, -1) @ kernel + bias
    np.testing.assert_allclose(np.diag(values), found.scores, rtol=1e-3)
    plain = keras.Sequential([keras.Input((20, 20, 1)), L.Flatten(), *units])
    same = tb_actmax.maximize(
        plain, "hidden", "all", probe=probe[..., None], steps=8
    )
    np.testing.assert_allclose(same.images, found.images, atol=1e-4)


def test_rows_at_positions_are_no_picture():
    """Keras flattens positions inside a dense layer."""
    model = keras.Sequential(
        [
            keras.Input((20, 20)),
            L.Dense(4, name="each"),
            L.GlobalMaxPooling1D(),
            L.Dense(2),
        ]
    )
    found = tb_actmax.maximize(model, "each", 2, probe=pictures(20, 20))
    assert found.images.shape == (2, 1, 1, 20)


def test_long_signals_that_are_flattened_are_no_picture():
    model = keras.Sequential(
        [keras.Input((90, 3)), L.Flatten(), L.Dense(4, name="units")]
    )
    found = tb_actmax.maximize(model, "units", 2, probe=pictures(90, 3))
    assert found.images.shape == (2, 1, 90, 3)


def test_each_pixel_is_normalized_by_itself():
    """Images hold normalized pixels, as the convolution sees them."""
    probe = pictures(400) * np.linspace(1, 9, 400, dtype="float32")
    normalization = L.Normalization()
    normalization.adapt(probe)
    model = sequential((400,), normalization, L.Reshape((20, 20, 1)))
    turned = np.asarray(normalization(probe)).reshape(-1, 20, 20, 1)
    check(model, plain(), probe, turned, (5, 5, 1))
    check(model, plain(), probe, turned, (20, 20, 1), layer="classes")


class Spectrum(L.Layer):
    """Computes spectrograms of raw audio."""

    def call(self, waves):
        return tf.abs(tf.signal.stft(waves, 32, 16))[..., None]


def test_spectrograms_of_raw_audio_inside_the_model():
    """Images are whole inputs, because fields in a spectrogram are unknown."""
    waves = random.normal(size=(32, 320)).astype("float32")
    conv = L.Conv2D(4, 3, name="conv")
    behind = [conv, L.GlobalMaxPooling2D(), L.Dense(3, name="classes")]
    model = keras.Sequential([keras.Input((320,)), Spectrum(), *behind])
    found = tb_actmax.maximize(model, "classes", 2, probe=waves, steps=8)
    assert found.images.shape == (2, 1, 320, 1)
    values = model.predict_on_batch(found.images[:, 0, :, 0])
    np.testing.assert_allclose(
        values[np.arange(2), found.filters], found.scores, rtol=1e-3
    )


def test_latent_vectors_are_no_signal():
    model = keras.Sequential(
        [
            keras.Input((16,)),
            L.Dense(64),
            L.Reshape((4, 4, 4)),
            L.Conv2DTranspose(4, 3, name="conv"),
        ]
    )
    vectors = random.normal(size=(32, 16)).astype("float32")
    with pytest.raises(ValueError, match="rows of 16 numbers"):
        tb_actmax.maximize(model, "conv", 1, probe=vectors)
