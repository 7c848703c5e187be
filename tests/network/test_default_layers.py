"""The layers that are shown if none is named."""

import keras
import pytest

from tb_actmax.network.layer_selection import choose_by_layer
from tb_actmax.network.layers import find_targets

layers = keras.layers


def chosen(model, layers=None):
    shape = model.input_shape[1:]
    signal = (1, *shape) if len(shape) == 2 else shape
    targets = find_targets(model, signal)
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


def test_all_selects_every_convolution():
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


def test_a_shared_layer_is_shown_once_with_known_fields():
    """The call on the mirrored image has fields of unknown location."""
    shared = layers.Conv2D(2, 3, name="conv")
    inputs = keras.Input((8, 8, 1))
    for order in (1, -1):
        seen = [keras.ops.flip(inputs, 2), inputs][::order]
        model = keras.Model(inputs, layers.Add()([shared(x) for x in seen]))
        (path,) = chosen(model)
        target = find_targets(model, (8, 8, 1))[path]
        assert not target.field.whole
        assert len(chosen(model, "all")) == 2


def test_the_deepest_convolution_is_shown_and_not_the_shortcut():
    inputs = maps = keras.Input((16, 1))
    for block in range(3):
        # Functional models run the shortcut, which is nearer the end, last.
        short = layers.Conv1D(2, 1, padding="same", name=f"short{block}")(maps)
        for index in range(3):
            name = f"conv{block}_{index}"
            maps = layers.Conv1D(2, 3, padding="same", name=name)(maps)
        maps = layers.MaxPooling1D()(layers.Add()([maps, short]))
    found = chosen(keras.Model(inputs, layers.Flatten()(maps)))
    assert len(found) == 8
    assert {"conv0_2", "conv1_2", "conv2_2"} <= set(found)


def excited(pooled_at_the_end=False):
    """Returns a network whose maps are weighed by channel."""
    image = keras.Input((16, 16, 3))
    x = layers.Conv2D(4, 3, 2, padding="same", name="stem")(image)
    for block in range(6):
        mean = layers.GlobalAveragePooling2D(keepdims=True)(x)
        weight = layers.Conv2D(2, 1, activation="swish", name=f"in{block}")
        gate = layers.Conv2D(4, 1, activation="sigmoid", name=f"out{block}")
        x = layers.Multiply()([x, gate(weight(mean))])
        x = layers.Conv2D(4, 3, padding="same", name=f"conv{block}")(x)
    if pooled_at_the_end:
        x = layers.GlobalAveragePooling2D(keepdims=True)(x)
        x = layers.Conv2D(5, 1, name="head")(x)
    return keras.Model(image, layers.Flatten()(x))


def test_convolutions_that_weigh_channels_are_shown_only_when_asked_for():
    maps = ["stem", *(f"conv{block}" for block in range(6))]
    assert chosen(excited()) == maps
    assert chosen(excited(pooled_at_the_end=True)) == [*maps, "head"]
    assert chosen(excited(), ["in3"]) == ["in3"]
    assert len(chosen(excited(), "all")) == 19


def test_a_network_of_pooled_maps_alone_shows_them():
    image = keras.Input((8, 8, 1))
    mean = layers.GlobalAveragePooling2D(keepdims=True)(image)
    model = keras.Model(image, layers.Conv2D(3, 1, name="only")(mean))
    assert chosen(model) == ["only"]


def test_a_perceptron_shows_all_its_units():
    model = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            layers.Flatten(),
            layers.Dense(4, "relu", name="first"),
            layers.Dense(4, "relu", name="second"),
            layers.Dense(2, "softmax", name="classes"),
        ]
    )
    assert chosen(model) == ["first", "second", "classes"]
