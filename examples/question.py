"""Why do the images of both layers show frames? The question that began it.

    python examples/question.py --pictures logs/question

A network is trained on digits, and its filters are maximized by the method of
the question and by better ones, one change at a time. What docs/question.md
says of them is measured here and printed.
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
RATE = 300.0  # with it, the kernels outweigh the noise at the start
SHOWN = 16  # filters of each layer in the pictures


def question(kernel, bias, steps=STEPS):
    """The method of the question, for all filters of a layer.

    The mean of the convolution of an image with one kernel, taken out of the
    network, the bias added to each of its taps; plain ascent from noise.

    Returns:
        Images (filters, 28, 28, channels that the layer reads) and what they
        all started from, without bounds.
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
    """Plain ascent on each filter where it is: in the network, before ReLU.

    Args:
        centre: Whether the unit in the middle is maximized, or the mean of
            the map.

    Returns:
        Images (filters, 28, 28, 1) without bounds.
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
            value = tf.linalg.trace(values)  # each image its own filter
        slope = tape.gradient(value, images)
        # Steps of one length, so that all filters come as far.
        images += 2 * tf.math.l2_normalize(slope, axis=(1, 2, 3))
    return images.numpy()


def grey(images):
    """Images of many channels as their mean, as the question showed them."""
    return images.mean(axis=-1, keepdims=True)


def stretch(images):
    """Each image from black to white."""
    low = images.min(axis=(1, 2), keepdims=True)
    high = images.max(axis=(1, 2), keepdims=True)
    return (images - low) / (high - low + 1e-9)


def compare_methods(model, inputs, folder):
    """Maximizes both layers in each way; says and shows what comes out."""
    print("layer  method                             frame  alike    own")
    for layer in measures.FIELDS:
        weights = model.get_layer(layer).get_weights()
        ours = tb_actmax.maximize(model, layer, "all", probe=inputs[:512])
        patches = measures.best_patches(model, layer, inputs)
        methods = {
            "the question's": grey(question(*weights)[0]),
            "in the network, mean of the map": through_network(
                model, layer, centre=False
            ),
            "in the network, one unit": through_network(
                model, layer, centre=True
            ),
            "tb_actmax": ours.images,
            "real patches that excite most": patches,
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
    """Says what the question's images are made of."""
    for layer in measures.FIELDS:
        kernel, bias = model.get_layer(layer).get_weights()
        found, start = question(kernel, bias)
        taps = measures.sums_of_taps(kernel + bias)
        error = np.abs(start + STEPS * RATE * taps - found).max()
        inside = (found - start)[:, 4:-4, 4:-4].std(axis=(1, 2)).max()
        longer = question(kernel, bias, 2 * STEPS)[0]
        growth = (longer - start).std() / (found - start).std()
        print(
            f"{layer}: start + rate x steps x sums of taps explains all but "
            f"{error:.0e} of a range of {np.ptp(found):.0f}; inner pixels of "
            f"an image change by the same number, to {inside:.0e}. Twice the "
            f"steps: {growth:.2f} times the contrast."
        )
        sums = kernel.sum(axis=(0, 1, 2))
        all_sums = (kernel + bias).sum(axis=(0, 1, 2))
        scores = grey(found) - grey(found).mean(axis=(1, 2), keepdims=True)
        scores /= scores.std(axis=(1, 2), keepdims=True)
        totals = scores.sum(axis=(1, 2))
        print(
            f"{layer}: kernels with a positive sum: {(sums > 0).mean():.0%}, "
            f"with the bias on each tap {(all_sums > 0).mean():.0%}. Sums of "
            f"standardized images: at most {np.abs(totals).max():.0e} in size, "
            f"{(totals > 0).mean():.0%} above zero."
        )


def compare_normalizations(model, inputs, folder):
    """Shows the same images, normalized for display in several ways."""
    weights = model.get_layer("conv1").get_weights()
    ours = tb_actmax.maximize(model, "conv2", SHOWN, probe=inputs[:512])
    rows = []
    for name, images in (
        ("The question's", grey(question(*weights)[0])[:SHOWN]),
        ("tb_actmax", ours.images),
    ):
        low, high = images.min(), images.max()
        centred = images - images.mean(axis=(1, 2), keepdims=True)
        scores = centred / images.std(axis=(1, 2), keepdims=True)
        rows += [
            (f"{name}: as optimized", images),
            (f"{name}: one range for all", (images - low) / (high - low)),
            (f"{name}: each its own range", stretch(images)),
            (f"{name}: standardized, -2 to 2", (scores + 2) / 4),
        ]
    save_rows(os.path.join(folder, "normalizations.png"), rows)


def main():
    """Trains, compares, explains."""
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
