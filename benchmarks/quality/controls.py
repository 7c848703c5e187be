"""Methods that the image benchmark compares.

Each is a function (model, layer, filters, probe, seed) -> images
(n, height, width, channels). Those in `MUST_FAIL` test the benchmark itself:
it must tell them from good images.
"""

import numpy as np
import tensorflow as tf

import tb_actmax
from benchmarks.quality.lucid_style import maximize as lucid


def tb_actmax_images(model, layer, filters, probe, seed):
    """Maximizes with tb_actmax and its default settings."""
    return tb_actmax.maximize(model, layer, filters, probe, seed=seed).images


def grey(model, layer, filters, probe, seed):
    """Returns the mean of the data."""
    shape = (len(filters), *probe.shape[1:])
    return np.full(shape, probe.mean(axis=(0, 1, 2)), np.float32)


def noise(model, layer, filters, probe, seed):
    """Returns white noise with the mean and contrast of the data."""
    random = np.random.default_rng(seed)
    shape = (len(filters), *probe.shape[1:])
    images = random.normal(probe.mean(), probe.std(), shape)
    return np.clip(images, probe.min(), probe.max()).astype(np.float32)


def data(model, layer, filters, probe, seed):
    """Returns random inputs."""
    random = np.random.default_rng(seed)
    return probe[random.integers(0, len(probe), len(filters))]


def question(model, layer, filters, probe, seed):
    """Maximizes with the method of the question that started this project.

    It maximizes the mean of a convolution of the image with one detached
    kernel, with the bias added to every weight, by unbounded ascent from
    noise, and shows z-scores.
    """
    target = model.get_layer(layer)
    kernel = target.kernel.numpy()
    bias = target.bias.numpy() if target.use_bias else np.zeros(kernel.shape[3])
    random = np.random.default_rng(seed)
    size = probe.shape[1:3]
    shown = []
    for index in filters:
        weights = tf.constant(kernel[..., index : index + 1] + bias[index])
        image = tf.constant(
            random.uniform(size=(1, *size, kernel.shape[2])), tf.float32
        )
        for _ in range(20):
            with tf.GradientTape() as tape:
                tape.watch(image)
                maps = tf.nn.conv2d(image, weights, 1, "SAME")
                value = tf.reduce_mean(maps)
            image += tape.gradient(value, image)
        grey_image = tf.reduce_mean(image[0], axis=-1, keepdims=True).numpy()
        scores = (grey_image - grey_image.mean()) / (grey_image.std() + 1e-9)
        shown.append(np.repeat(scores, probe.shape[3], axis=2))
    return np.stack(shown) * probe.std() + probe.mean()


def keras_io(model, layer, filters, probe, seed):
    """Maximizes with gradient ascent as in keras.io's example.

    It starts from noise of +-.125 around zero and takes 30 steps of length 10
    along the normalized gradient of the map's mean, without two pixels at the
    border. Images are standardized to .15 around .5, in the data's range.
    """
    import keras

    inner = keras.Model(model.inputs, model.get_layer(layer).output)
    low, high = float(probe.min()), float(probe.max())
    random = np.random.default_rng(seed)
    shown = []
    for index in filters:
        start = (random.uniform(size=(1, *probe.shape[1:])) - 0.5) * 0.25
        image = tf.constant(start, tf.float32)
        for _ in range(30):
            with tf.GradientTape() as tape:
                tape.watch(image)
                maps = inner(image)
                value = tf.reduce_mean(maps[:, 2:-2, 2:-2, index])
            image += 10 * tf.math.l2_normalize(tape.gradient(value, image))
        found = image[0].numpy()
        found = (found - found.mean()) / (found.std() + 1e-5) * 0.15 + 0.5
        shown.append(low + np.clip(found, 0, 1) * (high - low))
    return np.stack(shown)


METHODS = {
    "tb_actmax": tb_actmax_images,
    "lucid-style": lucid,
    "keras.io": keras_io,
    "question": question,
    "grey": grey,
    "noise": noise,
    "random data": data,
}
MUST_FAIL = ("question", "grey", "noise")
