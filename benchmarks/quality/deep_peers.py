"""Feature visualization of deep networks as others publish it.

Written for this benchmark, after the papers; none is the authors' code. Images
are as large as the network's inputs.
"""

import keras
import numpy as np
import tensorflow as tf

_BATCH = 8  # images at once


def lucid(model, layer, filters, probe, seed, steps=512):
    """Returns images as lucid makes them (Olah et al., 2017).

    Coefficients of a 1/f spectrum and the data's colours, a sigmoid, jitter,
    scaling and rotation of the whole batch, Adam with .05.
    """
    size, low, high = _setting(probe)
    frequency = np.hypot(
        np.fft.fftfreq(size[0])[:, None], np.fft.rfftfreq(size[1])
    )
    scale = np.sqrt(np.prod(size)) / np.maximum(frequency, 1 / max(size))
    colours = _colours(probe)

    def images(parts):
        waves = tf.complex(parts[0], parts[1]) * scale.astype("complex64")
        pixels = tf.signal.irfft2d(waves, size) / 4
        pixels = tf.transpose(pixels, (0, 2, 3, 1)) @ colours
        return low + (high - low) * tf.sigmoid(pixels)

    def start(random, count):
        shape = (2, count, 3, *frequency.shape)
        return [random.normal(scale=0.01, size=shape)]

    def seen(random, shown):
        angle = np.radians(random.uniform(-5, 5))
        factor = random.uniform(0.9, 1.1)
        shift = random.integers(-12, 13, 2)
        return _turned(shown, angle, factor, shift, (low + high) / 2)

    adam = keras.optimizers.Adam(0.05)
    return _maximized(
        model, layer, filters, seed, steps, start, images, seen, adam
    )


def maco(model, layer, filters, probe, seed, steps=256):
    """Returns images whose magnitudes are the data's (Fel et al., 2023).

    Only phases are optimized, through random crops with noise.
    """
    size, low, high = _setting(probe)
    colours = _colours(probe)
    mean = probe.mean(axis=(0, 1, 2))
    signal = (probe - mean) @ np.linalg.pinv(colours)
    waves = np.fft.rfft2(np.moveaxis(signal, -1, 1))
    magnitude = tf.constant(np.abs(waves).mean(axis=0), tf.float32)

    def images(parts):
        phase = tf.complex(tf.cos(parts), tf.sin(parts))
        pixels = tf.signal.irfft2d(
            tf.cast(magnitude, phase.dtype) * phase, size
        )
        pixels = tf.transpose(pixels, (0, 2, 3, 1)) @ colours + mean
        return tf.clip_by_value(pixels, low, high)

    def start(random, count):
        return [random.uniform(-np.pi, np.pi, (count, *magnitude.shape))]

    def seen(random, shown):
        factor = random.uniform(0.5, 0.9)
        reach = (1 - factor) / 2 * size[0]
        shift = random.uniform(-reach, reach, 2)
        shown = _turned(shown, 0.0, factor, shift, (low + high) / 2)
        noise = random.normal(size=shown.shape) * 0.08 * (high - low)
        return shown + noise.astype("float32")

    nadam = keras.optimizers.Nadam(1.0)
    return _maximized(
        model, layer, filters, seed, steps, start, images, seen, nadam
    )


def _setting(probe):
    low, high = float(probe.min()), float(probe.max())
    return probe.shape[1:3], low, high


def _colours(probe):
    """Returns the principal colours of the data as rows."""
    values, axes = np.linalg.eigh(np.cov(probe.reshape(-1, 3).T))
    mix = axes * np.sqrt(np.maximum(values, 1e-9))
    mix = mix / np.linalg.norm(mix, axis=0).max()
    return np.asarray(mix.T, np.float32)


def _turned(shown, angle, factor, shift, around):
    height, width = shown.shape[1:3]
    sine, cosine = np.sin(angle) * factor, np.cos(angle) * factor
    x, y = (width - 1) / 2, (height - 1) / 2
    move = [
        cosine,
        -sine,
        x - cosine * x + sine * y + shift[0],
        sine,
        cosine,
        y - sine * x - cosine * y + shift[1],
        0,
        0,
    ]
    return tf.raw_ops.ImageProjectiveTransformV3(
        images=shown,
        transforms=tf.constant([move], tf.float32),
        output_shape=[height, width],
        fill_value=around,
        interpolation="BILINEAR",
        fill_mode="CONSTANT",
    )


def _maximized(
    model, layer, filters, seed, steps, start, images, seen, optimizer
):
    """Returns the images of filters, a few at a time."""
    head = model.get_layer(layer)
    dense = isinstance(head, keras.layers.Dense)
    output = head.input if dense else head.output
    reached = keras.Model(model.input, output)

    @tf.function
    def slope(shown, wanted):
        with tf.GradientTape() as tape:
            tape.watch(shown)
            found = reached(shown, training=False)
            if dense:  # the logit, before the softmax
                found = found @ head.kernel + head.bias
            else:
                rows, columns = found.shape[1] // 2, found.shape[2] // 2
                found = found[:, rows, columns]
            value = tf.reduce_sum(
                tf.gather(found, wanted, axis=1, batch_dims=1)
            )
        return tape.gradient(value, shown)

    parts = []
    for first in range(0, len(filters), _BATCH):
        some = tf.constant(filters[first : first + _BATCH])
        random = np.random.default_rng([seed, first])
        (begin,) = start(random, len(some))
        variable = tf.Variable(begin.astype("float32"))
        own = optimizer.from_config(optimizer.get_config())
        own.build([variable])
        for _ in range(steps):
            with tf.GradientTape() as tape:
                shown = seen(random, images(variable))
            upstream = slope(shown, some)
            down = tape.gradient(shown, variable, output_gradients=-upstream)
            own.apply([down])
        parts.append(images(variable).numpy())
    return np.concatenate(parts)
