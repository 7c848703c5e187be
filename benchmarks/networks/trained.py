"""Networks whose images are scored.

planted_grey.py and planted_colour.py plant known filters. The network here is
the demo's, trained on real digits from two seeds.
"""

import dataclasses
from collections.abc import Callable

import digits
import keras
import numpy as np
import tensorflow as tf


def forward(model, images, layer, relu=tf.nn.relu):
    """Returns the pre-activations of a layer.

    Args:
        model: A `keras.Sequential` of convolutions and poolings.
        images: (n, height, width, channels).
        layer: Name of the layer.
        relu: Activation of the hidden layers.

    Returns:
        Maps (n, rows, columns, filters), before the layer's activation.
    """
    maps = images
    for part in model.layers:
        if not isinstance(part, keras.layers.Conv2D):
            maps = part(maps)
            continue
        padding = part.padding.upper()
        maps = tf.nn.conv2d(maps, part.kernel, part.strides, padding)
        maps += part.bias
        if part.name == layer:
            return maps
        maps = relu(maps)
    raise ValueError(f"There is no convolution {layer!r}.")


@dataclasses.dataclass
class Case:
    """A layer whose images are scored.

    Attributes:
        name: Its name in the tables.
        model: The network.
        layer: Name of the layer.
        field: Side of the receptive field, in pixels.
        probe: Inputs, (n, height, width, channels).
        templates: Planted templates, (filters, height, width, channels), or
            `None` in a trained network.
        twin: The same network trained from another seed, or `None`.
        orientations: Angles of the planted filters in radians, or `None`.
        colours: Colour directions of the planted filters, or `None`.
    """

    name: str
    model: keras.Model
    layer: str
    field: int
    probe: np.ndarray
    templates: np.ndarray | None = None
    twin: keras.Model | None = None
    orientations: np.ndarray | None = None
    colours: np.ndarray | None = None

    @property
    def filters(self) -> list[int]:
        """Returns all filters of the layer."""
        return list(range(self.model.get_layer(self.layer).kernel.shape[-1]))

    def maps(self, images, model=None) -> np.ndarray:
        """Returns the pre-activations of images, computed in batches."""
        run = self._forward(model or self.model)
        parts = [
            run(tf.constant(images[i : i + 256], tf.float32)).numpy()
            for i in range(0, len(images), 256)
        ]
        return np.concatenate(parts)

    def _forward(self, model) -> Callable[[tf.Tensor], tf.Tensor]:
        return tf.function(lambda images: forward(model, images, self.layer))


def digits_data():
    """Returns nine thousand digits and their classes."""
    (x, y), _ = digits.load()
    return x[:9000], y[:9000]


def train(model, x, y, batches):
    """Trains for a number of batches of 128."""
    data = tf.data.Dataset.from_tensor_slices((x, y)).repeat().batch(128)
    model.fit(data, steps_per_epoch=batches, epochs=1, verbose=0)


def digits_network(x, y, seed, epochs=4):
    """Returns the network of the question, trained on digits."""
    keras.utils.set_random_seed(seed)
    layers = keras.layers
    model = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Conv2D(
                32, 5, padding="same", activation="relu", name="conv1"
            ),
            layers.MaxPooling2D(),
            layers.Conv2D(
                64, 5, padding="same", activation="relu", name="conv2"
            ),
            layers.MaxPooling2D(),
            layers.Flatten(),
            layers.Dense(1024, activation="relu"),
            layers.Dropout(0.4),
            layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile("adam", "sparse_categorical_crossentropy")
    if epochs:
        model.fit(x, y, batch_size=128, epochs=epochs, verbose=0)
    return model


def trained_cases():
    """Returns both convolutions of the trained network."""
    x, y = digits_data()
    first, second = (digits_network(x, y, seed) for seed in (0, 1))
    return [
        Case(f"digits {layer}", model, layer, field, x[:1000], twin=twin)
        for layer, field in (("conv1", 5), ("conv2", 14))
        for model, twin in ((first, second),)
    ]
