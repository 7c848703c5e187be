"""Feature visualization as lucid does it, as a fair opponent."""

import keras
import numpy as np
import tensorflow as tf

from benchmarks.networks.trained import forward

_STEPS = 128
_RATE = 0.05


@tf.custom_gradient
def _relu(x):
    """A ReLU that passes some gradient where every unit is closed."""

    def gradient(upstream):
        axes = list(range(1, len(x.shape)))
        alive = tf.reduce_any(x > 0, axis=axes, keepdims=True)
        passed = tf.where(x > 0, upstream, 0.0)
        # While all are closed, a gradient that raises a unit passes.
        helped = tf.where((x > 0) | (upstream > 0), upstream, 0.0)
        return tf.where(alive, passed, helped)

    return tf.nn.relu(x), gradient


def _colours(probe):
    """Returns the principal colours of the data, the first of length 1."""
    channels = probe.shape[-1]
    flat = probe.reshape(-1, channels).astype(np.float64)
    values, axes = np.linalg.eigh(np.cov(flat.T).reshape(channels, channels))
    mix = axes * np.sqrt(np.maximum(values, 1e-9))
    return tf.constant(mix / np.linalg.norm(mix, axis=0).max(), tf.float32)


def _jitter(random, height, width):
    """Returns one projective transform (1, 8) for the whole batch."""
    angle = np.radians(random.integers(-5, 6))
    size = random.choice([0.9, 0.95, 1.0, 1.05, 1.1])
    sine, cosine = np.sin(angle) / size, np.cos(angle) / size
    middle_x, middle_y = (width - 1) / 2, (height - 1) / 2
    shift = random.integers(-2, 3, 2)
    x = middle_x - cosine * middle_x + sine * middle_y + shift[0]
    y = middle_y - sine * middle_x - cosine * middle_y + shift[1]
    move = [[cosine, -sine, x, sine, cosine, y, 0, 0]]
    return tf.constant(move, tf.float32)


def maximize(model, layer, filters, probe, seed):
    """Maximizes the mean of each filter's map.

    Images are decorrelated in frequency and colour, and bounded by a sigmoid.
    Adam takes 128 steps of .05, with jitter, scaling and rotation of the whole
    batch.
    """
    random = np.random.default_rng(seed)
    count, (height, width, channels) = len(filters), probe.shape[1:]
    low, high = float(probe.min()), float(probe.max())
    frequencies = np.hypot(
        np.fft.fftfreq(height)[:, None], np.fft.rfftfreq(width)[None]
    )
    scale = 1 / np.maximum(frequencies, 1 / max(height, width))
    scale = tf.constant(scale * np.sqrt(height * width), tf.complex64)
    mix = tf.transpose(_colours(probe))
    shape = (2, count, channels, *frequencies.shape)
    start = random.normal(scale=0.01, size=shape).astype(np.float32)
    spectrum = tf.Variable(start)

    def images():
        waves = tf.complex(spectrum[0], spectrum[1]) * scale
        pixels = tf.signal.irfft2d(waves, [height, width]) / 4
        pixels = tf.transpose(pixels, (0, 2, 3, 1)) @ mix
        return low + (high - low) * tf.sigmoid(pixels)

    @tf.function
    def gradient(move):
        with tf.GradientTape() as tape:
            seen = tf.raw_ops.ImageProjectiveTransformV3(
                images=images(),
                transforms=move,
                output_shape=[height, width],
                fill_value=(low + high) / 2,
                interpolation="BILINEAR",
                fill_mode="CONSTANT",
            )
            maps = forward(model, seen, layer, _relu)
            own = tf.transpose(tf.gather(maps, filters, axis=3), (0, 3, 1, 2))
            value = tf.linalg.trace(tf.reduce_mean(own, axis=(2, 3)))
        return -tape.gradient(value, spectrum)

    adam = keras.optimizers.Adam(_RATE)
    adam.build([spectrum])
    for _ in range(_STEPS):
        move = _jitter(random, height, width)
        adam.apply([gradient(move)], [spectrum])
    return images().numpy()
