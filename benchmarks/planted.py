"""Networks whose answer is known: planted filters, no training.

Layer 1 holds 16 zero-mean Gabors of unit length (8 orientations, wavelengths
4 and 6), a bias of -.1 and a ReLU; layer 2, behind a pooling, matched filters
of 19 line drawings minus their mean. What a maximizer should find is known.
"""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
from PIL import Image, ImageDraw

ORIENTATIONS = np.arange(8) * np.pi / 8
WAVELENGTHS = (4.0, 6.0)
SIZE = 48  # pixels of the network's input
_KERNEL = 9
_DRAWING = 7  # units of layer 2's kernel
_FIELD = 22  # pixels that a unit of layer 2 sees: 9 + 1 + 6 * 2
_FINE = 8  # drawings are made so many times larger, for smooth lines


def gabor(orientation, wavelength):
    """A zero-mean Gabor of unit length, (9, 9)."""
    rows, columns = np.mgrid[:_KERNEL, :_KERNEL] - _KERNEL // 2
    along = columns * np.cos(orientation) + rows * np.sin(orientation)
    envelope = np.exp(-(rows**2 + columns**2) / (2 * 2.2**2))
    wave = envelope * np.cos(2 * np.pi * along / wavelength)
    wave -= envelope * wave.sum() / envelope.sum()
    return wave / np.linalg.norm(wave)


def gabors():
    """All 16, (16, 9, 9)."""
    return np.stack([gabor(o, w) for w in WAVELENGTHS for o in ORIENTATIONS])


def drawings():
    """Nineteen line drawings, (19, 22, 22) in [0, 1]."""
    low, middle, high = 0.18, 0.5, 0.82
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
        ends = [((p, low), (p, high)) for p in (0.3, 0.7)]
        lines.append([tuple(p[:: 1 - 2 * x] for p in e) for e in ends])
    for y in (low, high):
        tip = high if y == low else low
        lines.append([((low, y), (middle, tip)), ((high, y), (middle, tip))])
    shapes = [_draw(lines=shape) for shape in lines]
    return np.stack([*shapes, *(_draw(arc=arc) for arc in arcs)])


def _draw(lines=(), arc=None):
    size = _FIELD * _FINE
    image = Image.new("L", (size, size))
    pen = ImageDraw.Draw(image)
    width = int(2.6 * _FINE)
    for line in lines:
        pen.line([(x * size, y * size) for x, y in line], 255, width)
    if arc is not None:
        pen.arc(
            (0.2 * size, 0.2 * size, 0.8 * size, 0.8 * size), *arc, 255, width
        )
    small = image.resize((_FIELD, _FIELD), Image.Resampling.BOX)
    return np.asarray(small, np.float64) / 255


def network():
    """The network: layers "conv1" (16 filters) and "conv2" (19)."""
    layers = keras.layers
    model = keras.Sequential(
        [
            keras.Input((SIZE, SIZE, 1)),
            layers.Conv2D(
                16, _KERNEL, padding="same", activation="relu", name="conv1"
            ),
            layers.MaxPooling2D(2),
            layers.Conv2D(19, _DRAWING, padding="same", name="conv2"),
        ]
    )
    kernel = np.moveaxis(gabors(), 0, -1)[:, :, None]
    model.layers[0].set_weights([kernel, np.full(16, -0.1)])
    pooled = keras.Model(model.inputs, model.layers[1].output)
    shapes = np.zeros((19, SIZE, SIZE, 1), np.float32)
    top = (SIZE - _FIELD) // 2
    shapes[:, top : top + _FIELD, top : top + _FIELD, 0] = drawings()
    maps = pooled.predict(shapes, verbose=0)
    first = SIZE // 4 - _DRAWING // 2
    middle = maps[:, first : first + _DRAWING, first : first + _DRAWING]
    middle = middle - middle.mean(axis=0)
    middle /= np.sqrt((middle**2).sum(axis=(1, 2, 3), keepdims=True))
    model.layers[2].set_weights([np.moveaxis(middle, 0, -1), np.full(19, -0.1)])
    return model


def probe(count=256):
    """Inputs (n, 48, 48, 1): drawings at random places on black."""
    random = np.random.default_rng(0)
    shapes = drawings()
    images = np.zeros((count, SIZE, SIZE, 1), np.float32)
    for image in images:
        for _ in range(3):
            y, x = random.integers(0, SIZE - _FIELD, 2)
            shape = shapes[random.integers(len(shapes))]
            part = image[y : y + _FIELD, x : x + _FIELD, 0]
            np.maximum(part, shape, out=part)
    return images
