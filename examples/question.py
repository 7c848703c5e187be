"""Explains why the images of both layers in the question show frames.

    python examples/question.py --pictures logs/question

A network is trained on digits. Its filters are maximized with the method of
the question and with better ones, one change at a time. The script prints the
figures of docs/question.md and draws its pictures.
"""

import argparse
import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import digits
import keras
import mnist
import numpy as np
import question_measures as measures
import tensorflow as tf
from pictures import save_rows

import tb_actmax

STEPS = 20
RATE = 300.0  # large enough for the kernels to outweigh the noise
SHOWN = 16  # filters of each layer in the pictures


def question(kernel, bias, steps=STEPS):
    """Maximizes all filters of a layer with the method of the question.

    It maximizes the mean of the convolution of an image with one detached
    kernel, with the bias added to each weight, by plain ascent from noise.

    Returns:
        Unbounded images (filters, 28, 28, input channels of the layer), and
        their common start.
    """
    start = np.random.default_rng(0).uniform(size=(1, 28, 28, kernel.shape[2]))
    found = []
    for index in range(kernel.shape[3]):
        one = kernel[..., index : index + 1] + bias[index]
        image = _ascend(tf.constant(start, tf.float32), one, tf.constant(steps))
        found.append(image[0].numpy())
    return np.stack(found), start[0]


@tf.function
def _ascend(image, kernel, steps):
    for _ in tf.range(steps):
        with tf.GradientTape() as tape:
            tape.watch(image)
            maps = tf.nn.conv2d(image, kernel, 1, "SAME")
            value = tf.reduce_mean(maps)
        image += RATE * tape.gradient(value, image)
    return image


def through_network(model, layer, centre):
    """Maximizes all filters in the network, before the ReLU.

    Args:
        centre: Whether to maximize the unit in the middle, instead of the mean
            of the map.

    Returns:
        Unbounded images (filters, 28, 28, 1).
    """
    count = model.get_layer(layer).filters
    start = np.random.default_rng(0).uniform(size=(1, 28, 28, 1))
    images = tf.constant(np.repeat(start, count, axis=0), tf.float32)
    for _ in range(STEPS):
        with tf.GradientTape() as tape:
            tape.watch(images)
            maps = measures.before_activation(model, layer, images)
            middle = maps.shape[1] // 2
            if centre:
                values = maps[:, middle, middle]
            else:
                values = tf.reduce_mean(maps, axis=(1, 2))
            value = tf.linalg.trace(values)  # each image and its own filter
        slope = tape.gradient(value, images)
        # Steps of equal length, so that all filters progress equally.
        images += 2 * tf.math.l2_normalize(slope, axis=(1, 2, 3))
    return images.numpy()


def grey(images):
    """Returns the mean over channels, as the question shows images."""
    return images.mean(axis=-1, keepdims=True)


def stretch(images):
    """Stretches each image from black to white."""
    low = images.min(axis=(1, 2), keepdims=True)
    high = images.max(axis=(1, 2), keepdims=True)
    return (images - low) / (high - low + 1e-9)


def compare_methods(model, inputs, folder):
    """Maximizes both layers with each method; prints and draws the results."""
    print("layer  method                             frame  alike    own")
    for layer in measures.FIELDS:
        weights = model.get_layer(layer).get_weights()
        maximized = tb_actmax.maximize(model, layer, "all", probe=inputs[:512])
        patches = measures.best_patches(model, layer, inputs)
        methods = {
            "the question's": grey(question(*weights)[0]),
            "in the network, mean of the map": through_network(
                model, layer, centre=False
            ),
            "in the network, one unit": through_network(
                model, layer, centre=True
            ),
            "tb_actmax": maximized.images,
            "exemplars from the data": patches,
        }
        rows = []
        for name, images in methods.items():
            whole = images.shape[1] == 28
            frame = f"{measures.in_frame(images):.0%}" if whole else ""
            own = measures.excites_its_own(model, layer, images, inputs)
            alike = measures.alike(images)
            print(f"{layer}  {name:33}  {frame:>5}  {alike:5.2f}  {own:5.0%}")
            shown = stretch(images[:SHOWN]) if whole else images[:SHOWN]
            rows.append((f"{layer}: {name}", shown))
        save_rows(os.path.join(folder, f"methods_{layer}.png"), rows)


def explain_frames(model):
    """Prints a closed form of the question's images."""
    for layer in measures.FIELDS:
        kernel, bias = model.get_layer(layer).get_weights()
        found, start = question(kernel, bias)
        sums_of_weights = measures.sums_of_weights(kernel + bias)
        error = np.abs(start + STEPS * RATE * sums_of_weights - found).max()
        inside = (found - start)[:, 4:-4, 4:-4].std(axis=(1, 2)).max()
        longer = question(kernel, bias, 2 * STEPS)[0]
        growth = (longer - start).std() / (found - start).std()
        print(
            f"{layer}: start + rate x steps x sums of weights predicts all but "
            f"{error:.0e} of a range of {np.ptp(found):.0f}; the inner pixels "
            f"of an image change by the same number, to {inside:.0e}. Twice "
            f"the steps give {growth:.2f} times the contrast."
        )
        sums = kernel.sum(axis=(0, 1, 2))
        all_sums = (kernel + bias).sum(axis=(0, 1, 2))
        scores = grey(found) - grey(found).mean(axis=(1, 2), keepdims=True)
        scores /= scores.std(axis=(1, 2), keepdims=True)
        totals = scores.sum(axis=(1, 2))
        print(
            f"{layer}: kernels with a positive sum: {(sums > 0).mean():.0%}, "
            f"with the bias on each weight {(all_sums > 0).mean():.0%}. Sums of "
            f"standardized images: at most {np.abs(totals).max():.0e}, "
            f"{(totals > 0).mean():.0%} of them positive."
        )


def compare_normalizations(model, inputs, folder):
    """Draws the same images with several normalizations."""
    weights = model.get_layer("conv1").get_weights()
    maximized = tb_actmax.maximize(model, "conv2", SHOWN, probe=inputs[:512])
    rows = []
    for name, images in (
        ("The question's", grey(question(*weights)[0])[:SHOWN]),
        ("tb_actmax", maximized.images),
    ):
        low, high = images.min(), images.max()
        centred = images - images.mean(axis=(1, 2), keepdims=True)
        scores = centred / images.std(axis=(1, 2), keepdims=True)
        rows += [
            (f"{name}: as optimized", images),
            (f"{name}: one range for all", (images - low) / (high - low)),
            (f"{name}: a range for each", stretch(images)),
            (f"{name}: standardized, -2 to 2", (scores + 2) / 4),
        ]
    save_rows(os.path.join(folder, "normalizations.png"), rows)


def main():
    """Trains the network and compares the methods."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pictures", default="logs/question")
    parser.add_argument("--small", action="store_true", help="a short run")
    options = parser.parse_args()
    epochs, count = (1, 1000) if options.small else (8, 9000)
    (x_train, y_train), test = digits.load()
    x_train, y_train = x_train[:count], y_train[:count]
    keras.utils.set_random_seed(0)
    model = mnist.network(0.4, epochs * count // mnist.BATCH)
    model.fit(
        x_train, y_train, batch_size=mnist.BATCH, epochs=epochs, verbose=2
    )
    print(f"Test accuracy: {model.evaluate(*test, verbose=0)[1]:.2%}")
    compare_methods(model, x_train[:1000], options.pictures)
    explain_frames(model)
    compare_normalizations(model, x_train[:1000], options.pictures)


if __name__ == "__main__":
    main()
