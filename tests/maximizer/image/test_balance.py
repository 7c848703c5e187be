"""Images that have the data's energy at each frequency and in each colour."""

import dataclasses

import numpy as np
import pytest
import tensorflow as tf

from tb_actmax.data.energy import energy_of
from tb_actmax.data.spectrum import summed_power
from tb_actmax.data.statistics import measure_statistics
from tb_actmax.maximizer.image.canvas import Canvas
from tb_actmax.measures.change import correlation

SIZE = (32, 32)


@pytest.fixture(scope="module")
def statistics():
    """Returns the statistics of coarse, nearly grey data."""
    random = np.random.default_rng(0)
    noise = np.fft.rfft2(random.normal(size=(128, 3, *SIZE)))
    frequency = np.hypot(np.fft.fftfreq(32)[:, None], np.fft.rfftfreq(32))
    images = np.fft.irfft2(noise / (frequency + 0.03) ** 1.5)
    grey = images.mean(axis=1, keepdims=True)
    images = np.moveaxis(grey + 0.3 * (images - grey), 1, -1)
    return measure_statistics(images / images.std())


@pytest.fixture(scope="module")
def canvas(statistics):
    return Canvas(
        SIZE,
        statistics,
        0.5,
        0.5,
        None,
        0.85,
        (0, 0),
        statistics.energy(*SIZE),
        (4.0, 19.0),
    )


def drawn(canvas, cutoff=None, grain=0.0):
    """Draws images of random coefficients, some with grain and odd colours."""
    random = np.random.default_rng(1)
    coefficients = random.normal(size=(16, *canvas.shape))
    coefficients[:, 2] *= 1 + grain
    coefficients[:, :, 10:20] *= 1 + grain
    coefficients = tf.constant(coefficients, tf.float32)
    return canvas.images(coefficients, tf.constant(1.0), 0.0, cutoff).numpy()


def shares(images, canvas):
    centred = images - canvas.statistics.mean
    directions = canvas.energy.directions
    power = summed_power(centred, directions)
    return energy_of(power, centred.shape[1:-1], directions).shares


def test_grain_and_odd_colours_are_taken_back(canvas):
    data = canvas.energy.shares
    plain = dataclasses.replace(canvas, energy=None, cutoff=None)
    wild = shares(drawn(plain, grain=4.0), canvas)
    tame = shares(drawn(canvas, grain=4.0), canvas)
    fine = slice(8, None)
    assert wild[:, fine].sum() > 5 * data[:, fine].sum()
    assert tame[:, fine].sum() < 1.5 * data[:, fine].sum()
    assert wild[2].sum() > 4 * data[2].sum()
    assert tame[2].sum() < 2 * data[2].sum()


def test_images_have_the_contrast_of_the_canvas(canvas):
    images = drawn(canvas, grain=5.0)
    deviation = np.sqrt(((images - canvas.statistics.mean) ** 2).mean())
    assert abs(deviation / canvas.contrast - 1) < 0.05


def test_a_cutoff_leaves_coarse_shapes(canvas):
    coarse = shares(drawn(canvas, cutoff=4.0), canvas)
    fine = shares(drawn(canvas), canvas)
    assert coarse[:, 8:].sum() < 0.1 * fine[:, 8:].sum()


def test_colours_can_be_limited_but_brightness_cannot(canvas):
    def strengths(canvas):
        along = drawn(canvas) - canvas.statistics.mean
        along = along @ canvas.energy.directions
        return np.abs(along).mean(axis=(1, 2)) / canvas.contrast

    most = np.array([0.1, 10.0], np.float32)
    free = strengths(canvas)
    limited = strengths(dataclasses.replace(canvas, tints=most))
    assert (free[:, 1] > 1.5 * most[0]).all()
    # The others rise a little: the contrast stays.
    assert (limited[:, 1] < 1.1 * most[0]).all()
    assert (limited[:, [0, 2]] >= 0.99 * free[:, [0, 2]]).all()


def test_gradients_go_through_the_energy(canvas):
    random = np.random.default_rng(2)
    some = random.normal(size=(1, *canvas.shape)).astype("float32")
    towards = random.normal(size=(1, *SIZE, 3)).astype("float32")

    def value(coefficients):
        images = canvas.images(coefficients, tf.constant(1.0))
        return tf.reduce_sum(images * towards)

    variable = tf.Variable(some)
    with tf.GradientTape() as tape:
        before = value(variable)
    slope = tape.gradient(before, variable).numpy()
    assert np.isfinite(slope).all()
    step = 0.1 * slope / np.linalg.norm(slope)
    assert value(tf.constant(some + step)) > before


def test_empty_coefficients_make_an_even_image(canvas):
    nothing = tf.zeros((1, *canvas.shape))
    image = canvas.images(nothing, tf.constant(1.0)).numpy()
    assert np.allclose(image, canvas.statistics.mean, atol=1e-3)


def test_images_give_coefficients_of_similar_images(canvas):
    images = drawn(canvas)
    again = canvas.images(
        tf.constant(canvas.coefficients(images)), tf.constant(1.0)
    ).numpy()
    for before, after in zip(images, again, strict=True):
        assert correlation(before, after) > 0.95
