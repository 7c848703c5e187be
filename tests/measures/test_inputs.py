"""The inputs of filters, found in planted weights."""

import keras
import numpy as np
import pytest

from tb_actmax.measures.inputs import encode_inputs, find_inputs
from tb_actmax.network.layers import find_targets
from tb_actmax.records.images import decode_bytes

layers = keras.layers


def network(*between, last=None):
    """Returns a network of two convolutions with layers in between."""
    return keras.Sequential(
        [
            keras.Input((24, 24, 1)),
            layers.Conv2D(12, 3, name="first"),
            *between,
            last or layers.Conv2D(3, 3, use_bias=False, name="last"),
        ]
    )


def plant(model, effects):
    """Gives filter 1 of the last layer sums of weights by input, others 0."""
    layer = model.get_layer("last")
    kernel = np.zeros(layer.kernel.shape, np.float32)
    for index, effect in effects.items():
        kernel[..., index, 1] = effect / 9
        kernel[0, 0, index, 1] += effect  # a shape of its own
        kernel[2, 2, index, 1] -= effect
    layer.kernel.assign(kernel)


def inputs_of(model, filters=(0, 1, 2)):
    targets = find_targets(model, (24, 24, 1))
    return find_inputs(targets["last"], list(filters))


EFFECTS = {0: 5, 3: 4, 5: 3, 7: 2, 8: 1, 2: -6, 4: -5, 9: -4, 11: -3, 10: -1}


@pytest.mark.parametrize(
    "between",
    [
        [],
        [layers.BatchNormalization(), layers.ReLU()],
        [layers.ReLU(), layers.MaxPooling2D(), layers.Dropout(0.5)],
        [layers.Activation("swish"), layers.AveragePooling2D(2)],
        [layers.ZeroPadding2D(), layers.LeakyReLU()],
    ],
    ids=["nothing", "normalized", "pooled", "swish", "padded"],
)
def test_planted_weights_are_found_through_other_layers(between):
    model = network(*between)
    plant(model, EFFECTS)
    found = inputs_of(model)
    assert found.layer == "first"
    assert found.size == [3, 3]
    assert found.entries[1]["filters"] == [0, 3, 5, 7, 2, 4, 9, 11]
    assert found.entries[0] == {"row": 0, "filters": [], "weights": []}
    if not any(isinstance(one, layers.BatchNormalization) for one in between):
        expected = [EFFECTS[index] for index in found.entries[1]["filters"]]
        assert found.entries[1]["weights"] == pytest.approx(expected, rel=0.01)


def test_a_normalization_after_the_activation_is_folded_into_the_weights():
    model = network(layers.ReLU(), layers.BatchNormalization(name="norm"))
    plant(model, {0: 1, 1: 1, 2: -1})
    gamma = np.ones(12, np.float32)
    gamma[:3] = 2, -3, -5
    norm = model.get_layer("norm")
    norm.gamma.assign(gamma)
    norm.moving_variance.assign(np.full(12, 4 - norm.epsilon))
    found = inputs_of(model).entries[1]
    assert found["filters"] == [2, 0, 1]
    assert found["weights"] == pytest.approx([2.5, 1, -1.5], rel=0.01)


def test_a_filter_includes_the_normalization_that_follows_it():
    model = network(layers.BatchNormalization(name="norm"), layers.ReLU())
    plant(model, {0: 1, 1: -1})
    model.get_layer("norm").gamma.assign(np.full(12, -2))
    # Its image includes the sign, so its inputs do too.
    assert inputs_of(model).entries[1]["filters"] == [0, 1]


def test_a_layers_own_normalization_turns_the_sign():
    model = keras.Sequential(
        [network(), layers.BatchNormalization(name="own")], name="whole"
    )
    inner = model.layers[0]
    plant(inner, {0: 1, 1: -2})
    model.get_layer("own").gamma.assign([1, -1, 1])
    targets = find_targets(model, (24, 24, 1))
    path = next(path for path in targets if path.endswith("last"))
    found = find_inputs(targets[path], [1])
    assert found.entries[1]["filters"] == [1, 0]
    assert found.layer.endswith("first")


@pytest.mark.parametrize(
    ("last", "expected"),
    [
        (layers.DepthwiseConv2D(3, name="last"), {5: [5]}),
        (layers.Conv2D(12, 3, groups=3, name="last"), {5: [4, 5, 6, 7]}),
        (layers.SeparableConv2D(12, 3, name="last"), {5: range(12)}),
        (layers.Conv2DTranspose(12, 3, name="last"), {5: range(12)}),
    ],
    ids=["depthwise", "grouped", "separable", "transposed"],
)
def test_other_convolutions_read_the_filters_that_they_see(last, expected):
    found = inputs_of(network(layers.ReLU(), last=last), [5])
    assert set(found.entries[5]["filters"]) <= set(expected[5])
    assert found.entries[5]["filters"]


def test_class_units_are_built_from_the_last_convolution():
    head = layers.Dense(3, name="last")
    model = network(layers.ReLU(), layers.GlobalAveragePooling2D(), last=head)
    kernel = np.zeros((12, 3), np.float32)
    kernel[[4, 6], 1] = 2, -1
    head.kernel.assign(kernel)
    found = inputs_of(model)
    assert found.entries[1] == {
        "row": 1,
        "filters": [4, 6],
        "weights": [2, -1],
    }
    assert found.size == [1, 1]


def test_signals_and_functions_of_keras_have_inputs():
    signal = keras.Input((64, 2))
    first = layers.Conv1D(8, 5, name="first")(signal)
    hidden = keras.ops.relu(first)
    found = layers.Conv1D(4, 3, name="last")(hidden)
    model = keras.Model(signal, found)
    target = find_targets(model, (1, 64, 2))["last"]
    inputs = find_inputs(target, [0, 3])
    assert inputs.layer == "first"
    assert inputs.size == [3]


def test_layers_that_join_others_have_no_inputs():
    image = keras.Input((24, 24, 1))
    one = layers.Conv2D(4, 3, padding="same")(image)
    two = layers.Conv2D(4, 3, padding="same")(one)
    last = layers.Conv2D(3, 3, name="last")(layers.Add()([one, two]))
    assert inputs_of(keras.Model(image, last)) is None


def test_weights_that_are_not_finite_give_no_inputs():
    model = network()
    layer = model.get_layer("last")
    layer.kernel.assign(np.full(layer.kernel.shape, np.nan))
    assert inputs_of(model).entries[1]["filters"] == []


def test_pictures_show_the_weights_around_grey():
    model = network()
    plant(model, {4: 1, 6: -1})
    header, image = encode_inputs(inputs_of(model), 2)
    assert header == {"layer": "first", "extra": 2, "count": 2, "size": [3, 3]}
    table = decode_bytes(image)
    assert table.shape == (3, 2 * 9)
    assert (table[[0, 2]] == 128).all()
    first, second = table[1].reshape(2, 3, 3).astype(int) - 128
    assert first[0, 0] == 127
    assert second[0, 0] == -127
    np.testing.assert_allclose(first, -second, atol=1)
