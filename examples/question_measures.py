"""Measures of images for question.py."""

import numpy as np
import tensorflow as tf

# Stride and receptive field of each layer of the digits network, in pixels.
FIELDS = {"conv1": (1, 5), "conv2": (2, 14)}


def before_activation(model, layer, images):
    """Returns maps (n, rows, columns, filters) without the ReLU."""
    for each in model.layers:
        if each.name == layer:
            return each.convolution_op(images, each.kernel) + each.bias
        images = each(images)
    raise ValueError(f"The model has no layer {layer!r}.")


def responses(model, layer, images):
    """Returns maps at positions whose receptive field is inside the image."""
    stride, field = FIELDS[layer]
    margin = (field - stride) // 2 // stride
    maps = before_activation(model, layer, images).numpy()
    return maps[:, margin:-margin, margin:-margin]


def best_patches(model, layer, inputs):
    """Returns the patch of the data that excites each filter most."""
    stride, field = FIELDS[layer]
    maps = responses(model, layer, inputs)
    patches = []
    for index in range(maps.shape[3]):
        position = np.unravel_index(maps[..., index].argmax(), maps.shape[:3])
        top, left = position[1] * stride, position[2] * stride
        patches.append(
            inputs[position[0], top : top + field, left : left + field]
        )
    return np.stack(patches)


def excites_its_own(model, layer, images, inputs):
    """Returns the share of images that excite their own filter most.

    Responses are relative to the highest response in the data. Unbounded
    images first get the mean and contrast of the data, to make responses
    comparable. Chance is one of 32 images: 3 %.
    """
    mean, deviation = inputs.mean(), inputs.std()
    if images.min() < 0 or images.max() > 1:
        centred = images - images.mean(axis=(1, 2, 3), keepdims=True)
        spread = centred.std(axis=(1, 2, 3), keepdims=True)
        images = np.clip(mean + deviation * centred / spread, 0, 1)
    peaks = np.maximum.reduce(
        [
            responses(model, layer, canvas).max(axis=(1, 2))
            for canvas in _on_grey(images, mean, FIELDS[layer][0])
        ]
    )
    grey = np.full((1, 28, 28, 1), mean, np.float32)
    least = responses(model, layer, grey).max(axis=(1, 2))
    most = responses(model, layer, inputs).max(axis=(0, 1, 2))
    shares = (peaks - least) / (most - least)
    return (shares.argmax(axis=1) == np.arange(len(shares))).mean()


def _on_grey(images, mean, stride):
    """Yields images centred on a grey input, at all phases of the stride."""
    size = images.shape[1]
    for shift in range(stride if size < 28 else 1):
        canvas = np.full((len(images), 28, 28, 1), mean, np.float32)
        first = (28 - size) // 2 + shift
        canvas[:, first : first + size, first : first + size] = images
        yield canvas


def in_frame(images):
    """Returns the share of variance in the two pixels at the border."""
    squares = (images - images.mean(axis=(1, 2), keepdims=True)) ** 2
    inner = squares[:, 2:-2, 2:-2].sum(axis=(1, 2))
    return 1 - np.median(inner / squares.sum(axis=(1, 2)))


def alike(images):
    """Returns the mean correlation of the images of different filters."""
    table = np.corrcoef(images.reshape(len(images), -1))
    return table[~np.eye(len(table), dtype=bool)].mean()


def sums_of_weights(kernel):
    """Returns the gradient of the mean of a convolution, in closed form.

    Each pixel gets the sum of the weights that reach it, whatever the image.

    Args:
        kernel: (5, 5, channels, filters).

    Returns:
        (filters, 28, 28, channels).
    """
    ones = np.ones((1, 28, 28, 1), np.float32)
    turned = kernel[::-1, ::-1].transpose(0, 1, 3, 2)
    return np.stack(
        [
            tf.nn.conv2d(ones, turned[:, :, index : index + 1], 1, "SAME")[0]
            for index in range(kernel.shape[3])
        ]
    ) / (28 * 28)
