"""Layers of keras.applications see their whole field in their images."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from tb_actmax.data.fitting import FittedModel
from tb_actmax.data.statistics import measure_statistics
from tb_actmax.maximizer.layer_maximizer import LayerMaximizer
from tb_actmax.network.image_model import ImageModel
from tb_actmax.network.layer_roles import is_convolution
from tb_actmax.network.layers import find_targets
from tb_actmax.network.shown_unit import place_image, shown_unit
from tb_actmax.objectives import neuron

pytestmark = pytest.mark.slow

_LAYERS = 12  # of each architecture, evenly spread


def _targets(model, shape):
    """Returns convolutions that are called once, by path."""
    found = find_targets(model, shape)
    some = [
        target
        for path, target in found.items()
        if is_convolution(target.layer) and ":" not in path
    ]
    index = np.linspace(0, len(some) - 1, _LAYERS).astype(int)
    return [some[i] for i in index]


def _seen(maps, inputs, tape, unit):
    """Returns the part of inputs on which a unit has a gradient."""
    random = np.random.default_rng(1)
    upstream = np.zeros(maps.shape, "float32")
    at = (slice(None), *unit)
    upstream[at] = random.normal(size=upstream[at].shape)
    upstream = tf.constant(upstream)
    gradient = tape.gradient(maps, inputs, output_gradients=upstream)
    seen = np.abs(gradient.numpy()).max(axis=(0, -1)) > 0
    rows, columns = np.flatnonzero(seen.any(1)), np.flatnonzero(seen.any(0))
    return tuple(slice(i[0], i[-1] + 1) for i in (rows, columns))


@pytest.mark.parametrize(
    "name, size",
    [
        ("VGG16", 64),
        ("ResNet50", 65),
        ("MobileNetV2", 96),
        ("DenseNet121", 80),
        ("EfficientNetB0", 64),
        ("Xception", 79),
    ],
)
def test_images_are_receptive_fields_with_the_scores_of_inputs(name, size):
    keras.utils.set_random_seed(0)
    shape = (size, size, 3)
    model = getattr(keras.applications, name)(
        weights=None, include_top=False, input_shape=shape
    )
    random = np.random.default_rng(0)
    data = random.normal(size=(16, *shape)).cumsum(1).cumsum(2)
    data = (128 + 100 * data / np.abs(data).max()).astype("float32")
    fitted = FittedModel(
        ImageModel(model), None, shape, measure_statistics(data)
    )
    targets = _targets(fitted.model, shape)
    outputs = keras.Model(model.inputs[0], [t.layer.output for t in targets])
    mean = data.mean(axis=(0, 1, 2))
    inputs = tf.Variable(
        random.normal(128, 50, size=(2, *shape)), dtype="float32"
    )
    with tf.GradientTape(persistent=True) as tape:
        every = outputs(inputs, training=False)
    wholes, scores = [], []
    for target, maps in zip(targets, every, strict=True):
        shown = shown_unit(target, shape[:2])
        if not target.field.pooled:
            assert _seen(maps, inputs, tape, shown.index) == shown.window
        chosen = [neuron(0), neuron(target.filters - 1)]
        found = LayerMaximizer(fitted, target, chosen).cold(1)
        whole = np.full((2, *shape), mean, "float32")
        place = place_image(target, shape[:2], found.images.shape[1:-1])
        assert place == shown.window
        whole[(slice(None), *place)] = found.images
        wholes.append(whole)
        scores.append(found.scores)
    for i, (target, maps) in enumerate(
        zip(
            targets,
            outputs.predict(np.concatenate(wholes), verbose=0),
            strict=True,
        )
    ):
        unit = shown_unit(target, shape[:2]).index
        first, second = (slice(at, at + 1) for at in unit)
        values = maps[2 * i : 2 * i + 2, first, second]
        if target.normalization is not None:
            values = target.normalization(values, training=False).numpy()
        values = values[[0, 1], 0, 0, [0, -1]]
        scale = np.abs(maps).max()
        expected = scores[i]
        if target.layer.activation is not None:
            expected = target.layer.activation(expected)
        np.testing.assert_allclose(values, expected, atol=1e-3 * scale)
