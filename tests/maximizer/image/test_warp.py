"""Moved images, parts of them, and the gradient."""

import numpy as np
import pytest
import tensorflow as tf

from tb_actmax.maximizer.image import movements, warp

SIZE = (24, 20)


def smooth(size=SIZE, channels=2):
    """Returns images without detail that a movement would blur."""
    random = np.random.default_rng(0)
    images = random.normal(size=(3, *size, channels)).astype(np.float32)
    for axis in range(1, 1 + len(size)):
        for _ in range(4):
            images = images + np.roll(images, 1, axis)
    return tf.constant(images / images.std())


def moved(size=SIZE, shift=2.0):
    how = movements.Movements(shift=shift, rotation=8.0, scale=0.08)
    randoms = [np.random.default_rng(i) for i in range(3)]
    return tf.constant(how.sample(randoms, np.ones(1, np.float32), size)[0])


def slope(function, images):
    """Returns the gradient of a smooth function of moved images."""
    with tf.GradientTape() as tape:
        tape.watch(images)
        value = tf.reduce_sum(tf.sin(function(images)))
    return tape.gradient(value, images).numpy()


@pytest.mark.parametrize("size", [SIZE, (6, 24, 20)])
def test_a_window_is_a_part_of_the_whole_moved_image(size):
    images, how = smooth(size), moved(size)
    window = tuple(slice(i + 1, length - 3) for i, length in enumerate(size))
    part = warp.apply(images, how, window)
    whole = warp.apply(images, how)[(slice(None), *window)]
    np.testing.assert_allclose(part, whole, atol=1e-4)


def test_the_gradient_is_tensorflows_away_from_the_edge():
    images, how = smooth(), moved()

    def plain(images):
        return tf.raw_ops.ImageProjectiveTransformV3(
            images=images,
            transforms=how[:, :8],
            output_shape=SIZE,
            fill_value=0.0,
            interpolation="BILINEAR",
            fill_mode="REFLECT",
        )

    inside = (slice(None), slice(6, -6), slice(6, -6))
    ours = slope(lambda some: warp.apply(some, how), images)[inside]
    np.testing.assert_allclose(ours, slope(plain, images)[inside], atol=1e-4)


def test_the_gradient_of_a_window_is_zero_outside():
    images = smooth()
    still = tf.constant(movements.identity(3, SIZE))
    window = (slice(5, 12), slice(3, 10))
    found = slope(lambda some: warp.apply(some, still, window), images)
    expected = np.zeros_like(found)
    inside = (slice(None), *window)
    expected[inside] = np.cos(images.numpy()[inside])
    np.testing.assert_allclose(found, expected, atol=1e-6)


def test_the_gradient_points_uphill():
    images, how = smooth(), moved()
    window = (slice(4, 20), slice(4, 16))

    def value(images):
        return tf.reduce_sum(tf.sin(warp.apply(images, how, window))).numpy()

    direction = slope(lambda some: warp.apply(some, how, window), images)
    length = np.square(direction).sum()
    rise = value(images + 1e-2 * direction) - value(images - 1e-2 * direction)
    # The inverse movement interpolates too, so it is not exact.
    assert rise / 2e-2 == pytest.approx(length, rel=0.25)


@pytest.mark.parametrize("size", [SIZE, (6, 24, 20)])
def test_each_movement_includes_its_inverse(size):
    half = movements.NUMBERS // 2

    def matrix(numbers):
        return np.append(numbers, 1).reshape(3, 3)

    for how in moved(size).numpy().reshape(-1, movements.NUMBERS):
        product = matrix(how[:half]) @ matrix(how[half:])
        np.testing.assert_allclose(product, np.eye(3), atol=1e-4)
