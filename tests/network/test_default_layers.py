"""The layers that are shown if none is named."""

import keras
import pytest

from tb_actmax.network.layer_selection import choose_by_layer
from tb_actmax.network.layers import find_targets

layers = keras.layers


def chosen(model, layers=None):
    targets = find_targets(model, model.input_shape[1:])
    return list(choose_by_layer(targets, layers, 2, model))


def deep(stages=4, each=5, activation="softmax", classes=3):
    """Returns a network of several convolutions at each size."""
    model = keras.Sequential([keras.Input((32, 32, 1))])
    for stage in range(stages):
        for index in range(each):
            name = f"conv{stage}_{index}"
            model.add(layers.Conv2D(2, 3, padding="same", name=name))
        model.add(layers.MaxPooling2D())
    model.add(layers.GlobalAveragePooling2D())
    model.add(layers.Dense(classes, activation=activation, name="units"))
    return model


def test_a_deep_network_shows_eight_convolutions_and_the_classes():
    found = chosen(deep())
    assert len(found) == 9
    assert found[0] == "conv0_0"
    assert found[-1] == "units"
    ends = {f"conv{stage}_4" for stage in range(4)}
    assert ends <= set(found)


def test_a_network_of_many_stages_shows_eight():
    found = chosen(deep(stages=5, each=1))
    assert found == [*(f"conv{stage}_0" for stage in range(5)), "units"]
    assert len(chosen(deep(stages=5, each=3))) == 9


def test_all_takes_all():
    assert len(chosen(deep(), "all")) == 21
    assert len(chosen(deep(), ["all"])) == 21


def test_a_layer_called_all_is_a_layer():
    model = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            layers.Conv2D(2, 3, name="all"),
            layers.Conv2D(2, 3, name="other"),
        ]
    )
    assert chosen(model, "all") == ["all"]


@pytest.mark.parametrize(
    ("activation", "loss", "shown"),
    [
        ("softmax", None, True),
        ("sigmoid", None, True),
        (None, None, False),
        (None, "mse", False),
        (None, "sparse_categorical_crossentropy", True),
        (None, keras.losses.BinaryFocalCrossentropy(from_logits=True), True),
        (None, {"units": "categorical_hinge"}, True),
    ],
)
def test_units_are_shown_if_they_are_classes(activation, loss, shown):
    model = deep(1, 1, activation)
    if loss is not None:
        model.compile("sgd", loss)
    assert ("units" in chosen(model)) == shown


@pytest.mark.parametrize("classes", [1, 2])
def test_units_that_decide_between_two_classes_are_not_shown(classes):
    assert "units" not in chosen(deep(1, 1, "sigmoid", classes))


def test_activations_may_follow_the_classes():
    model = deep(1, 1, None)
    model.add(layers.Activation("softmax"))
    assert "units" in chosen(model)


def test_units_inside_a_network_are_no_classes():
    inputs = keras.Input((8, 8, 1))
    hidden = layers.Conv2D(2, 3, name="conv")(inputs)
    hidden = layers.Dense(8, activation="sigmoid")(layers.Flatten()(hidden))
    outputs = layers.Conv2DTranspose(1, 3)(layers.Reshape((2, 2, 2))(hidden))
    assert "dense" not in " ".join(chosen(keras.Model(inputs, outputs)))
