"""A grey network with planted filters, which needs no training.

Layer 1 holds 16 zero-mean Gabors of unit length (8 orientations, wavelengths
4 and 6), a bias of -.1 and a ReLU. Layer 2, after a pooling, holds matched
filters of 19 line drawings minus their mean.
"""

import keras
import numpy as np
from PIL import Image, ImageDraw

from benchmarks.networks.trained import Case

ORIENTATIONS = np.arange(8) * np.pi / 8
WAVELENGTHS = (4.0, 6.0)
SIZE = 48  # pixels of the input
KERNEL = 9
DRAWING = 7  # units of layer 2's kernel
FIELD = 22  # receptive field of layer 2, in pixels: 9 + 1 + 6 * 2
_FINE = 8  # drawings are made larger, then reduced, for smooth lines


def gabor(orientation, wavelength):
    """Returns a zero-mean Gabor of unit length, (9, 9)."""
    rows, columns = np.mgrid[:KERNEL, :KERNEL] - KERNEL // 2
    along = columns * np.cos(orientation) + rows * np.sin(orientation)
    envelope = np.exp(-(rows**2 + columns**2) / (2 * 2.2**2))
    wave = envelope * np.cos(2 * np.pi * along / wavelength)
    wave -= envelope * wave.sum() / envelope.sum()
    return wave / np.linalg.norm(wave)


def drawings():
    """Returns nineteen line drawings, (19, 22, 22) in [0, 1]."""
    low, middle, high = 0.26, 0.5, 0.74  # within what layer 2's kernel spans
    lines = []
    for x, y in ((low, low), (high, low), (low, high), (high, high)):
        lines.append([((x, low), (x, high)), ((low, y), (high, y))])  # L
    for x in (low, high):
        lines.append([((x, low), (x, high)), ((low, middle), (high, middle))])
    for y in (low, high):
        lines.append([((low, y), (high, y)), ((middle, low), (middle, high))])
    lines.append(
        [((middle, low), (middle, high)), ((low, middle), (high, middle))]
    )
    lines.append([((low, low), (high, high)), ((low, high), (high, low))])
    arcs = [(0, 180), (90, 270), (180, 360), (270, 450), (0, 360)]
    for x in (0, 1):
        ends = [((p, low), (p, high)) for p in (0.34, 0.66)]
        lines.append([tuple(p[:: 1 - 2 * x] for p in e) for e in ends])
    for y in (low, high):
        tip = high if y == low else low
        lines.append([((low, y), (middle, tip)), ((high, y), (middle, tip))])
    shapes = [_draw(lines=shape) for shape in lines]
    return np.stack([*shapes, *(_draw(arc=arc) for arc in arcs)])


def _draw(lines=(), arc=None):
    size = FIELD * _FINE
    image = Image.new("L", (size, size))
    pen = ImageDraw.Draw(image)
    width = int(2.6 * _FINE)
    for line in lines:
        pen.line([(x * size, y * size) for x, y in line], 255, width)
    if arc is not None:
        pen.arc(
            (0.2 * size, 0.2 * size, 0.8 * size, 0.8 * size), *arc, 255, width
        )
    small = image.resize((FIELD, FIELD), Image.Resampling.BOX)
    return np.asarray(small, np.float64) / 255


def network(first, shapes):
    """Builds a network with planted filters.

    Args:
        first: Kernels of layer 1, (filters, 9, 9, channels).
        shapes: Drawings that layer 2 matches, (filters, 22, 22, channels).

    Returns:
        The model, with the layers "conv1" and "conv2".
    """
    layers = keras.layers
    channels = first.shape[-1]
    model = keras.Sequential(
        [
            keras.Input((SIZE, SIZE, channels)),
            layers.Conv2D(
                len(first),
                KERNEL,
                padding="same",
                activation="relu",
                name="conv1",
            ),
            layers.MaxPooling2D(2),
            layers.Conv2D(len(shapes), DRAWING, padding="same", name="conv2"),
        ]
    )
    model.layers[0].set_weights(
        [np.moveaxis(first, 0, -1), np.full(len(first), -0.1)]
    )
    pooled = keras.Model(model.inputs, model.layers[1].output)
    inputs = np.zeros((len(shapes), SIZE, SIZE, channels), np.float32)
    inputs += shapes[:, :1, :1]  # their background
    top = (SIZE - FIELD) // 2
    inputs[:, top : top + FIELD, top : top + FIELD] = shapes
    maps = pooled.predict(inputs, verbose=0)
    begin = SIZE // 4 - DRAWING // 2
    kernels = maps[:, begin : begin + DRAWING, begin : begin + DRAWING]
    kernels = kernels - kernels.mean(axis=0)
    kernels /= np.sqrt((kernels**2).sum(axis=(1, 2, 3), keepdims=True))
    model.layers[2].set_weights(
        [np.moveaxis(kernels, 0, -1), np.full(len(shapes), -0.1)]
    )
    return model


def place(images, shapes, random, each=3):
    """Draws shapes at random positions; the stronger deviation wins."""
    for image in images:
        ground = image[0, 0].copy()
        for _ in range(each):
            y, x = random.integers(0, SIZE - FIELD, 2)
            shape = shapes[random.integers(len(shapes))]
            part = image[y : y + FIELD, x : x + FIELD]
            stronger = np.abs(shape - ground) > np.abs(part - ground)
            part[stronger] = shape[stronger]
    return images


def cases():
    """Returns both layers with their templates."""
    gabors = np.stack([gabor(o, w) for w in WAVELENGTHS for o in ORIENTATIONS])
    gabors, shapes = gabors[..., None], drawings()[..., None]
    model = network(gabors, shapes)
    probe = place(
        np.zeros((256, SIZE, SIZE, 1), np.float32),
        shapes,
        np.random.default_rng(0),
    )
    return [
        Case(
            "planted grey 1",
            model,
            "conv1",
            KERNEL,
            probe,
            gabors,
            orientations=np.tile(ORIENTATIONS, len(WAVELENGTHS)),
        ),
        Case("planted grey 2", model, "conv2", FIELD, probe, shapes),
    ]
